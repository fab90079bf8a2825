"""Alarms that look alike and are not: each watches, counts or tells something else."""

from collections.abc import Iterator

from tests.mutations.edits import Resource, breaks, drop, dropping, everywhere, get, put, setting

ALARM = "AWS::CloudWatch::Alarm"
COMPOSITE = "AWS::CloudWatch::CompositeAlarm"
OTHER_STATISTIC = {"Sum": "Maximum", "Average": "Minimum", "Maximum": "Average"}
ELSEWHERE = {"Ref": "ErrorLogTable"}

breaks(ALARM, "threshold raised")(everywhere("Threshold", lambda value: value * 10 + 1))
breaks(ALARM, "threshold lowered")(everywhere("Threshold", lambda value: value / 2 - 1))
breaks(ALARM, "comparison reversed")(setting("ComparisonOperator", to="LessThanThreshold"))
breaks(ALARM, "threshold itself included")(
    setting("ComparisonOperator", to="GreaterThanOrEqualToThreshold")
)
breaks(ALARM, "period")(everywhere("Period", lambda value: value * 5))
breaks(ALARM, "metric")(everywhere("MetricName", lambda value: "ConcurrentExecutions"))
breaks(ALARM, "metric misspelt")(everywhere("MetricName", lambda value: value[:-1]))
breaks(ALARM, "namespace")(everywhere("Namespace", lambda value: "AWS/ApiGateway"))
breaks(ALARM, "missing data ignored")(setting("TreatMissingData", to="ignore"))
breaks(ALARM, "missing data breaching")(setting("TreatMissingData", to="breaching"))
breaks(ALARM, "missing data not said")(dropping("TreatMissingData"))
breaks(ALARM, "statistic")(everywhere("Statistic", OTHER_STATISTIC.get))
breaks(ALARM, "statistic in an expression")(everywhere("Stat", OTHER_STATISTIC.get))
breaks(ALARM, "expression's factor")(
    everywhere("Expression", lambda value: value.replace("100 *", "10 *"))
)
breaks(ALARM, "expression turned round")(
    everywhere(
        "Expression",
        lambda value: (
            value.replace("errors", "~")
            .replace("invocations", "errors")
            .replace("~", "invocations")
        ),
    )
)
breaks(ALARM, "result returned by another metric")(
    everywhere("ReturnData", lambda value: not value)
)
breaks(ALARM, "dimension's name")(
    everywhere("Dimensions", lambda all_: [{**dimension, "Name": "Resource"} for dimension in all_])
)
breaks(ALARM, "dimension's value")(
    everywhere(
        "Dimensions",
        lambda all_: [{**dimension, "Value": f"{dimension['Value']}2"} for dimension in all_],
    )
)
breaks(ALARM, "dimension dropped")(everywhere("Dimensions", lambda all_: []))
breaks(ALARM, "description lost")(dropping("AlarmDescription"))

for type_ in (ALARM, COMPOSITE):
    breaks(type_, "actions disabled")(setting("ActionsEnabled", to=False))
    breaks(type_, "tells nobody of ALARM")(dropping("AlarmActions"))
    breaks(type_, "tells nobody of OK")(dropping("OKActions"))
    breaks(type_, "an empty list of actions")(setting("AlarmActions", to=[]))
    breaks(type_, "tells something else of ALARM")(setting("AlarmActions", to=[ELSEWHERE]))
    breaks(type_, "tells something else of OK")(setting("OKActions", to=[ELSEWHERE]))


@breaks(ALARM, "one period more")
def one_period_more(alarm: Resource) -> Iterator[Resource]:
    yield put(
        alarm, ("Properties", "EvaluationPeriods"), alarm["Properties"]["EvaluationPeriods"] + 1
    )


@breaks(ALARM, "one period more, and datapoint")
def slower(alarm: Resource) -> Iterator[Resource]:
    properties = alarm["Properties"]
    more = {"EvaluationPeriods": properties["EvaluationPeriods"] + 1}
    if "DatapointsToAlarm" in properties:
        more["DatapointsToAlarm"] = properties["DatapointsToAlarm"] + 1
    yield put(alarm, ("Properties",), properties | more)


@breaks(ALARM, "datapoints to alarm")
def datapoints(alarm: Resource) -> Iterator[Resource]:
    path = ("Properties", "DatapointsToAlarm")
    needed = get(alarm, path, 0)
    if needed > 1:
        yield put(alarm, path, needed - 1)


@breaks(ALARM, "an input of the expression dropped")
def input_dropped(alarm: Resource) -> Iterator[Resource]:
    for index, query in enumerate(get(alarm, ("Properties", "Metrics"), [])):
        if "MetricStat" in query:
            yield drop(alarm, ("Properties", "Metrics", index))


@breaks(ALARM, "another percentile")
def percentile(alarm: Resource) -> Iterator[Resource]:
    yield from setting("ExtendedStatistic", to="p1")(alarm)


@breaks(COMPOSITE, "rule")
def rule(alarm: Resource) -> Iterator[Resource]:
    yield put(alarm, ("Properties", "AlarmRule"), "FALSE")
