"""What the scenarios of a project reach of each alarm, and what no scenario has seen.

An alarm that was only ever seen to fire says nothing of how it recovers, what it makes of missing
data, or of the branch of an IF that no scenario takes.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from tocsin.cloudwatch import (
    ExpressionError,
    MetricAlarm,
    MetricQuery,
    MetricSource,
    RefusedDefinition,
    State,
    StateChange,
    compute,
)
from tocsin.scenarios.loading import LoadedAlarms

ALARM = "ALARM"
RECOVERY = "recovery"
_IF = re.compile(r"\bIF\s*\(")
_CONDITION = "scenariocondition"


@dataclass(frozen=True)
class Unreached:
    """The branches of an alarm that no scenario has taken; no branches: none looks at it."""

    alarm: str
    branches: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        return {"alarm": self.alarm, "branches": list(self.branches)}


def unreached(alarms: LoadedAlarms, reached: Mapping[str, frozenset[str]]) -> list[Unreached]:
    """Every alarm of which something was not seen; ``reached`` has the names of branches."""
    found = []
    for name in alarms.names:
        if name not in reached:
            found.append(Unreached(name, ()))
            continue
        alarm = alarms[name]
        every = [ALARM, RECOVERY]
        if isinstance(alarm, MetricAlarm):
            every += [_missing(alarm), *(text for text, _, _ in _ways(alarm))]
        left = tuple(branch for branch in every if branch not in reached[name])
        if left:
            found.append(Unreached(name, left))
    return found


def states_reached(changes: list[StateChange], initial: State) -> Iterator[str]:
    """The branches that an alarm's changes of state show."""
    if initial is State.ALARM or any(change.new is State.ALARM for change in changes):
        yield ALARM
    if any((change.old, change.new) == (State.ALARM, State.OK) for change in changes):
        yield RECOVERY


def data_reached(
    alarm: MetricAlarm, source: MetricSource, start: float, end: float
) -> Iterator[str]:
    """The branches that its data show: missing datapoints, and each way of each IF."""
    end = start + (end - start) // alarm.period * alarm.period
    if end <= start or alarm.band is not None:
        return
    values = compute(alarm.queries, source, start, end)[alarm.result_id].values
    if np.isnan(values).any():
        yield _missing(alarm)
    for text, condition, holds in _ways(alarm):
        taken = _condition(alarm, condition, source, start, end)
        if taken is not None and (taken != 0 if holds else taken == 0).any():
            yield text


def _condition(
    alarm: MetricAlarm, condition: str, source: MetricSource, start: float, end: float
) -> np.ndarray[Any, np.dtype[np.float64]] | None:
    """The datapoints of an IF's condition; None where it is no series."""
    queries = [replace(query, return_data=False) for query in alarm.queries]
    queries.append(MetricQuery(_CONDITION, expression=condition, period=alarm.period))
    try:
        values = compute(queries, source, start, end)[_CONDITION].values
    except (ExpressionError, RefusedDefinition):
        return None
    return values[~np.isnan(values)]


def _missing(alarm: MetricAlarm) -> str:
    return f"missing data ({alarm.treat_missing_data or 'missing'})"


def _ways(alarm: MetricAlarm) -> Iterator[tuple[str, str, bool]]:
    """Both ways of every IF, as (name, condition, whether it holds)."""
    for query in alarm.queries:
        for condition in _conditions(query.expression or ""):
            yield f"IF({condition}) true", condition, True
            yield f"IF({condition}) false", condition, False


def _conditions(expression: str) -> Iterator[str]:
    for match in _IF.finditer(expression):
        depth = 0
        for index in range(match.end(), len(expression)):
            letter = expression[index]
            if letter == "," and depth == 0:
                yield expression[match.end() : index].strip()
                break
            depth += (letter in "([") - (letter in ")]")
