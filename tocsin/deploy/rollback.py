"""The alarm that undoes the deploy of a stack: which, what CloudFormation is told, whether it did.

CloudFormation watches the alarms that an update names while it updates and for some minutes after,
and rolls the stack back when one goes to ALARM. It keeps them for later updates that name none, and
an update that names an alarm which is not there fails.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-rollback-triggers.html
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tocsin.aws.account import Account
from tocsin.aws.alarm_states import describe
from tocsin.config import Stage
from tocsin.exceptions import InputError
from tocsin.stacks.composite_alarms import Health
from tocsin.stacks.stack import Stack, stacks_of
from tocsin.typed_command import typed

NOTHING: dict[str, Any] = {"RollbackTriggers": [], "MonitoringTimeInMinutes": 0}
"""What an update is told that no alarm shall undo; without a word the last one's would."""


class WouldBeUndone(InputError):
    """An alarm that undoes a deploy is in ALARM before it begins."""


@dataclass(frozen=True)
class Trigger:
    """The alarm that undoes the deploy of ``stack``, as deployed."""

    stack: Stack
    name: str
    arn: str

    @property
    def configuration(self) -> dict[str, Any]:
        """RollbackConfiguration of UpdateStack.

        https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_RollbackConfiguration.html
        """
        return {
            "RollbackTriggers": [{"Arn": self.arn, "Type": "AWS::CloudWatch::CompositeAlarm"}],
            "MonitoringTimeInMinutes": self.stack.stage.rollback_minutes,
        }


def trigger(target: Account, stack: Stack) -> Trigger | None:
    """The alarm of ``stack``; None where none undoes its deploy, or it is not deployed yet."""
    name = Health(stack).rollback_alarm
    found = describe(target, [name]) if name else {}
    return Trigger(stack, name, found[name]["AlarmArn"]) if name and name in found else None


def refuse_alarms(target: Account, stage: Stage) -> None:
    """Nothing, or:

    Raises:
        WouldBeUndone: an alarm is in ALARM already, and would undo even the deploy that mends it.
    """
    wanted = [name for stack in stacks_of(stage) if (name := Health(stack).rollback_alarm)]
    found = describe(target, wanted)
    firing = [name for name in wanted if found.get(name, {}).get("StateValue") == "ALARM"]
    if firing:
        raise WouldBeUndone(
            f"deploy to {stage.name}: found {', '.join(firing)} in ALARM, which would undo it; "
            f"nothing was deployed; accepted: OK (`{typed(f'alarms --stage {stage.name}')}` says "
            f"what is behind it), or `{typed(f'deploy --stage {stage.name} --no-rollback')}`, "
            "which this once no alarm undoes"
        )


def explanation(target: Account, watched: Trigger | None) -> str:
    """In words, that ``watched`` undid the update that has just failed; empty where it did not.

    How CloudFormation words its reason is not documented. It was the alarm where the stack went
    back without a resource that failed, and the alarm was in ALARM since the update began.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    if watched is None:
        return ""
    try:
        began = _began_what_went_back(_events(target, watched.stack))
        undone = began is not None and _fired(target, watched.name, began)
    except (BotoCoreError, ClientError):
        return ""  # nobody must miss the failure because of a question about it
    if not undone:
        return ""
    stage = watched.stack.stage
    others = "; stacks deployed before it keep the new version" if len(stacks_of(stage)) > 1 else ""
    return (
        f"{watched.name} went to ALARM, so CloudFormation puts {watched.stack.name} back to what "
        f"it was{others}; `{typed(f'alarms --stage {stage.name}')}` says what is behind it"
    )


def _events(target: Account, stack: Stack) -> Iterator[dict[str, Any]]:
    """Newest first."""
    pages = target.client("cloudformation").get_paginator("describe_stack_events")
    for page in pages.paginate(StackName=stack.name):
        yield from page["StackEvents"]


def _began_what_went_back(events: Iterator[dict[str, Any]]) -> datetime | None:
    """When the last update began, if it went back before any of its resources had failed."""
    back = False
    for event in events:
        status = event.get("ResourceStatus", "")
        if event["PhysicalResourceId"] == event["StackId"]:
            if status == "UPDATE_IN_PROGRESS":
                began: datetime = event["Timestamp"]
                return began if back else None
            back = back or status == "UPDATE_ROLLBACK_IN_PROGRESS"
        elif back and status.endswith("FAILED"):
            return None
    return None


def _fired(target: Account, alarm: str, since: datetime) -> bool:
    """Whether it is in ALARM, or went there and left again."""
    if describe(target, [alarm]).get(alarm, {}).get("StateValue") == "ALARM":
        return True
    answer = target.client("cloudwatch").describe_alarm_history(
        AlarmName=alarm,
        AlarmTypes=["CompositeAlarm"],
        HistoryItemType="StateUpdate",
        StartDate=since,
    )
    return any("to ALARM" in item["HistorySummary"] for item in answer["AlarmHistoryItems"])
