"""The deployed alarms of a stage: their state and why."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tocsin.account import Account
from tocsin.config import Stage, Watched
from tocsin.exceptions import InputError
from tocsin.nearest import nearest

_NAMES_A_CALL = 100  # DescribeAlarms takes no more


class UnknownFunction(InputError):
    """--function names none of monitoring.yml's functions."""


@dataclass(frozen=True)
class AlarmState:
    """One alarm as deployed; ``function`` is its key in monitoring.yml."""

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


def selected(stage: Stage, function: str | None) -> Sequence[Watched]:
    """The functions meant by ``--function``: the one named by key or deployed name, or all."""
    if function is None:
        return stage.watched
    chosen = [each for each in stage.watched if function in (each.key, each.name)]
    if not chosen:
        known = nearest(function, [each.key for each in stage.watched])
        raise UnknownFunction(f"--function: found {function!r}; accepted: {known}")
    return chosen


def states(account: Account, stage: Stage, function: str | None = None) -> list[AlarmState]:
    """State of every alarm that monitoring.yml declares, in its order.

    An alarm that is declared and not there has the state ``NOT DEPLOYED``.
    """
    declared = [
        (each.key, kind, name)
        for each in selected(stage, function)
        for kind, name in each.alarm_names(stage.suffix).items()
    ]
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


def describe(account: Account, names: Sequence[str]) -> dict[str, dict[str, Any]]:
    """DescribeAlarms of ``names``, those that exist, by name."""
    found: dict[str, dict[str, Any]] = {}
    for start in range(0, len(names), _NAMES_A_CALL):
        answer = account.client("cloudwatch").describe_alarms(
            AlarmNames=list(names[start : start + _NAMES_A_CALL]), MaxRecords=_NAMES_A_CALL
        )
        found |= {each["AlarmName"]: each for each in answer["MetricAlarms"]}
    return found
