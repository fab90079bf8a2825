"""Alarms from the shape of the API: PutMetricAlarm, DescribeAlarms, CloudFormation.

All three write an alarm with the same PascalCase properties. Numbers and booleans may come as
strings, as CloudFormation and the Query protocol write them.

Follows https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html,
API_PutCompositeAlarm.html, API_DescribeAlarms.html and API_MetricDataQuery.html.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

from tocsin.cloudwatch.alarm import CompositeAlarm, MetricAlarm
from tocsin.cloudwatch.composite import validate_composite
from tocsin.cloudwatch.errors import RefusedDefinition
from tocsin.cloudwatch.metrics import Metric, MetricQuery, MetricStat
from tocsin.cloudwatch.reading import Reader, shortened
from tocsin.cloudwatch.statistics import BASIC
from tocsin.cloudwatch.validation import validate

_ACTIONS = {"ActionsEnabled", "AlarmActions", "OKActions", "InsufficientDataActions"}
_COMMON = frozenset({"AlarmName", "AlarmDescription", "Tags"} | _ACTIONS)
_OUTPUT_ONLY = frozenset(
    {
        *("AlarmArn", "AlarmConfigurationUpdatedTimestamp", "EvaluationState"),
        *("StateValue", "StateReason", "StateReasonData"),
        *("StateUpdatedTimestamp", "StateTransitionedTimestamp"),
        *("ActionsSuppressedBy", "ActionsSuppressedReason"),
    }
)
_SINGLE_METRIC = (
    *("MetricName", "Namespace", "Dimensions", "Period"),
    *("Statistic", "ExtendedStatistic", "Unit"),
)
_METRIC_ALARM = _COMMON | {
    *_SINGLE_METRIC,
    *("Metrics", "EvaluationPeriods", "DatapointsToAlarm", "Threshold", "ComparisonOperator"),
    *("TreatMissingData", "EvaluateLowSampleCountPercentile", "ThresholdMetricId"),
}
_NOT_EVALUATED = {
    "EvaluationCriteria": "PromQL alarms are not evaluated here",
    "ScheduledQueryConfiguration": "log alarms are not evaluated here",
}
_SLIDING = "SlidingWindow"
WALL_CLOCK = "WallClockWindow"
WARM_UP, WARM_UP_MINUTES = "WarmUpConfiguration", "WarmUpPeriodDurationInMinutes"
WHOLE_WARM_UP = "OnlyStartEvaluatingAfterWarmUpPeriodEnds"
_LONGEST_WARM_UP = 2_880
_FURTHER = frozenset({"EvaluationInterval", "EvaluationWindow", WARM_UP})
SUPPRESSOR = (
    "ActionsSuppressor",
    "ActionsSuppressorWaitPeriod",
    "ActionsSuppressorExtensionPeriod",
)

# https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-metrics-insights-querylanguage.html
_INSIGHTS = re.compile(r"\s*SELECT\b", re.IGNORECASE)

SINGLE_ID = "m1"
"""The id given to the one query of a single-metric alarm; nothing refers to it."""


def alarm_from_api(properties: Mapping[str, Any]) -> MetricAlarm:
    """A validated metric alarm from its API properties.

    What DescribeAlarms adds (ARN, state, timestamps) is passed over. Raises ValidationError with
    every fault: unknown properties, missing ones, wrong types and whatever PutMetricAlarm refuses;
    NotEvaluatedError for a kind of alarm that CloudWatch takes and that is not evaluated here.
    """
    read = _reader(properties)
    for key, why in _NOT_EVALUATED.items():
        if properties.get(key):
            read.not_evaluated(f"{key}: {why}")
    for entry in read.items("Metrics"):
        if entry.given("Expression") and _INSIGHTS.match(entry.text("Expression")):
            read.not_evaluated(
                f"{entry.text('Id')}: Metrics Insights queries are not evaluated here"
            )
    warm_up = _warm_up(read)
    read.finish()
    read.known(_METRIC_ALARM | _OUTPUT_ONLY | _NOT_EVALUATED.keys() | _FURTHER)
    queries, band = _without_band(read, _queries(read))
    if band is not None and read.given("Threshold"):
        read.problem("Threshold: given beside ThresholdMetricId; either one is accepted")
    alarm = MetricAlarm(
        **_common(read),
        queries=queries,
        band=band,
        wall_clock=_wall_clock(read),
        threshold=read.number("Threshold") if band is None else math.nan,
        comparison_operator=read.text("ComparisonOperator"),
        evaluation_periods=read.whole("EvaluationPeriods"),
        datapoints_to_alarm=read.optional_whole("DatapointsToAlarm"),
        treat_missing_data=read.text("TreatMissingData", "") or None,
        evaluate_low_sample_count_percentile=read.text("EvaluateLowSampleCountPercentile", "")
        or None,
        warm_up_minutes=warm_up,
    )
    read.finish()
    interval = read.optional_whole("EvaluationInterval")
    if interval not in (None, validate(alarm).evaluation_interval):
        read.problem(f"EvaluationInterval: {interval}; {alarm.evaluation_interval} is evaluated")
    read.finish()
    return alarm


def _reader(properties: object) -> Reader:
    """A reader of what should be an alarm's properties; RefusedDefinition where they are none."""
    if not isinstance(properties, Mapping):
        raise RefusedDefinition("an alarm", [f"{shortened(properties)}; an object is accepted"])
    return Reader(properties, subject=f"alarm {properties.get('AlarmName', '')!r}")


def _warm_up(read: Reader) -> int | None:
    """Minutes after its creation in which an alarm is not evaluated; None without a warm-up.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_WarmUpConfiguration.html
    """
    if not read.given(WARM_UP):
        return None
    inside = read.mapping(WARM_UP)
    inside.known(frozenset((WARM_UP_MINUTES, WHOLE_WARM_UP)))
    minutes = inside.whole(WARM_UP_MINUTES)
    if not 1 <= minutes <= _LONGEST_WARM_UP:
        inside.problem(f"{WARM_UP_MINUTES}: {minutes}; 1 to {_LONGEST_WARM_UP} is accepted")
    if not inside.boolean(WHOLE_WARM_UP, False):
        inside.not_evaluated("a warm-up that ends with enough data is not evaluated here")
    return minutes


def composite_from_api(properties: Mapping[str, Any]) -> CompositeAlarm:
    """A validated composite alarm from its API properties; ValidationError or AlarmRuleError."""
    read = _reader(properties)
    read.known(_COMMON | _OUTPUT_ONLY | {"AlarmRule", *SUPPRESSOR})
    alarm = CompositeAlarm(
        **_common(read),
        rule=read.text("AlarmRule"),
        actions_suppressor=read.text("ActionsSuppressor", "") or None,
        actions_suppressor_wait_period=read.optional_whole(SUPPRESSOR[1]) or 0,
        actions_suppressor_extension_period=read.optional_whole(SUPPRESSOR[2]) or 0,
    )
    for key in SUPPRESSOR[1:]:
        if alarm.actions_suppressor is not None and not read.given(key):
            read.problem(f"{key}: missing; ActionsSuppressor requires it")
    read.finish()
    return validate_composite(alarm)


def query_from_api(properties: Mapping[str, Any], subject: str = "Metrics") -> MetricQuery:
    """A MetricDataQuery; ValidationError when its shape is wrong."""
    read = Reader(properties, subject=subject)
    query = _query(read)
    read.finish()
    return query


def _common(read: Reader) -> dict[str, Any]:
    return {
        "name": read.text("AlarmName"),
        "description": read.text("AlarmDescription", ""),
        "actions_enabled": read.boolean("ActionsEnabled", True),
        "alarm_actions": read.texts("AlarmActions"),
        "ok_actions": read.texts("OKActions"),
        "insufficient_data_actions": read.texts("InsufficientDataActions"),
    }


def _queries(read: Reader) -> tuple[MetricQuery, ...]:
    entries = read.items("Metrics")
    if not entries:
        return (MetricQuery(SINGLE_ID, stat=_flat_stat(read)),)
    mixed = [key for key in _SINGLE_METRIC if read.has(key)]
    if mixed:
        read.problem(f"{', '.join(mixed)}: given beside Metrics; either one is accepted")
    return tuple(_query(entry) for entry in entries)


def _wall_clock(read: Reader) -> str | None:
    """The time zone of a wall clock window; None for a sliding one."""
    if not read.given("EvaluationWindow"):
        return None
    window = read.mapping("EvaluationWindow")
    window.known(frozenset((_SLIDING, WALL_CLOCK)))
    given = [name for name in (_SLIDING, WALL_CLOCK) if window.given(name)]
    if len(given) != 1:
        window.problem(f"{_SLIDING} or {WALL_CLOCK}: exactly one of them is required")
    if WALL_CLOCK not in given:
        return None
    inside = window.mapping(WALL_CLOCK)
    inside.known(frozenset(("Timezone",)))
    return inside.text("Timezone", "UTC")


def _without_band(
    read: Reader, queries: tuple[MetricQuery, ...]
) -> tuple[tuple[MetricQuery, ...], MetricQuery | None]:
    """The queries but for the one that ThresholdMetricId names, and that one."""
    wanted = read.text("ThresholdMetricId", "")
    if not wanted:
        return queries, None
    band = next((query for query in queries if query.id == wanted), None)
    if band is None or band.expression is None:
        read.problem(f"ThresholdMetricId: {wanted!r}; the Id of an expression in Metrics")
        return queries, None
    return tuple(query for query in queries if query is not band), band


def _flat_stat(read: Reader) -> MetricStat:
    statistics = [key for key in ("Statistic", "ExtendedStatistic") if read.given(key)]
    if len(statistics) != 1:
        read.problem("Statistic or ExtendedStatistic: exactly one of them is required")
    stat = read.text(statistics[0]) if statistics else BASIC[0]
    if statistics == ["Statistic"] and stat not in BASIC:
        read.problem(f"Statistic: {stat!r}; accepted: {', '.join(BASIC)}")
    if statistics == ["ExtendedStatistic"] and stat in BASIC:
        read.problem(f"ExtendedStatistic: {stat!r}; Statistic takes it")
    return MetricStat(_metric(read), read.whole("Period"), stat, read.text("Unit", "") or None)


def _metric(read: Reader) -> Metric:
    pairs = [(entry.text("Name"), entry.text("Value")) for entry in read.items("Dimensions")]
    return Metric(read.text("Namespace"), read.text("MetricName"), tuple(pairs))


_OF_A_QUERY = frozenset(
    ("AccountId", "Expression", "Id", "Label", "MetricStat", "Period", "ReturnData")
)
"""https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDataQuery.html"""


def _query(read: Reader) -> MetricQuery:
    read.known(_OF_A_QUERY)
    if read.given("AccountId"):
        read.not_evaluated("AccountId: metrics of other accounts are not evaluated here")
    stat = None
    if read.given("MetricStat"):
        inside = read.mapping("MetricStat")
        inside.known(frozenset(("Metric", "Period", "Stat", "Unit")))
        metric = _metric(inside.mapping("Metric"))
        unit = inside.text("Unit", "") or None
        stat = MetricStat(metric, inside.whole("Period"), inside.text("Stat"), unit)
    return MetricQuery(
        id=read.text("Id"),
        expression=read.text("Expression") if read.given("Expression") else None,
        stat=stat,
        label=read.text("Label") if read.given("Label") else None,
        return_data=read.boolean("ReturnData", True),
        period=read.optional_whole("Period"),
    )
