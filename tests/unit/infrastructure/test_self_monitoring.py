"""The alarms on the monitoring itself, as compiled."""

import json

import pytest

from collector.counts import Counts
from errorlog.settings import Settings

ALARMS = {
    "ErrorLogFailuresAlarm": ("tocsin", "ErrorLogLost", "Stage", "dev"),
    "ErrorLogThrottlesAlarm": ("AWS/DynamoDB", "ThrottledRequests", "Operation", "PutItem"),
    "ErrorLogSystemErrorsAlarm": ("AWS/DynamoDB", "SystemErrors", "Operation", "PutItem"),
    "CollectorErrorsAlarm": ("AWS/Lambda", "Errors", "FunctionName", "collector-function-dev"),
    "CollectorDeadLettersAlarm": (
        "AWS/SQS",
        "ApproximateNumberOfMessagesVisible",
        "QueueName",
        "collector-dead-letters-dev",
    ),
    "DeliveryAlertsAlarm": (
        "AWS/SNS",
        "NumberOfNotificationsFailed",
        "TopicName",
        "alerts-topic-dev",
    ),
    "DeliveryPagesAlarm": (
        "AWS/SNS",
        "NumberOfNotificationsFailed",
        "TopicName",
        "pages-topic-dev",
    ),
}

# How each counts: statistic, period in seconds, evaluation periods. The table's have three, since
# the newest is filled; SNS publishes its metrics every five minutes.
COUNTED = {
    "ErrorLogFailuresAlarm": ("Sum", 60, 1),
    "ErrorLogThrottlesAlarm": ("Sum", 60, 3),
    "ErrorLogSystemErrorsAlarm": ("Sum", 60, 3),
    "CollectorErrorsAlarm": ("Sum", 60, 1),
    "CollectorDeadLettersAlarm": ("Maximum", 60, 1),
    "DeliveryAlertsAlarm": ("Sum", 300, 1),
    "DeliveryPagesAlarm": ("Sum", 300, 1),
}


def watched(properties):
    """(namespace, metric, dimensions) of the one metric of an alarm."""
    if "Metrics" in properties:
        (metric,) = [
            metric["MetricStat"]["Metric"]
            for metric in properties["Metrics"]
            if "MetricStat" in metric
        ]
    else:
        metric = properties
    dimensions = {dimension["Name"]: dimension["Value"] for dimension in metric["Dimensions"]}
    return metric["Namespace"], metric["MetricName"], dimensions


def counted(properties):
    """(statistic, period, evaluation periods) of an alarm on one metric."""
    if "Metrics" in properties:
        (query,) = [
            metric["MetricStat"] for metric in properties["Metrics"] if "MetricStat" in metric
        ]
        statistic, period = query["Stat"], query["Period"]
    else:
        statistic, period = properties["Statistic"], properties["Period"]
    return statistic, period, properties["EvaluationPeriods"]


@pytest.mark.parametrize("name", ALARMS)
def test_each_fires_on_the_first_sign(dev, name) -> None:
    namespace, metric, dimension, value = ALARMS[name]
    properties = dev["Resources"][name]["Properties"]
    found_namespace, found_metric, dimensions = watched(properties)
    assert (found_namespace, found_metric) == (namespace, metric)
    assert dimensions[dimension] == value
    assert (properties["Threshold"], properties["ComparisonOperator"]) == (
        0,
        "GreaterThanThreshold",
    )
    assert counted(properties) == COUNTED[name]
    assert properties["DatapointsToAlarm"] == 1
    assert properties["TreatMissingData"] == "notBreaching"
    assert properties["AlarmActions"] == [{"Ref": "AlertsTopic"}]


@pytest.mark.parametrize("name", ["ErrorLogThrottlesAlarm", "ErrorLogSystemErrorsAlarm"])
def test_an_alarm_on_the_table_does_not_stay_in_alarm_for_want_of_datapoints(dev, name) -> None:
    """CloudWatch ignores missing data of AWS/DynamoDB, whatever TreatMissingData says."""
    properties = dev["Resources"][name]["Properties"]
    (expression,) = [
        metric["Expression"] for metric in properties["Metrics"] if metric.get("ReturnData")
    ]
    assert expression == "FILL(counted, 0)"
    assert properties["EvaluationPeriods"] > properties["DatapointsToAlarm"]
    table = dev["Resources"]["ErrorLogTable"]["Properties"]["TableName"]
    assert watched(properties)[2]["TableName"] == table


def test_records_that_wait_for_long_are_a_ticket(dev) -> None:
    properties = dev["Resources"]["BugsIteratorAgeAlarm"]["Properties"]
    assert watched(properties)[1:] == ("IteratorAge", {"FunctionName": "bugs-function-dev"})
    assert (properties["Threshold"], counted(properties)) == (600_000, ("Maximum", 300, 1))
    assert properties["ComparisonOperator"] == "GreaterThanThreshold"
    assert (properties["DatapointsToAlarm"], properties["EvaluationPeriods"]) == (1, 1)
    assert properties["TreatMissingData"] == "notBreaching", "a stream that is quiet"
    assert properties["AlarmActions"] == [{"Ref": "AlertsTopic"}]
    for resource in dev["Resources"].values():
        if resource["Type"] == "AWS::CloudWatch::CompositeAlarm":
            rule = json.dumps(resource["Properties"]["AlarmRule"])
            assert "BugsIteratorAgeAlarm" not in rule, "it wakes nobody"


def test_what_the_collector_lost_is_what_the_alarm_reads(dev) -> None:
    """Not what took the way of the log: that is in the table a moment later."""
    environment = dev["Resources"]["CollectorLambdaFunction"]["Properties"]["Environment"]
    configured = environment["Variables"]
    settings = Settings(
        table="t", stage=configured["STAGE"], release="", ttl_days=30, redact_keys=(),
        namespace=configured["POWERTOOLS_METRICS_NAMESPACE"], redact_emails=False,
        timeout_s=1, burst=20, refill_s=10,
    )  # fmt: skip
    namespace, metric, dimensions = watched(dev["Resources"]["ErrorLogFailuresAlarm"]["Properties"])
    line = json.loads(Counts(lost=1, healed=7).line(settings))
    (directive,) = line["_aws"]["CloudWatchMetrics"]
    assert directive["Namespace"] == namespace
    assert metric in [metric["Name"] for metric in directive["Metrics"]]
    assert list(dimensions) in directive["Dimensions"]
    assert {name: line[name] for name in dimensions} == dimensions
    assert metric not in json.loads(Counts(healed=7).line(settings))
