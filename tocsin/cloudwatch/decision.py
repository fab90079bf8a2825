"""The state that one window of datapoints gives: CloudWatch's rules, one window at a time.

Follows "How alarm state is evaluated when data is missing" and "Avoiding premature transitions to
alarm state",
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html.
``replay`` applies the same rules to all windows of a range at once.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum

from tocsin.cloudwatch.alarm import MetricAlarm, State
from tocsin.cloudwatch.statistics import parse_statistic

COMPARE: dict[str, Callable[[float, float], bool]] = {
    "GreaterThanThreshold": operator.gt,
    "GreaterThanOrEqualToThreshold": operator.ge,
    "LessThanThreshold": operator.lt,
    "LessThanOrEqualToThreshold": operator.le,
}

FILLING = ("breaching", "notBreaching")
"""The treatments that put a datapoint in the place of a missing one."""


class Rule(Enum):
    """Which rule decided; the value is how reports word it."""

    DATAPOINTS = "enough datapoints in the evaluation range: the most recent are evaluated"
    REAL_BREACHES = "as many real datapoints breach as are required, whatever is missing"
    FILLED = "missing datapoints were filled in by TreatMissingData"
    REAL_OK = "too few of the real datapoints breach, and one of them does not"
    PREMATURE = (
        "every datapoint there is breaches, the oldest at least DatapointsToAlarm periods old"
    )
    TOO_EARLY = "every datapoint there is breaches, but none is DatapointsToAlarm periods old yet"
    NO_DATA = "no datapoint in the evaluation range"
    LOW_SAMPLES = "too few samples for a percentile: the state is kept"
    IGNORED = "missing data is ignored: the state is kept"


@dataclass(frozen=True, slots=True)
class Decision:
    """``state`` None keeps the state the alarm has.

    ``evaluated`` are the window's indices of the datapoints used, oldest first; ``filled`` how
    many missing ones were filled in beside them.
    """

    state: State | None
    rule: Rule
    evaluated: tuple[int, ...]
    filled: int


def breaches(alarm: MetricAlarm, value: float) -> bool:
    """Whether one datapoint is on the alarm's side of the threshold."""
    return COMPARE[alarm.comparison_operator](value, alarm.threshold)


def decide(
    alarm: MetricAlarm,
    window: Sequence[float],
    samples: Sequence[float] | None = None,
    breaching: Sequence[bool] | None = None,
) -> Decision:
    """The state for one evaluation range.

    ``window`` holds the datapoints oldest first, NaN where missing; its length is the evaluation
    range. ``samples`` holds the sample counts of the same periods, for an alarm on a percentile
    that ignores low sample counts. ``breaching`` marks the datapoints that breach, where something
    else than the threshold decides it.
    """
    wanted, required = alarm.evaluation_periods, alarm.required_datapoints
    real = [index for index, value in enumerate(window) if not math.isnan(value)]
    used = tuple(real[-wanted:])
    if samples is not None:
        limit = low_sample_limit(alarm)
        if any(samples[index] < limit for index in used):
            return Decision(None, Rule.LOW_SAMPLES, used, 0)
    marks = breaching or [breaches(alarm, value) for value in window]
    count = sum(marks[index] for index in used)
    if len(real) >= wanted:
        state = State.ALARM if count >= required else State.OK
        return Decision(state, Rule.DATAPOINTS, used, 0)
    missing = wanted - len(used)
    treatment = alarm.missing_data
    if count >= required:
        filled = missing if treatment in FILLING else 0
        return Decision(State.ALARM, Rule.REAL_BREACHES, used, filled)
    if treatment == "notBreaching":
        return Decision(State.OK, Rule.FILLED, used, missing)
    if treatment == "breaching":
        state = State.ALARM if count + missing >= required else State.OK
        return Decision(state, Rule.FILLED, used, missing)
    if count < len(used):
        return Decision(State.OK, Rule.REAL_OK, used, 0)
    if treatment == "ignore":
        return Decision(None, Rule.IGNORED, used, 0)
    if not used:
        return Decision(State.INSUFFICIENT_DATA, Rule.NO_DATA, used, 0)
    if len(window) - used[0] >= required:
        return Decision(State.ALARM, Rule.PREMATURE, used, 0)
    return Decision(State.INSUFFICIENT_DATA, Rule.TOO_EARLY, used, 0)


def low_sample_limit(alarm: MetricAlarm) -> float:
    """Samples below which a period of this alarm's percentile is not evaluated; 0 for none."""
    if alarm.evaluate_low_sample_count_percentile != "ignore" or alarm.single is None:
        return 0.0
    return parse_statistic(alarm.single.stat).low_sample_limit or 0.0
