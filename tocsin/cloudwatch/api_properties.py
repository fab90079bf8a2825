"""Alarms to the shape of the API, as PutMetricAlarm takes and DescribeAlarms shows them."""

from __future__ import annotations

from typing import Any

from tocsin.cloudwatch.alarm import CompositeAlarm, MetricAlarm
from tocsin.cloudwatch.definitions import (
    SUPPRESSOR,
    WALL_CLOCK,
    WARM_UP,
    WARM_UP_MINUTES,
    WHOLE_WARM_UP,
)
from tocsin.cloudwatch.metrics import MetricQuery, MetricStat
from tocsin.cloudwatch.statistics import BASIC


def alarm_to_api(alarm: MetricAlarm) -> dict[str, Any]:
    """The properties of an alarm as PutMetricAlarm takes them and DescribeAlarms shows them."""
    result = _common_to_api(alarm)
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
        result["EvaluationWindow"] = {WALL_CLOCK: {"Timezone": alarm.wall_clock}}
    result["ComparisonOperator"] = alarm.comparison_operator
    if alarm.treat_missing_data is not None:
        result["TreatMissingData"] = alarm.treat_missing_data
    if alarm.evaluate_low_sample_count_percentile is not None:
        result["EvaluateLowSampleCountPercentile"] = alarm.evaluate_low_sample_count_percentile
    if alarm.warm_up_minutes is not None:
        result[WARM_UP] = {WARM_UP_MINUTES: alarm.warm_up_minutes, WHOLE_WARM_UP: True}
    return result


def composite_to_api(alarm: CompositeAlarm) -> dict[str, Any]:
    """The properties of a composite alarm."""
    result = _common_to_api(alarm) | {"AlarmRule": alarm.rule}
    if alarm.actions_suppressor is not None:
        periods = (
            alarm.actions_suppressor_wait_period,
            alarm.actions_suppressor_extension_period,
        )
        result |= zip(SUPPRESSOR, (alarm.actions_suppressor, *periods), strict=True)
    return result


def query_to_api(query: MetricQuery) -> dict[str, Any]:
    """A query as MetricDataQuery."""
    result: dict[str, Any] = {"Id": query.id}
    if query.stat is not None:
        metric = query.stat.metric
        result["MetricStat"] = {
            "Metric": {
                "Namespace": metric.namespace,
                "MetricName": metric.name,
                "Dimensions": [{"Name": name, "Value": value} for name, value in metric.dimensions],
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


def _common_to_api(alarm: MetricAlarm | CompositeAlarm) -> dict[str, Any]:
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
