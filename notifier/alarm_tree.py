"""The metric alarms behind a composite one: it names those that made it change, and so down.

A rule names its children as ``ALARM("name")``. An alarm may be over by the time that it is asked
for, as where its message came late: what has changed since is taken as it was then.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from notifier.incoming import AlarmMessage, moment

# Stage, stack, function, metric.
_LEVELS = 4
_AT_ONCE = 100
_MOST = 1_000
_MOST_THEN = 20
_CHILD = re.compile(r'ALARM\("([^"]{1,255})"\)|ALARM\(([A-Za-z0-9_.-]{1,255})\)')

Describe = Callable[[Sequence[str]], Iterable[Mapping[str, Any]]]
"""Names of alarms -> what DescribeAlarms says of those that are there, of both kinds."""

Then = Callable[[str, datetime], "FiringAlarm | None"]
"""(name, time) -> the metric alarm as it was then, if it was in ALARM."""


@dataclass(frozen=True)
class FiringAlarm:
    """A metric alarm in ALARM, why, and since when."""

    name: str
    reason: str
    changed_at: datetime | None


def behind(message: AlarmMessage, describe: Describe, then: Then) -> tuple[FiringAlarm, ...]:
    """The metric alarms in ALARM behind ``message``, now or as it was sent, by when they changed.

    A metric alarm is behind its own message.
    """
    if not message.children:
        return (FiringAlarm(message.name, message.reason, message.time),)
    wanted = list(dict.fromkeys(arn.partition(":alarm:")[2] for arn in message.children))
    firing: dict[str, FiringAlarm] = {}
    asked: set[str] = set()
    over = 0
    for _ in range(_LEVELS):
        wanted = [name for name in wanted if name and name not in asked][: _MOST - len(asked)]
        if not wanted:
            break
        asked.update(wanted)
        below: list[str] = []
        for first in range(0, len(wanted), _AT_ONCE):
            for alarm in describe(wanted[first : first + _AT_ONCE]):
                was = alarm.get("StateValue") != "ALARM"
                if was and not _changed_since(alarm, message.time):
                    continue
                if "AlarmRule" in alarm:
                    below += (quoted or bare for quoted, bare in _CHILD.findall(alarm["AlarmRule"]))
                    continue
                found: FiringAlarm | None = None
                if not was:
                    found = _firing(alarm)
                elif message.time and over < _MOST_THEN:
                    over += 1
                    found = then(str(alarm["AlarmName"]), message.time)
                if found:
                    firing.setdefault(found.name, found)
        wanted = list(dict.fromkeys(below))
    return tuple(sorted(firing.values(), key=_order))


def _firing(alarm: Mapping[str, Any]) -> FiringAlarm:
    return FiringAlarm(
        str(alarm["AlarmName"]), str(alarm.get("StateReason", "")), _changed_at(alarm)
    )


def _changed_since(alarm: Mapping[str, Any], at: datetime | None) -> bool:
    changed = _changed_at(alarm)
    return at is not None and changed is not None and changed >= at


def _changed_at(alarm: Mapping[str, Any]) -> datetime | None:
    changed = alarm.get("StateTransitionedTimestamp") or alarm.get("StateUpdatedTimestamp")
    return changed if isinstance(changed, datetime) else moment(changed)


def _order(alarm: FiringAlarm) -> tuple[float, str]:
    return (alarm.changed_at.timestamp() if alarm.changed_at else 0.0, alarm.name)
