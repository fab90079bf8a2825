"""Alarms from API properties: both forms, round trips, and everything PutMetricAlarm refuses."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import examples
from tocsin.cloudwatch import (
    Metric,
    MetricQuery,
    MetricStat,
    NotEvaluatedError,
    RefusedDefinition,
    alarm_from_api,
    alarm_to_api,
    query_from_api,
    query_to_api,
    validate,
)
from tocsin.exceptions import InputError

SINGLE = {
    "AlarmName": "errors",
    "Namespace": "AWS/Lambda",
    "MetricName": "Errors",
    "Dimensions": [{"Name": "FunctionName", "Value": "orders"}],
    "Statistic": "Sum",
    "Period": 60,
    "EvaluationPeriods": 2,
    "DatapointsToAlarm": 2,
    "Threshold": 5.0,
    "ComparisonOperator": "GreaterThanThreshold",
    "TreatMissingData": "notBreaching",
    "AlarmActions": ["arn:aws:sns:eu-west-1:123456789012:alerts"],
}


def stat(id, name, **more):
    metric = {
        "Namespace": "AWS/Lambda",
        "MetricName": name,
        "Dimensions": [{"Name": "FunctionName", "Value": "orders"}],
    }
    return {
        "Id": id,
        "MetricStat": {"Metric": metric, "Period": 60, "Stat": "Sum", **more},
        "ReturnData": False,
    }


MATH = {
    **{k: SINGLE[k] for k in ("AlarmName", "EvaluationPeriods", "Threshold", "ComparisonOperator")},
    "Metrics": [
        {"Id": "rate", "Expression": "100 * errors / invocations", "Label": "Error rate"},
        stat("errors", "Errors"),
        stat("invocations", "Invocations"),
    ],
}


def test_a_single_metric_alarm():
    alarm = alarm_from_api(SINGLE)
    metric = Metric.of("AWS/Lambda", "Errors", {"FunctionName": "orders"})
    assert alarm.single == MetricStat(metric, 60, "Sum")
    assert (alarm.threshold, alarm.evaluation_periods, alarm.required_datapoints) == (5.0, 2, 2)
    assert alarm.actions_enabled
    assert alarm.alarm_actions == ("arn:aws:sns:eu-west-1:123456789012:alerts",)


def test_a_metric_math_alarm():
    alarm = alarm_from_api(MATH)
    assert alarm.single is None
    assert alarm.result_id == "rate"
    assert alarm.period == 60
    assert [query.return_data for query in alarm.queries] == [True, False, False]
    assert alarm.required_datapoints == 2
    assert alarm.missing_data == "missing"


@pytest.mark.parametrize("properties", [SINGLE, MATH], ids=["single", "math"])
def test_round_trip(properties):
    alarm = alarm_from_api(properties)
    written = alarm_to_api(alarm)
    assert alarm_from_api(written) == alarm
    for key in properties.keys() - {"Metrics"}:
        assert written[key] == properties[key]


def test_what_describe_alarms_adds_is_passed_over():
    described = {
        **SINGLE,
        "AlarmArn": "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:errors",
        "StateValue": "OK",
        "StateReason": "fine",
        "StateUpdatedTimestamp": "2026-11-23T10:00:00Z",
        "EvaluationInterval": 60,
        "EvaluateLowSampleCountPercentile": None,
        "Metrics": [],
    }
    assert alarm_from_api(described) == alarm_from_api(SINGLE)


def test_numbers_and_booleans_may_be_strings():
    written = {**SINGLE, "Period": "60", "Threshold": "5", "ActionsEnabled": "false"}
    alarm = alarm_from_api(written)
    assert (alarm.period, alarm.threshold, alarm.actions_enabled) == (60, 5.0, False)


def test_a_sliding_window_may_be_stated():
    stated = {**SINGLE, "EvaluationWindow": {"SlidingWindow": {}}}
    assert alarm_from_api(stated) == alarm_from_api(SINGLE)


@pytest.mark.parametrize("mode", [None, "missing", "breaching", "notBreaching", "ignore"])
def test_dynamodb_metrics_ignore_missing_data_unless_told_otherwise(mode):
    given = {} if mode is None else {"TreatMissingData": mode}
    properties = {**without(SINGLE, "TreatMissingData"), "Namespace": "AWS/DynamoDB", **given}
    assert alarm_from_api(properties).missing_data == (mode or "ignore")


def without(properties, *keys):
    return {key: value for key, value in properties.items() if key not in keys}


def with_metrics(*more):
    return {**MATH, "Metrics": [*MATH["Metrics"], *more]}


def with_query(**changes):
    first, *rest = MATH["Metrics"]
    return {**MATH, "Metrics": [{**first, **changes}, *rest]}


@pytest.mark.parametrize(
    ("properties", "says"),
    [
        (without(SINGLE, "AlarmName"), "AlarmName: missing; it is required"),
        ({**SINGLE, "AlarmName": "x" * 256}, "1 to 255 characters"),
        ({**SINGLE, "AlarmName": "a\nb"}, "without control characters"),
        ({**SINGLE, "AlarmDescription": "x" * 1025}, "1025 characters; at most 1024"),
        ({**SINGLE, "AlarmActions": ["a"] * 6}, "AlarmActions: 6 actions; at most 5"),
        ({**SINGLE, "AlarmActions": "arn"}, "AlarmActions: 'arn'; a list is accepted"),
        ({**SINGLE, "OKActions": [{"Ref": "Topic"}]}, "strings are accepted"),
        ({**SINGLE, "Treshold": 5}, "Treshold: unknown property; accepted: "),
        (without(SINGLE, "Threshold"), "Threshold: missing"),
        ({**SINGLE, "Threshold": "high"}, "Threshold: 'high'; a finite number"),
        ({**SINGLE, "Threshold": True}, "Threshold: True; a finite number"),
        ({**SINGLE, "Threshold": "nan"}, "a finite number"),
        ({**SINGLE, "ComparisonOperator": ">"}, "accepted: GreaterThanThreshold"),
        (
            {**SINGLE, "ComparisonOperator": "GreaterThanUpperThreshold"},
            "compares with a band, which ThresholdMetricId names",
        ),
        ({**SINGLE, "ThresholdMetricId": "ad1"}, "the Id of an expression in Metrics"),
        (
            {**SINGLE, "Period": 900, "EvaluationWindow": {"WallClockWindow": {}}},
            "Period: 900; 60, 300, 3600, 86400, 604800 seconds with a WallClockWindow",
        ),
        (
            {**SINGLE, "EvaluationWindow": {"WallClockWindow": {"Timezone": "+01:03"}}},
            "no offset of a multiple of 5 minutes",
        ),
        (
            {**SINGLE, "EvaluationWindow": {"WallClockWindow": {"Timezone": "Mars/Olympus"}}},
            "no time zone",
        ),
        ({**SINGLE, "EvaluationWindow": {}}, "exactly one of them is required"),
        ({**SINGLE, "TreatMissingData": "skip"}, "accepted: breaching, notBreaching, ignore"),
        ({**SINGLE, "EvaluateLowSampleCountPercentile": "no"}, "accepted: evaluate, ignore"),
        ({**SINGLE, "EvaluationPeriods": 0}, "EvaluationPeriods: 0; at least 1"),
        ({**SINGLE, "EvaluationPeriods": 1.5}, "1.5; a whole number"),
        ({**SINGLE, "DatapointsToAlarm": 3}, "DatapointsToAlarm: 3; from 1 to EvaluationPeriods"),
        ({**SINGLE, "DatapointsToAlarm": 0}, "DatapointsToAlarm: 0; from 1"),
        ({**SINGLE, "Period": 45}, "Period: 45; 10, 20, 30 or a multiple of 60"),
        ({**SINGLE, "Period": 90}, "Period: 90;"),
        ({**SINGLE, "EvaluationPeriods": 1441}, "86460 s; at most 86400 s (one day)"),
        (
            {**SINGLE, "Period": 3600, "EvaluationPeriods": 169},
            "608400 s; at most 604800 s (seven days)",
        ),
        ({**SINGLE, "Statistic": "p99"}, "Statistic: 'p99'; accepted: SampleCount"),
        ({**SINGLE, "ExtendedStatistic": "p99"}, "exactly one of them"),
        (without(SINGLE, "Statistic"), "exactly one of them"),
        (
            {**without(SINGLE, "Statistic"), "ExtendedStatistic": "p200"},
            "percents lie between 0 and 100",
        ),
        (
            {**without(SINGLE, "Statistic"), "ExtendedStatistic": "Average"},
            "ExtendedStatistic: 'Average'; Statistic takes it",
        ),
        ({**SINGLE, "Unit": "Furlongs"}, "Unit: 'Furlongs'"),
        ({**SINGLE, "Namespace": ":x"}, "not beginning with ':'"),
        (
            {**SINGLE, "Dimensions": [{"Name": "a", "Value": "1"}, {"Name": "a", "Value": "2"}]},
            "'a' is given 2 times",
        ),
        (
            {**SINGLE, "Dimensions": [{"Name": f"d{i}", "Value": "1"} for i in range(31)]},
            "Dimensions: 31; at most 30",
        ),
        ({**SINGLE, "Dimensions": [{"Name": "a"}]}, "Dimensions[0]: Value: missing"),
        ({**SINGLE, "Dimensions": [{"Name": ":a", "Value": "1"}]}, "not beginning with ':'"),
        ({**SINGLE, "Dimensions": [{"Name": "ä", "Value": "1"}]}, "printable ASCII"),
        ({**SINGLE, "Dimensions": [{"Name": "a", "Value": "1\n"}]}, "printable ASCII"),
        ({**SINGLE, "Dimensions": [{"Name": "a", "Value": "  "}]}, "not only blanks"),
        ({**SINGLE, "Dimensions": {"FunctionName": "orders"}}, "a list is accepted"),
        ({**SINGLE, "Metrics": MATH["Metrics"]}, "MetricName, Namespace, Dimensions, Period"),
        ({**MATH, "Metrics": MATH["Metrics"][:1]}, "no metric; at least one"),
        (with_query(ReturnData=False), "ReturnData is true for none; exactly one"),
        (
            {**MATH, "Metrics": [*MATH["Metrics"], {**stat("x", "X"), "ReturnData": True}]},
            "rate, x",
        ),
        (
            {
                **MATH,
                "Metrics": [
                    MATH["Metrics"][0],
                    stat("errors", "E", Period=300),
                    stat("invocations", "I"),
                ],
            },
            "periods 60, 300; the same for every metric",
        ),
        (with_metrics(*(stat(f"x{i}", "X") for i in range(9))), "11 metrics; at most 10"),
        (
            with_metrics(
                *({"Id": f"x{i}", "Expression": "errors", "ReturnData": False} for i in range(10))
            ),
            "11 expressions; at most 10",
        ),
        (with_query(Expression="100 * errors /"), "Expression: unexpected the end"),
        (with_query(Expression="[errors, invocations]"), "rate: gives an array of time series"),
        (with_query(Expression="SUM(errors)"), "the result is a scalar"),
        (with_query(Period=300), "rate: Period 300; 60, that of the metrics"),
        (with_query(Id="Rate"), "'Rate'; a lower-case letter"),
        (with_query(Id="errors"), "'errors' is used twice"),
        (with_query(MetricStat=stat("x", "X")["MetricStat"]), "either Expression or MetricStat"),
        (with_metrics("m"), "Metrics[3]: 'm'; an object"),
        ({**SINGLE, "EvaluationInterval": 10}, "EvaluationInterval: 10; 60 is evaluated"),
    ],
)
def test_what_put_metric_alarm_refuses(properties, says):
    with pytest.raises(RefusedDefinition) as caught:
        alarm_from_api(properties)
    assert says in str(caught.value)
    assert isinstance(caught.value, InputError)


@pytest.mark.parametrize(
    ("properties", "says"),
    [
        (with_query(Expression="SEARCH('x', 'Sum')"), "SEARCH is not evaluated here"),
        (with_query(Expression="ANOMALY_DETECTION_BAND(errors)"), "trained model"),
        (
            {**SINGLE, "WarmUpConfiguration": {"WarmUpPeriodDurationInMinutes": 5}},
            "a warm-up that ends with enough data is not evaluated",
        ),
        (
            {"AlarmName": "up", "EvaluationCriteria": {"PromQLCriteria": {"Query": "up == 0"}}},
            "PromQL alarms are not evaluated here",
        ),
        (
            {"AlarmName": "log", "ScheduledQueryConfiguration": {"QueryString": "x"}},
            "log alarms are not evaluated here",
        ),
        (
            {**MATH, "Metrics": [{"Id": "q1", "Expression": "SELECT MAX(x) FROM y", "Period": 60}]},
            "q1: Metrics Insights queries are not evaluated here",
        ),
    ],
)
def test_what_is_not_evaluated_is_not_said_to_be_refused(properties, says):
    with pytest.raises(NotEvaluatedError) as caught:
        alarm_from_api(properties)
    assert says in str(caught.value)


def test_every_fault_is_reported_at_once():
    broken = {**SINGLE, "Period": 45, "EvaluationPeriods": 0, "TreatMissingData": "skip"}
    with pytest.raises(RefusedDefinition) as caught:
        alarm_from_api(broken)
    assert len(caught.value.problems) == 3
    assert str(caught.value).startswith("alarm 'errors': 3 problems\n")


def test_validate_returns_a_good_alarm():
    alarm = alarm_from_api(SINGLE)
    assert validate(alarm) is alarm


@given(
    st.builds(
        MetricQuery,
        id=st.just("q"),
        stat=st.builds(
            MetricStat,
            metric=st.builds(
                Metric.of,
                st.text(min_size=1, max_size=9),
                st.text(min_size=1, max_size=9),
                st.dictionaries(st.text(min_size=1, max_size=5), st.text(min_size=1, max_size=5)),
            ),
            period=st.sampled_from([10, 60, 3600]),
            stat=st.sampled_from(["Sum", "p99.9"]),
            unit=st.none() | st.just("Count"),
        ),
        label=st.none() | st.text(),
        return_data=st.booleans(),
    )
)
@settings(max_examples=examples(80))
def test_queries_round_trip(query):
    assert query_from_api(query_to_api(query)) == query


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from([*SINGLE, "Metrics", "Id", "MetricStat"]), inner, max_size=4
        )
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from([*SINGLE, "Metrics"]), json_values))
@settings(max_examples=examples(200))
def test_any_json_gives_an_alarm_or_an_input_error(changes):
    properties = {**SINGLE, **changes}
    refusal = None
    try:
        alarm_from_api(properties)
    except InputError as error:
        refusal = error
    assert refusal is None or str(refusal)
