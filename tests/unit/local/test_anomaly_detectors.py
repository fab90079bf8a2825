"""Anomaly detectors are kept as they were put; nothing is trained."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

METRIC = {"Namespace": "Shop", "MetricName": "Calls", "Stat": "Sum"}
MATH = {
    "MetricDataQueries": [
        {"Id": "rate", "Expression": "a / 2"},
        {
            "Id": "a",
            "ReturnData": False,
            "MetricStat": {
                "Metric": {"Namespace": "Shop", "MetricName": "Calls"},
                "Period": 60,
                "Stat": "Sum",
            },
        },
    ]
}


def described(client: Any, **asked: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.describe_anomaly_detectors(**asked)["AnomalyDetectors"]
    return found


def test_both_ways_to_name_a_metric_are_the_same_detector(client: Any) -> None:
    client.put_anomaly_detector(**METRIC)
    client.put_anomaly_detector(SingleMetricAnomalyDetector=METRIC)
    (detector,) = described(client)
    assert detector["StateValue"] == "PENDING_TRAINING"
    client.delete_anomaly_detector(SingleMetricAnomalyDetector=METRIC)
    assert described(client) == []


def test_detectors_on_metric_math_are_shown_when_asked_for(client: Any) -> None:
    client.put_anomaly_detector(MetricMathAnomalyDetector=MATH)
    client.put_anomaly_detector(**METRIC)
    assert len(described(client)) == 1
    both = described(client, AnomalyDetectorTypes=["SINGLE_METRIC", "METRIC_MATH"])
    assert len(both) == 2
    assert described(client, Namespace="Other") == []


@pytest.mark.parametrize(
    ("operation", "params", "code"),
    [
        ("put_anomaly_detector", {"Namespace": "Shop", "Stat": "Sum"}, "MissingParameter"),
        (
            "put_anomaly_detector",
            {**METRIC, "MetricMathAnomalyDetector": MATH},
            "InvalidParameterCombination",
        ),
        ("delete_anomaly_detector", METRIC, "ResourceNotFoundException"),
    ],
)
def test_what_is_refused(client: Any, operation: str, params: dict[str, Any], code: str) -> None:
    with pytest.raises(ClientError) as caught:
        getattr(client, operation)(**params)
    assert caught.value.response["Error"]["Code"] == code
