"""What PutMetricAlarm refuses, checked on the typed alarm.

Limits follow https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html,
API_MetricDataQuery.html and API_Dimension.html.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

from tocsin.cloudwatch.alarm import (
    BAND_OPERATORS,
    BREACHING_WORDS,
    DAY,
    TREAT_MISSING_DATA,
    CompositeAlarm,
    MetricAlarm,
)
from tocsin.cloudwatch.bands import banded_metric
from tocsin.cloudwatch.errors import (
    ExpressionError,
    NotEvaluatedError,
    RefusedDefinition,
    UnsupportedFunctionError,
)
from tocsin.cloudwatch.metric_math import ValueKind
from tocsin.cloudwatch.metrics import Metric, MetricQuery, MetricStat
from tocsin.cloudwatch.statistics import parse_statistic
from tocsin.cloudwatch.store import UNITS
from tocsin.cloudwatch.wall_clock import PERIODS, time_zone

MAX_METRICS = 10
MAX_EXPRESSIONS = 10
MAX_ACTIONS = 5
MAX_DIMENSIONS = 30
WEEK = 7 * DAY

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_PRINTABLE = re.compile(r"[ -~]*[!-~][ -~]*")


def validate(alarm: MetricAlarm) -> MetricAlarm:
    """The alarm itself; RefusedDefinition with every fault when CloudWatch would refuse it.

    NotEvaluatedError when it uses what CloudWatch has and what is not evaluated here.
    """
    subject = f"alarm {alarm.name!r}"
    problems = list(_metric_alarm_problems(alarm))
    if problems:
        raise RefusedDefinition(subject, problems)
    if alarm.band is not None:
        banded_metric(alarm)
    try:
        _ = alarm.plan
    except UnsupportedFunctionError as error:
        raise NotEvaluatedError(subject, [f"Expression: {error}"]) from None
    return alarm


def common_problems(alarm: MetricAlarm | CompositeAlarm) -> Iterator[str]:
    """The faults that both types of alarm can have: name, description, actions."""
    if not 1 <= len(alarm.name) <= 255 or _CONTROL.search(alarm.name):
        yield f"AlarmName: {alarm.name!r}; 1 to 255 characters without control characters"
    if len(alarm.description) > 1024:
        yield f"AlarmDescription: {len(alarm.description)} characters; at most 1024"
    for key, actions in (
        ("AlarmActions", alarm.alarm_actions),
        ("OKActions", alarm.ok_actions),
        ("InsufficientDataActions", alarm.insufficient_data_actions),
    ):
        if len(actions) > MAX_ACTIONS:
            yield f"{key}: {len(actions)} actions; at most {MAX_ACTIONS}"
        for action in actions:
            if not 1 <= len(action) <= 1024:
                yield f"{key}: an action of {len(action)} characters; an ARN of 1 to 1024"


def _metric_alarm_problems(alarm: MetricAlarm) -> Iterator[str]:
    yield from common_problems(alarm)
    yield from _threshold_problems(alarm)
    yield from _counting_problems(alarm)
    structure = list(_query_problems(alarm.queries))
    yield from structure
    if not structure:
        yield from _time_problems(alarm)
        yield from _math_problems(alarm)


def _threshold_problems(alarm: MetricAlarm) -> Iterator[str]:
    operators = BREACHING_WORDS if alarm.band is None else BAND_OPERATORS
    if alarm.comparison_operator not in operators:
        needs = ""
        if alarm.comparison_operator in BAND_OPERATORS:
            needs = "; it compares with a band, which ThresholdMetricId names"
        yield (
            f"ComparisonOperator: {alarm.comparison_operator!r}; accepted: {', '.join(operators)}"
            f"{needs}"
        )
    if alarm.band is None and not math.isfinite(alarm.threshold):
        yield f"Threshold: {alarm.threshold!r}; a finite number is accepted"
    if alarm.treat_missing_data not in (None, *TREAT_MISSING_DATA):
        yield (
            f"TreatMissingData: {alarm.treat_missing_data!r}; accepted: "
            f"{', '.join(TREAT_MISSING_DATA)}"
        )
    if alarm.evaluate_low_sample_count_percentile not in (None, "evaluate", "ignore"):
        yield (
            "EvaluateLowSampleCountPercentile: "
            f"{alarm.evaluate_low_sample_count_percentile!r}; accepted: evaluate, ignore"
        )


def _counting_problems(alarm: MetricAlarm) -> Iterator[str]:
    periods, required = alarm.evaluation_periods, alarm.datapoints_to_alarm
    if periods < 1:
        yield f"EvaluationPeriods: {periods}; at least 1"
    elif required is not None and not 1 <= required <= periods:
        yield f"DatapointsToAlarm: {required}; from 1 to EvaluationPeriods, {periods}"


def _query_problems(queries: tuple[MetricQuery, ...]) -> Iterator[str]:
    metrics = [query for query in queries if query.stat is not None]
    if not metrics:
        yield "Metrics: no metric; at least one entry with MetricStat"
    if len(metrics) > MAX_METRICS:
        yield f"Metrics: {len(metrics)} metrics; at most {MAX_METRICS}"
    expressions = len(queries) - len(metrics)
    if expressions > MAX_EXPRESSIONS:
        yield f"Metrics: {expressions} expressions; at most {MAX_EXPRESSIONS}"
    returned = [query.id for query in queries if query.return_data]
    if len(returned) != 1:
        yield (
            f"Metrics: ReturnData is true for {', '.join(returned) or 'none'}; exactly one entry"
        )
    for query in queries:
        if query.stat is not None:
            where = "" if len(queries) == 1 else f"{query.id}: "
            yield from (where + problem for problem in stat_problems(query.stat))


def stat_problems(stat: MetricStat) -> Iterator[str]:
    """The faults of one MetricStat."""
    yield from _metric_problems(stat.metric)
    if stat.period not in (10, 20, 30) and (stat.period < 60 or stat.period % 60):
        yield f"Period: {stat.period}; 10, 20, 30 or a multiple of 60 seconds"
    try:
        parse_statistic(stat.stat)
    except RefusedDefinition as error:
        yield str(error)
    if stat.unit is not None and stat.unit not in UNITS:
        yield f"Unit: {stat.unit!r}; accepted: {', '.join(UNITS)}"


def _metric_problems(metric: Metric) -> Iterator[str]:
    if not 1 <= len(metric.name) <= 255:
        yield f"MetricName: {len(metric.name)} characters; 1 to 255"
    if not 1 <= len(metric.namespace) <= 255 or metric.namespace.startswith(":"):
        yield f"Namespace: {metric.namespace!r}; 1 to 255 characters, not beginning with ':'"
    if len(metric.dimensions) > MAX_DIMENSIONS:
        yield f"Dimensions: {len(metric.dimensions)}; at most {MAX_DIMENSIONS}"
    names = [name for name, _ in metric.dimensions]
    for name, value in metric.dimensions:
        if names.count(name) > 1:
            yield f"Dimensions: {name!r} is given {names.count(name)} times; once"
        if not 1 <= len(name) <= 255 or not 1 <= len(value) <= 1024:
            yield f"Dimensions: {name!r}={value!r}; a name of 1 to 255, a value of 1 to 1024"
        elif not (_PRINTABLE.fullmatch(name) and _PRINTABLE.fullmatch(value)):
            yield f"Dimensions: {name!r}={value!r}; printable ASCII, not only blanks"
        elif name.startswith(":"):
            yield f"Dimensions: {name!r}; not beginning with ':'"


def _time_problems(alarm: MetricAlarm) -> Iterator[str]:
    periods = {query.stat.period for query in alarm.queries if query.stat is not None}
    if len(periods) > 1:
        yield f"Metrics: periods {', '.join(map(str, sorted(periods)))}; the same for every metric"
        return
    period = periods.pop()
    for query in alarm.queries:
        if query.period not in (None, period):
            yield f"{query.id}: Period {query.period}; {period}, that of the metrics"
    if alarm.wall_clock is not None:
        if period not in PERIODS:
            accepted = ", ".join(map(str, PERIODS))
            yield f"Period: {period}; {accepted} seconds with a WallClockWindow"
        try:
            time_zone(alarm.wall_clock)
        except ValueError as error:
            yield f"Timezone: {error}"
    limit, words = (WEEK, "seven days") if period >= 3600 else (DAY, "one day")
    if period * alarm.evaluation_periods > limit:
        yield (
            f"EvaluationPeriods: {alarm.evaluation_periods} periods of {period} s are "
            f"{period * alarm.evaluation_periods} s; at most {limit} s ({words}) for this period"
        )


def _math_problems(alarm: MetricAlarm) -> Iterator[str]:
    try:
        checked = alarm.plan
    except RefusedDefinition as error:
        yield from error.problems
        return
    except UnsupportedFunctionError:
        return  # CloudWatch may well take it
    except ExpressionError as error:
        yield f"Expression: {error}"
        return
    for query, expression in checked.expressions:
        if query.return_data and expression.kind is not ValueKind.SERIES:
            yield f"{query.id}: gives an array of time series; a single time series"
