"""CloudWatch Logs on the stage: what it refuses, which events pass, what metric filters emit."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

Aws = Callable[..., Any]
FUNCTION = "arn:aws:lambda:eu-west-1:123456789012:function:nobody"


@pytest.fixture
def group(aws: Aws) -> Iterator[str]:
    name = f"/test/{uuid.uuid4().hex[:8]}"
    aws("logs").create_log_group(logGroupName=name)
    aws("logs").create_log_stream(logGroupName=name, logStreamName="s")
    yield name
    aws("logs").delete_log_group(logGroupName=name)


def written(aws: Aws, group: str, *messages: str) -> None:
    now = int(time.time() * 1000)
    events = [{"timestamp": now, "message": message} for message in messages]
    aws("logs").put_log_events(logGroupName=group, logStreamName="s", logEvents=events)


def subscribe(aws: Aws, group: str, name: str, pattern: str = "", **more: str) -> None:
    given = {"destinationArn": FUNCTION.replace("123456789012", account(aws)), **more}
    aws("logs").put_subscription_filter(
        logGroupName=group, filterName=name, filterPattern=pattern, **given
    )


def account(aws: Aws) -> str:
    return str(aws("sts").get_caller_identity()["Account"])


def metric_filter(aws: Aws, group: str, pattern: str, **made: Any) -> str:
    namespace = f"Test{uuid.uuid4().hex[:8]}"
    aws("logs").put_metric_filter(
        logGroupName=group,
        filterName="f",
        filterPattern=pattern,
        metricTransformations=[
            {"metricNamespace": namespace, "metricName": "m", "metricValue": "1", **made}
        ],
    )
    return namespace


# Codes and texts as they were recorded (LocalStack's validated tests, 2026-02-06).
@pytest.mark.parametrize(
    ("request_", "given", "code", "told"),
    [
        (
            "put_metric_filter",
            {"filterName": "X" * 513},
            "InvalidParameterException",
            "at 'filterName' failed to satisfy constraint: Member must have length less than or "
            "equal to 512",
        ),
        (
            "put_metric_filter",
            {"filterPattern": "X" * 1025},
            "InvalidParameterException",
            "at 'filterPattern' failed to satisfy constraint: Member must have length less than or "
            "equal to 1024",
        ),
        (
            "put_metric_filter",
            {"filterPattern": '{ $.level = "ERROR"'},
            "InvalidParameterException",
            "Invalid filter pattern",
        ),
        (
            "put_metric_filter",
            {"logGroupName": "none"},
            "ResourceNotFoundException",
            "The specified log group does not exist.",
        ),
        (
            "put_metric_filter",
            {"logGroupName": "X" * 513},
            "InvalidParameterException",
            "Invalid LogGroup or LogStream, both must have length less than or equal to 512.",
        ),
    ],
)
def test_what_aws_refuses_is_refused(
    aws: Aws, group: str, request_: str, given: dict[str, Any], code: str, told: str
) -> None:
    made = [{"metricNamespace": "n", "metricName": "m", "metricValue": "1"}]
    usual = {"logGroupName": group, "filterName": "f", "filterPattern": "x"}
    with pytest.raises(ClientError) as refused:
        getattr(aws("logs"), request_)(**{**usual, "metricTransformations": made, **given})
    assert refused.value.response["Error"]["Code"] == code
    assert refused.value.response["Error"]["Message"].endswith(told)


def test_a_group_has_two_subscriptions(aws: Aws, group: str) -> None:
    subscribe(aws, group, "one")
    subscribe(aws, group, "two", "{ $.level = ERROR }")
    subscribe(aws, group, "two", "ERROR")
    with pytest.raises(ClientError, match=r"LimitExceededException.*Resource limit exceeded\."):
        subscribe(aws, group, "three")
    for name, more, told in [
        ("two", {"destinationArn": FUNCTION.replace("123456789012", "999999999999")}, "Cross-acc"),
        ("two", {"destinationArn": "arn:aws:kinesis:us-east-1:1:stream/s"}, "without roleArn"),
    ]:
        with pytest.raises(ClientError, match=told):
            subscribe(aws, group, name, **more)


def test_events_are_filtered_by_every_kind_of_pattern(aws: Aws, group: str) -> None:
    written(aws, group, "GET /x 404", json.dumps({"level": "ERROR", "ms": 7}), "ERROR plain")
    for pattern, count in [
        ("", 3),
        ("ERROR", 2),
        ("error", 0),
        ('{ $.level = "ERROR" && $.ms > 6 }', 1),
        ("[method, path, status = 4*]", 1),
    ]:
        found = aws("logs").filter_log_events(logGroupName=group, filterPattern=pattern)
        assert len(found["events"]) == count, pattern
    with pytest.raises(ClientError, match="Invalid filter pattern"):
        aws("logs").filter_log_events(logGroupName=group, filterPattern='"open')
    tried = aws("logs").test_metric_filter(
        filterPattern="{ $.ms > 6 }", logEventMessages=['{"ms": 6}', '{"ms": 7}']
    )
    assert [match["eventNumber"] for match in tried["matches"]] == [2]


def test_a_metric_filter_emits_its_metric(aws: Aws, group: str) -> None:
    namespace = metric_filter(
        aws, group, "{ $.ms > 6 }", metricValue="$.ms", dimensions={"Level": "$.level"}
    )
    written(aws, group, '{"ms": 6}', '{"ms": 7, "level": "E"}', '{"ms": 9, "level": "E"}')
    at = time.time()
    found = aws("cloudwatch").get_metric_statistics(
        Namespace=namespace,
        MetricName="m",
        Dimensions=[{"Name": "Level", "Value": "E"}],
        StartTime=at - 3600,
        EndTime=at + 864000,
        Period=864000,
        Statistics=["Sum", "SampleCount"],
    )["Datapoints"]
    assert sum(point["Sum"] for point in found) == 16
    assert sum(point["SampleCount"] for point in found) == 2


def test_a_default_value_is_emitted_where_nothing_passes(aws: Aws, group: str) -> None:
    namespace = metric_filter(aws, group, "ERROR", defaultValue=0)
    assert aws("cloudwatch").list_metrics(Namespace=namespace)["Metrics"] == []
    written(aws, group, "all is well")
    (metric,) = aws("cloudwatch").list_metrics(Namespace=namespace)["Metrics"]
    assert metric["MetricName"] == "m"
