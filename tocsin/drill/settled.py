"""What a deploy has just permitted holds a while later: IAM is consistent in the end."""

import datetime as dt
import math

from tocsin import terminal
from tocsin.aws.account import Account
from tocsin.config import Stage
from tocsin.drill.drill_clock import DrillClock
from tocsin.drill.trouble import AWS_ERRORS
from tocsin.stacks import stacks_of


def let_settle(account: Account, stage: Stage, clock: DrillClock) -> None:
    """Wait out what is left of the clock's ``policy_slack_s`` since the stage was last deployed.

    Until then a function may be refused its own log, and its failures would be lost.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html#troubleshoot_general_eventual-consistency
    """
    if not clock.policy_slack_s:
        return
    try:
        since = dt.datetime.now(dt.UTC) - _last_deploy(account, stage)
    except AWS_ERRORS:
        return  # what it is asked next says so
    left = math.ceil(clock.policy_slack_s - max(0, since.total_seconds()))
    if left > 0:
        terminal.note(f"deployed a moment ago: {left} s until its policies hold everywhere")
        clock.let_pass(left)


def _last_deploy(account: Account, stage: Stage) -> dt.datetime:
    """Of the stacks, which are deployed in order, the first or the last."""
    client = account.client("cloudformation")
    stacks = stacks_of(stage)
    found = [
        described
        for name in dict.fromkeys((stacks[0].name, stacks[-1].name))
        for described in client.describe_stacks(StackName=name)["Stacks"]
    ]
    times: list[dt.datetime] = [
        described.get("LastUpdatedTime", described["CreationTime"]) for described in found
    ]
    return max(times)
