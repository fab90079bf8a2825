"""Requests that CloudWatch Logs was recorded to refuse, and requests of no shape at all."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tocsin.local.emulator import log_requests

REFUSED = [
    # LocalStack's snapshots of 2026-02-03, AWS's own words.
    (
        "PutLogEvents",
        {"logEvents": [{"timestamp": 2, "message": "a"}, {"timestamp": 1, "message": "b"}]},
        "Log events in a single PutLogEvents request must be in chronological order.",
    ),
    (
        "DescribeLogGroups",
        {"logGroupNamePrefix": "a", "logGroupNamePattern": "b"},
        "LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.",
    ),
    (
        "GetLogEvents",
        {"logGroupName": "a", "logStreamName": "b", "limit": 10_001},
        "1 validation error detected: Value '10001' at 'limit' failed to satisfy constraint: "
        "Member must have value less than or equal to 10000",
    ),
    ("FilterLogEvents", {"logGroupName": "a", "filterPattern": "{ $.a"}, "Invalid filter pattern"),
    # By the service's model.
    (
        "CreateLogGroup",
        {"logGroupName": "a b"},
        "1 validation error detected: Value 'a b' at 'logGroupName' failed to satisfy constraint: "
        r"Member must satisfy regular expression pattern: [\.\-_/#A-Za-z0-9]+",
    ),
]
TAKEN = [
    ("PutLogEvents", {"logEvents": [{"timestamp": 1, "message": "a"}] * 2}),
    ("DescribeLogGroups", {"logGroupNamePrefix": "a"}),
    ("DescribeLogGroups", {"logGroupNamePattern": "b"}),
    ("FilterLogEvents", {"logGroupName": "a", "filterPattern": "{ $.a = 1 }"}),
    (
        "DescribeMetricFilters",
        {"metricName": "a", "metricNamespace": "A.B-c_d/1#2:metricNamespace"},
    ),
    ("Nothing", {"limit": 10**9}),
]
SHAPELESS: tuple[Any, ...] = (None, 5, "x", [5], [None], [{"timestamp": "x"}], {"a": 1}, [[]])


@pytest.mark.parametrize(("operation", "data", "message"), REFUSED)
def test_what_aws_refuses_is_refused_in_its_words(
    operation: str, data: dict[str, Any], message: str
) -> None:
    answer = log_requests._refused(operation, data)
    assert answer is not None
    status, _, body = answer
    assert status == 400
    told = json.loads(body)
    assert told["__type"].endswith("InvalidParameterException")
    assert told["message"] == message


@pytest.mark.parametrize(("operation", "data"), TAKEN)
def test_what_aws_takes_is_passed_on(operation: str, data: dict[str, Any]) -> None:
    assert log_requests._refused(operation, data) is None


@pytest.mark.parametrize("value", SHAPELESS)
def test_a_request_of_another_shape_is_left_to_the_service(value: Any) -> None:
    for key in ("logEvents", "logGroupName", "limit", "filterPattern"):
        for operation in ("PutLogEvents", "FilterLogEvents", "GetLogEvents"):
            log_requests._refused(operation, {key: value})
