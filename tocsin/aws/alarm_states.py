"""The deployed alarms of a stage: their state and why."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tocsin import names
from tocsin.aws.account import Account
from tocsin.config import Stage, Watched
from tocsin.config.selection import STAGE, selected
from tocsin.stacks import stacks_of
from tocsin.stacks.composite_alarms import Health
from tocsin.stacks.own_alarms import own_alarms_of

_NAMES_A_CALL = 100  # DescribeAlarms takes no more


@dataclass(frozen=True)
class AlarmState:
    """One alarm as deployed; ``function`` is its key in monitoring.yml, or what else it is on."""

    function: str
    kind: str
    name: str
    state: str
    since: datetime | None
    reason: str
    definition: dict[str, Any]

    def as_dict(self) -> dict[str, Any]:
        return {
            "function": self.function,
            "kind": self.kind,
            "name": self.name,
            "state": self.state,
            "since": self.since.isoformat() if self.since else None,
            "reason": self.reason,
        }


NOT_DEPLOYED = "NOT DEPLOYED"


def states(account: Account, stage: Stage, function: str | None = None) -> list[AlarmState]:
    """State of every alarm of the stage, what pages first; or of those of one function.

    An alarm that is declared and not there has the state ``NOT DEPLOYED``.
    """
    declared = [] if function else list(_of_stage(stage))
    for watched in selected(stage, function):
        declared += _of_function(watched, stage)
    deployed = describe(account, [name for _, _, name in declared])
    return [
        AlarmState(
            function=key,
            kind=kind,
            name=name,
            state=deployed[name]["StateValue"] if name in deployed else NOT_DEPLOYED,
            since=deployed[name].get("StateUpdatedTimestamp") if name in deployed else None,
            reason=deployed[name].get("StateReason", "") if name in deployed else "",
            definition=deployed.get(name, {}),
        )
        for key, kind, name in declared
    ]


def _of_stage(stage: Stage) -> Iterator[tuple[str, str, str]]:
    """(what it is on, kind, name) of the alarms that are of no single function."""
    yield STAGE, names.HEALTH, names.stage_health(stage.suffix)
    for stack in stacks_of(stage):
        if name := Health(stack).stack_alarm:
            yield stack.name, names.HEALTH, name
    for alarm in own_alarms_of(stage):
        yield alarm.subject, alarm.kind, alarm.name


def _of_function(function: Watched, stage: Stage) -> Iterator[tuple[str, str, str]]:
    if function.pages:
        yield function.key, names.HEALTH, names.function_health(function.key, stage.suffix)
    for kind, name in function.alarm_names(stage.suffix).items():
        yield function.key, kind, name


def describe(account: Account, wanted: Sequence[str]) -> dict[str, dict[str, Any]]:
    """DescribeAlarms of the alarms ``wanted``, those that exist, by name."""
    found: dict[str, dict[str, Any]] = {}
    for start in range(0, len(wanted), _NAMES_A_CALL):
        answer = account.client("cloudwatch").describe_alarms(
            AlarmNames=list(wanted[start : start + _NAMES_A_CALL]),
            AlarmTypes=["MetricAlarm", "CompositeAlarm"],
            MaxRecords=_NAMES_A_CALL,
        )
        for kind in ("MetricAlarms", "CompositeAlarms"):
            found |= {alarm["AlarmName"]: alarm for alarm in answer.get(kind, [])}
    return found
