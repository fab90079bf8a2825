"""``evaluate``: one alarm at one instant.

Follows https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from tocsin.cloudwatch.alarm import MetricAlarm, State
from tocsin.cloudwatch.bands import LOWER, UPPER, band_values, outside
from tocsin.cloudwatch.decision import Rule, breaches, decide, low_sample_limit
from tocsin.cloudwatch.errors import MissingRecordingError
from tocsin.cloudwatch.metrics import FloatArray, MetricSource, MetricStat
from tocsin.cloudwatch.queries import evaluate_plan
from tocsin.cloudwatch.reasons import state_reason, state_reason_data
from tocsin.cloudwatch.wall_clock import Range, evaluation_range_at


@dataclass(frozen=True, slots=True)
class StateRecord:
    """A state with its reason and since when (epoch seconds), as history and messages show it."""

    state: State
    reason: str
    at: float
    reason_data: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Datapoint:
    """One period of the evaluation range: ``value`` None where it is missing.

    ``evaluated`` tells whether it took part in the decision.
    """

    timestamp: int
    value: float | None
    breaching: bool
    evaluated: bool


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What an evaluation found.

    ``datapoints`` cover the whole evaluation range, oldest first. When the state is kept,
    ``reason`` says why it is kept; CloudWatch leaves the alarm's own reason as it was.
    """

    at: float
    previous: State
    state: State
    reason: str
    reason_data: dict[str, Any]
    datapoints: tuple[Datapoint, ...]
    rule: Rule

    @property
    def changed(self) -> bool:
        """Whether the alarm's actions are due."""
        return self.state is not self.previous

    @property
    def record(self) -> StateRecord:
        """The state reached, for history and messages."""
        return StateRecord(self.state, self.reason, self.at, self.reason_data)


def evaluate(alarm: MetricAlarm, source: MetricSource, at: float, state: State) -> Evaluation:
    """The state of ``alarm`` at ``at`` (epoch seconds), given the state it has.

    The window ends at the last whole minute (the last whole 10 seconds for a high-resolution
    alarm, the last whole hour for a multi-day one), and its periods are laid back from there, so
    that it slides by the minute even where the period is longer; with a wall clock window it ends
    with the last whole period of that clock. Pure: the source is read, nothing
    is kept. Raises what the source raises, and ValidationError or ExpressionError for an alarm that
    ``validate`` would refuse.
    """
    periods = evaluation_range_at(alarm, at)
    times = periods.times
    checked = alarm.plan
    values = {
        query.id: periods.values(source, query.stat) for query in checked.metrics if query.stat
    }
    shape = (len(times),)
    result = evaluate_plan(checked, values, times[0], alarm.period, shape)[alarm.result_id]
    band = band_values(alarm, source, lambda stat: periods.values(source, stat))
    marks: list[bool] | None = None
    if band:
        result, breaching = outside(alarm, np.asarray(result), band[LOWER], band[UPPER])
        marks = breaching.tolist()
    window = _numbers(result)
    bounds = {name: _numbers(bound) for name, bound in band.items()}
    samples = _samples(alarm, source, periods)
    decision = decide(alarm, window, samples if low_sample_limit(alarm) else None, marks)
    marks = marks or [breaches(alarm, value) for value in window]
    evaluated = frozenset(decision.evaluated)
    return Evaluation(
        at=at,
        previous=state,
        state=decision.state or state,
        reason=state_reason(alarm, decision, window, times, marks, bounds),
        reason_data=state_reason_data(alarm, decision, window, times, at, samples, bounds),
        datapoints=tuple(
            Datapoint(
                timestamp,
                None if value != value else value,
                marks[index],
                index in evaluated,
            )
            for index, (timestamp, value) in enumerate(zip(times, window, strict=True))
        ),
        rule=decision.rule,
    )


def _samples(alarm: MetricAlarm, source: MetricSource, periods: Range) -> list[float] | None:
    """How many samples are behind each datapoint of a single-metric alarm.

    None for metric math, and where history without sample counts can do without them.
    """
    if alarm.single is None:
        return None
    try:
        return _numbers(periods.values(source, sample_count(alarm.single)))
    except MissingRecordingError:
        if low_sample_limit(alarm):
            raise
        return None


def sample_count(stat: MetricStat) -> MetricStat:
    """The number of samples behind each datapoint of a statistic."""
    return MetricStat(stat.metric, stat.period, "SampleCount", stat.unit)


def _numbers(values: object) -> list[float]:
    array: FloatArray = np.asarray(values)
    numbers: list[float] = array.tolist()
    return numbers
