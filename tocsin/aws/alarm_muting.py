"""Alarms muted by hand for a while, by rules that end by themselves, and that taken back.

By CloudWatch's own mute rules: the alarms go on changing their states, and where one is in ALARM
when the window ends, it tells then.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutAlarmMuteRule.html
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from tocsin import names
from tocsin.aws.account import Account
from tocsin.aws.alarm_states import NOT_DEPLOYED, states
from tocsin.aws.muted_alarms import MuteState, mute_rules, rule_names
from tocsin.config import Stage
from tocsin.config.selection import selected
from tocsin.exceptions import InputError
from tocsin.local import clock

MOST_ALARMS = 100
LONGEST = timedelta(days=15)
_TAG = "tocsin:mute"


def mute(
    account: Account,
    stage: Stage,
    function: str | None,
    length: timedelta,
    note: str,
    begins: datetime | None = None,
) -> list[str]:
    """Mute the deployed alarms of ``stage``, or of one function, for ``length`` from ``begins``.

    Without ``begins`` from the next whole minute by the stage's clock. Returns the rules' names; a
    rule that AWS refuses takes back those before it.

    Raises:
        InputError: the function's pages are the stage's, nothing is deployed, or too long.
    """
    if not timedelta(minutes=1) <= length <= LONGEST:
        raise InputError(f"--for: found {length}; accepted: from 1m to 15d")
    if function:
        for watched in selected(stage, function):
            if watched.pages and stage.paging == "stage":
                raise InputError(
                    f"--function: found {watched.key}, whose pages are the stage's as a whole; "
                    "accepted: `paging: function`, or no --function: all alarms are muted then"
                )
    found = states(account, stage, function)
    targets = [alarm.name for alarm in found if alarm.state != NOT_DEPLOYED]
    if not targets:
        raise InputError(
            f"{stage.stack_name}: no alarm is deployed there; accepted: after a deploy"
        )
    begins = begins or _next_minute(_now(account))
    made: list[str] = []
    try:
        for start in range(0, len(targets), MOST_ALARMS):
            some = targets[start : start + MOST_ALARMS]
            made.append(_put(account, stage, begins, length, some, note))
    except BaseException:
        for name in made:
            _delete(account, name)
        raise
    return made


def _put(
    account: Account,
    stage: Stage,
    begins: datetime,
    length: timedelta,
    alarms: Sequence[str],
    note: str,
) -> str:
    name = f"{names.HAND_MUTE_PREFIX}{uuid4().hex[:8]}-{stage.suffix}"
    account.client("cloudwatch").put_alarm_mute_rule(
        Name=name,
        Description=note,
        Rule={
            "Schedule": {
                "Expression": f"at({begins.astimezone(UTC):%Y-%m-%dT%H:%M})",
                "Duration": f"PT{int(length.total_seconds() // 60)}M",
                "Timezone": "UTC",
            }
        },
        MuteTargets={"AlarmNames": list(alarms)},
        Tags=[{"Key": _TAG, "Value": stage.stack_name}],
    )
    return name


def unmute(account: Account, stage: Stage) -> list[str]:
    """Take away what was muted by hand on ``stage``; the names of the rules.

    What monitoring.yml declares stays, and what a drill has muted.
    """
    client = account.client("cloudwatch")
    cleared = []
    for name in rule_names(account):
        if not (name.startswith(names.HAND_MUTE_PREFIX) and name.endswith(f"-{stage.suffix}")):
            continue
        arn = client.get_alarm_mute_rule(AlarmMuteRuleName=name)["AlarmMuteRuleArn"]
        listed = client.list_tags_for_resource(ResourceARN=arn)["Tags"]
        if {"Key": _TAG, "Value": stage.stack_name} in listed:
            _delete(account, name)
            cleared.append(name)
    return cleared


def mutes(account: Account, stage: Stage) -> list[MuteState]:
    """The rules that mute alarms of ``stage``, whoever made them, those over left out."""
    own = {alarm.name for alarm in states(account, stage)}
    return mute_rules(account, stage, own)


def _delete(account: Account, name: str) -> None:
    account.client("cloudwatch").delete_alarm_mute_rule(AlarmMuteRuleName=name)


def _now(account: Account) -> datetime:
    """By the stage's clock, which on the local stage may run ahead."""
    if account.local is not None:
        return clock.read(account.local).now
    return datetime.now(UTC)


def _next_minute(now: datetime) -> datetime:
    return now.replace(second=0, microsecond=0) + timedelta(minutes=1)
