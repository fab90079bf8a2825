"""One evaluation of all alarms at one instant, and what follows from a change."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tocsin.cloudwatch import (
    MetricSource,
    StateRecord,
    evaluate,
    evaluate_composite,
)
from tocsin.local.cloudwatch.alarms import Alarms, Held


@dataclass(frozen=True)
class Change:
    """An alarm that left one state for another."""

    alarm: str
    old: StateRecord
    new: StateRecord


def evaluate_all(
    alarms: Alarms,
    source: MetricSource,
    at: float,
    changed: Callable[[Held, StateRecord], None],
) -> None:
    """Evaluate every alarm that is due at ``at``; ``changed`` is told of each new state.

    Metric alarms first, then composite ones from the inside out, so that a composite sees the
    states of the same minute. High-resolution alarms are due every 10 seconds, others on the
    minute.
    """
    for held, alarm in alarms.metric():
        if at % alarm.evaluation_interval == 0:
            found = evaluate(alarm, source, at, held.state.state)
            if found.changed:
                changed(held, found.record)
    evaluate_composites(alarms, at, changed)


def evaluate_composites(
    alarms: Alarms, at: float, changed: Callable[[Held, StateRecord], None]
) -> None:
    """Evaluate the composite alarms only: after a change of their children's states."""
    for held, alarm in alarms.composite():
        found = evaluate_composite(alarm, alarms.states(), at, held.state.state, alarms.arn)
        if found.changed:
            changed(held, found.record)
