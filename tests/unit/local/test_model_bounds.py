"""Requests beyond what the service's model documents, and the sentences that refuse them."""

from typing import Any

import boto3
import pytest
from botocore.model import StructureShape

from tocsin.local.model_bounds import refusal


def shape_of(operation: str) -> StructureShape:
    client = boto3.client("cloudwatch", region_name="us-east-1")
    shape: StructureShape = client.meta.service_model.operation_model(operation).input_shape
    return shape


ALARM = {"AlarmName": "a", "EvaluationPeriods": 1, "ComparisonOperator": "LessThanThreshold"}


@pytest.mark.parametrize(
    ("operation", "request_", "told"),
    [
        ("DescribeAlarms", {"MaxRecords": 101},
         "Value '101' at 'maxRecords' failed to satisfy constraint: "
         "Member must have value less than or equal to 100"),
        ("DescribeAlarms", {"MaxRecords": 0},
         "Value '0' at 'maxRecords' failed to satisfy constraint: "
         "Member must have value greater than or equal to 1"),
        ("DescribeAlarms", {"StateValue": "INVALID"},
         "Value 'INVALID' at 'stateValue' failed to satisfy constraint: "
         "Member must satisfy enum value set: [INSUFFICIENT_DATA, ALARM, OK]"),
        ("DescribeAlarms", {"AlarmNamePrefix": ""},
         "Value '' at 'alarmNamePrefix' failed to satisfy constraint: "
         "Member must have length greater than or equal to 1"),
        ("ListMetrics", {"Dimensions": [{"Name": "a"}] * 11},
         "at 'dimensions' failed to satisfy constraint: "
         "Member must have length less than or equal to 10"),
        ("ListMetrics", {"Namespace": ":Orders"},
         "Value ':Orders' at 'namespace' failed to satisfy constraint: "
         "Member must satisfy regular expression pattern: [^:].*"),
        ("DeleteAlarms", {"AlarmNames": ["a"] * 101},
         "at 'alarmNames' failed to satisfy constraint: "
         "Member must have length less than or equal to 100"),
        ("PutMetricAlarm", {**ALARM, "AlarmActions": ["a", "b" * 1025]},
         "at 'alarmActions.2.member' failed to satisfy constraint: "
         "Member must have length less than or equal to 1024"),
    ],
)  # fmt: skip
def test_what_is_beyond_a_bound_is_refused_in_awss_words(
    operation: str, request_: dict[str, Any], told: str
) -> None:
    said = refusal(shape_of(operation), request_)
    assert said is not None
    assert said.startswith("1 validation error detected: Value '")
    assert told in said


def test_every_bound_that_is_broken_is_told() -> None:
    said = refusal(shape_of("DescribeAlarms"), {"MaxRecords": 101, "StateValue": "X"})
    assert said is not None
    assert said.startswith("2 validation errors detected: Value 'X' at 'stateValue' failed")
    assert "; Value '101' at 'maxRecords' failed" in said


@pytest.mark.parametrize(
    "taken",
    [
        {},
        {"MaxRecords": 100},
        {"MaxRecords": 1, "StateValue": "OK", "AlarmNamePrefix": "a" * 255},
        {"MaxRecords": "many", "AlarmNames": None, "StateValue": 5, "NoSuchMember": "a"},
    ],
)
def test_what_is_within_is_not_and_types_are_not_its_business(taken: dict[str, Any]) -> None:
    assert refusal(shape_of("DescribeAlarms"), taken) is None


def test_a_message_repeats_a_part_of_what_it_refuses() -> None:
    said = refusal(shape_of("DescribeAlarms"), {"AlarmNamePrefix": "a" * 100_000})
    assert said is not None
    assert len(said) < 2_500


def test_a_message_tells_some_of_very_many_findings_and_counts_the_rest() -> None:
    metric = {"MetricName": "", "Unit": "x" * 3_000}
    request = {"Namespace": "A", "MetricData": [metric] * 900}
    said = refusal(shape_of("PutMetricData"), request)
    assert said is not None
    assert said.startswith("1800 validation errors detected: Value '' at 'metricData.1.member.")
    assert said.endswith("; and 1780 more")
    assert len(said) < 60_000


@pytest.mark.parametrize("depth", [5, 900, 100_000])
def test_a_value_however_deep_is_shown_by_its_beginning(depth: int) -> None:
    deep: list[Any] = []
    for _ in range(depth):
        deep = [deep]
    said = refusal(shape_of("DeleteAlarms"), {"AlarmNames": [deep] * 101})
    assert said is not None
    assert said.startswith("1 validation error detected: Value '[[[[[[")
    assert len(said) < 2_500
