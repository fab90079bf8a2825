"""Alarms as values: what a definition says, apart from how it was written.

Follows https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
and API_PutCompositeAlarm.html. A single-metric alarm is an alarm with one query that has a stat.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from tocsin.cloudwatch.metrics import MetricQuery, MetricStat
from tocsin.cloudwatch.queries import Plan, plan


class State(StrEnum):
    """An alarm's state."""

    OK = "OK"
    ALARM = "ALARM"
    INSUFFICIENT_DATA = "INSUFFICIENT_DATA"


BREACHING_WORDS = {
    "GreaterThanThreshold": "greater than",
    "GreaterThanOrEqualToThreshold": "greater than or equal to",
    "LessThanThreshold": "less than",
    "LessThanOrEqualToThreshold": "less than or equal to",
}
"""The comparison operators evaluated here, with the words StateReason uses for them."""

BAND_OPERATORS = (
    "LessThanLowerOrGreaterThanUpperThreshold",
    "LessThanLowerThreshold",
    "GreaterThanUpperThreshold",
)
"""Operators of alarms on an anomaly detection band."""

DAY = 86_400
"""Seconds."""

TREAT_MISSING_DATA = ("breaching", "notBreaching", "ignore", "missing")


_FETCHED_BEFORE = 300
"""Seconds that are fetched before the evaluated periods, where two periods are not longer."""


def evaluation_range(evaluation_periods: int, period: int) -> int:
    """How many periods of ``period`` seconds are fetched to evaluate ``evaluation_periods``.

    No page gives the rule; this one fits every recording there is (docs/engine.md).
    """
    return evaluation_periods + max(2, -(-_FETCHED_BEFORE // period))


def evaluation_interval(evaluation_periods: int, period: int) -> int:
    """Seconds between evaluations: 10 for a high-resolution alarm, 3600 for one whose evaluation
    periods exceed a day, else 60.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html
    """
    if period * evaluation_periods > DAY:
        return 3600
    return 10 if period < 60 else 60


@dataclass(frozen=True)
class MetricAlarm:
    """An alarm on a metric or an expression, against a threshold or a band.

    ``datapoints_to_alarm`` None means all of ``evaluation_periods``, ``treat_missing_data`` None
    what CloudWatch does where nothing is given. Exactly one query has
    ``return_data``; its series is compared with ``threshold`` or, where ``band`` is the query of
    an anomaly detection band, with that; the threshold is then NaN. ``wall_clock`` is the time zone
    whose clock the periods are aligned to; None slides them with the evaluation.
    ``warm_up_minutes``: how long after its creation it is not evaluated, which whoever evaluates it
    has to see to, since nothing here knows when it was made. Construct with ``alarm_from_api`` to
    have the definition validated.
    """

    name: str
    queries: tuple[MetricQuery, ...]
    threshold: float
    comparison_operator: str
    evaluation_periods: int
    datapoints_to_alarm: int | None = None
    treat_missing_data: str | None = None
    evaluate_low_sample_count_percentile: str | None = None
    band: MetricQuery | None = None
    wall_clock: str | None = None
    description: str = ""
    actions_enabled: bool = True
    alarm_actions: tuple[str, ...] = ()
    ok_actions: tuple[str, ...] = ()
    insufficient_data_actions: tuple[str, ...] = ()
    warm_up_minutes: int | None = None

    @cached_property
    def single(self) -> MetricStat | None:
        """The metric of a single-metric alarm; None for metric math and for a band."""
        alone = len(self.queries) == 1 and self.band is None
        return self.queries[0].stat if alone else None

    @cached_property
    def plan(self) -> Plan:
        """The queries, checked and in an order that computes; raises what ``queries.plan`` does."""
        return plan(self.queries)

    @cached_property
    def result_id(self) -> str:
        """The id of the query whose series is compared with the threshold."""
        return next(query.id for query in self.queries if query.return_data)

    @cached_property
    def period(self) -> int:
        """The period of the alarm's metrics, seconds."""
        return next(query.stat.period for query in self.queries if query.stat is not None)

    @property
    def required_datapoints(self) -> int:
        """M: how many of the evaluated datapoints must breach."""
        return self.datapoints_to_alarm or self.evaluation_periods

    @cached_property
    def evaluation_range(self) -> int:
        """How many periods are fetched to evaluate the alarm."""
        return evaluation_range(self.evaluation_periods, self.period)

    @cached_property
    def evaluation_interval(self) -> int:
        """Seconds between evaluations."""
        return evaluation_interval(self.evaluation_periods, self.period)

    @cached_property
    def missing_data(self) -> str:
        """The treatment that applies: without one, ``ignore`` for metrics of AWS/DynamoDB."""
        if self.treat_missing_data is not None:
            return self.treat_missing_data
        namespaces = {query.stat.metric.namespace for query in self.queries if query.stat}
        return "ignore" if "AWS/DynamoDB" in namespaces else "missing"

    def actions(self, state: State) -> tuple[str, ...]:
        """The actions on entering ``state``; none when actions are disabled."""
        return _actions(self, state)


@dataclass(frozen=True)
class CompositeAlarm:
    """An alarm on the states of other alarms.

    ``actions_suppressor`` is the name or ARN of the alarm that holds this one's actions while it
    is in ALARM; the two periods are in seconds.
    """

    name: str
    rule: str
    description: str = ""
    actions_enabled: bool = True
    alarm_actions: tuple[str, ...] = ()
    ok_actions: tuple[str, ...] = ()
    insufficient_data_actions: tuple[str, ...] = ()
    actions_suppressor: str | None = None
    actions_suppressor_wait_period: int = 0
    actions_suppressor_extension_period: int = 0

    def actions(self, state: State) -> tuple[str, ...]:
        """The actions on entering ``state``; none when actions are disabled."""
        return _actions(self, state)


def _actions(alarm: MetricAlarm | CompositeAlarm, state: State) -> tuple[str, ...]:
    if not alarm.actions_enabled:
        return ()
    return {
        State.ALARM: alarm.alarm_actions,
        State.OK: alarm.ok_actions,
        State.INSUFFICIENT_DATA: alarm.insufficient_data_actions,
    }[state]
