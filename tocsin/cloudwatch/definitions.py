"""Alarms from and to the shape of the API: PutMetricAlarm, DescribeAlarms, CloudFormation.

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
from tocsin.cloudwatch.metrics import Metric, MetricQuery, MetricStat
from tocsin.cloudwatch.reading import Reader
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
_WALL_CLOCK = "WallClockWindow"
_WARM_UP, _DURATION = "WarmUpConfiguration", "WarmUpPeriodDurationInMinutes"
_WHOLE_OF_IT = "OnlyStartEvaluatingAfterWarmUpPeriodEnds"
_LONGEST_WARM_UP = 2_880
_FURTHER = frozenset({"EvaluationInterval", "EvaluationWindow", _WARM_UP})
_SUPPRESSOR = (
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
    read = Reader(properties, subject=f"alarm {properties.get('AlarmName', '')!r}")
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


def alarm_to_api(alarm: MetricAlarm) -> dict[str, Any]:
    """The properties of an alarm as PutMetricAlarm takes them and DescribeAlarms shows them."""
    result = common_to_api(alarm)
    if alarm.single is not None:
        result |= _stat_to_api(alarm.single)
    else:
        band = () if alarm.band is None else (alarm.band,)
        result["Metrics"] = [query_to_api(query) for query in (*alarm.queries, *band)]
    result["EvaluationPeriods"] = alarm.evaluation_periods
    if alarm.datapoints_to_alarm is not None:
        result["DatapointsToAlarm"] = alarm.datapoints_to_alarm
    if alarm.band is None:
        result["Threshold"] = float(alarm.threshold)
    else:
        result["ThresholdMetricId"] = alarm.band.id
    if alarm.wall_clock is not None:
        result["EvaluationWindow"] = {_WALL_CLOCK: {"Timezone": alarm.wall_clock}}
    result["ComparisonOperator"] = alarm.comparison_operator
    if alarm.treat_missing_data is not None:
        result["TreatMissingData"] = alarm.treat_missing_data
    if alarm.evaluate_low_sample_count_percentile is not None:
        result["EvaluateLowSampleCountPercentile"] = alarm.evaluate_low_sample_count_percentile
    if alarm.warm_up_minutes is not None:
        result[_WARM_UP] = {_DURATION: alarm.warm_up_minutes, _WHOLE_OF_IT: True}
    return result


def _warm_up(read: Reader) -> int | None:
    """Minutes after its creation in which an alarm is not evaluated; None without a warm-up.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_WarmUpConfiguration.html
    """
    if not read.given(_WARM_UP):
        return None
    inside = read.mapping(_WARM_UP)
    inside.known(frozenset((_DURATION, _WHOLE_OF_IT)))
    minutes = inside.whole(_DURATION)
    if not 1 <= minutes <= _LONGEST_WARM_UP:
        inside.problem(f"{_DURATION}: {minutes}; 1 to {_LONGEST_WARM_UP} is accepted")
    if not inside.boolean(_WHOLE_OF_IT, False):
        inside.not_evaluated("a warm-up that ends with enough data is not evaluated here")
    return minutes


def composite_from_api(properties: Mapping[str, Any]) -> CompositeAlarm:
    """A validated composite alarm from its API properties; ValidationError or AlarmRuleError."""
    read = Reader(properties, subject=f"alarm {properties.get('AlarmName', '')!r}")
    read.known(_COMMON | _OUTPUT_ONLY | {"AlarmRule", *_SUPPRESSOR})
    alarm = CompositeAlarm(
        **_common(read),
        rule=read.text("AlarmRule"),
        actions_suppressor=read.text("ActionsSuppressor", "") or None,
        actions_suppressor_wait_period=read.optional_whole(_SUPPRESSOR[1]) or 0,
        actions_suppressor_extension_period=read.optional_whole(_SUPPRESSOR[2]) or 0,
    )
    for key in _SUPPRESSOR[1:]:
        if alarm.actions_suppressor is not None and not read.given(key):
            read.problem(f"{key}: missing; ActionsSuppressor requires it")
    read.finish()
    return validate_composite(alarm)


def composite_to_api(alarm: CompositeAlarm) -> dict[str, Any]:
    """The properties of a composite alarm."""
    result = common_to_api(alarm) | {"AlarmRule": alarm.rule}
    if alarm.actions_suppressor is not None:
        result["ActionsSuppressor"] = alarm.actions_suppressor
        result["ActionsSuppressorWaitPeriod"] = alarm.actions_suppressor_wait_period
        result["ActionsSuppressorExtensionPeriod"] = alarm.actions_suppressor_extension_period
    return result


def query_from_api(properties: Mapping[str, Any], subject: str = "Metrics") -> MetricQuery:
    """A MetricDataQuery; ValidationError when its shape is wrong."""
    read = Reader(properties, subject=subject)
    query = _query(read)
    read.finish()
    return query


def query_to_api(query: MetricQuery) -> dict[str, Any]:
    """A query as MetricDataQuery."""
    result: dict[str, Any] = {"Id": query.id}
    if query.stat is not None:
        metric = query.stat.metric
        result["MetricStat"] = {
            "Metric": {
                "Namespace": metric.namespace,
                "MetricName": metric.name,
                "Dimensions": [{"Name": n, "Value": v} for n, v in metric.dimensions],
            },
            "Period": query.stat.period,
            "Stat": query.stat.stat,
        }
        if query.stat.unit is not None:
            result["MetricStat"]["Unit"] = query.stat.unit
    else:
        result["Expression"] = query.expression
    if query.label is not None:
        result["Label"] = query.label
    result["ReturnData"] = query.return_data
    if query.period is not None:
        result["Period"] = query.period
    return result


def _common(read: Reader) -> dict[str, Any]:
    return {
        "name": read.text("AlarmName"),
        "description": read.text("AlarmDescription", ""),
        "actions_enabled": read.boolean("ActionsEnabled", True),
        "alarm_actions": read.texts("AlarmActions"),
        "ok_actions": read.texts("OKActions"),
        "insufficient_data_actions": read.texts("InsufficientDataActions"),
    }


def common_to_api(alarm: MetricAlarm | CompositeAlarm) -> dict[str, Any]:
    """The properties that both types of alarm have."""
    return {
        "AlarmName": alarm.name,
        **({"AlarmDescription": alarm.description} if alarm.description else {}),
        "ActionsEnabled": alarm.actions_enabled,
        "OKActions": list(alarm.ok_actions),
        "AlarmActions": list(alarm.alarm_actions),
        "InsufficientDataActions": list(alarm.insufficient_data_actions),
    }


def _stat_to_api(stat: MetricStat) -> dict[str, Any]:
    key = "Statistic" if stat.stat in BASIC else "ExtendedStatistic"
    return {
        "MetricName": stat.metric.name,
        "Namespace": stat.metric.namespace,
        key: stat.stat,
        "Dimensions": [{"Name": name, "Value": value} for name, value in stat.metric.dimensions],
        "Period": stat.period,
        **({"Unit": stat.unit} if stat.unit is not None else {}),
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
    window.known(frozenset((_SLIDING, _WALL_CLOCK)))
    given = [name for name in (_SLIDING, _WALL_CLOCK) if window.given(name)]
    if len(given) != 1:
        window.problem(f"{_SLIDING} or {_WALL_CLOCK}: exactly one of them is required")
    if _WALL_CLOCK not in given:
        return None
    inside = window.mapping(_WALL_CLOCK)
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


def _query(read: Reader) -> MetricQuery:
    read.known(frozenset(("Id", "Expression", "MetricStat", "Label", "ReturnData", "Period")))
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
