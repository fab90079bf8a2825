"""Metrics inside log lines."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.local.cloudwatch import CloudWatch, CloudWatches
from tocsin.local.cloudwatch.emf import embedded_metrics

NOON = 1_795_435_200


def event(**changes: Any) -> dict[str, Any]:
    return {
        "_aws": {
            "Timestamp": NOON * 1000,
            "CloudWatchMetrics": [
                {
                    "Namespace": "Shop",
                    "Dimensions": [["service"], ["service", "function"], []],
                    "Metrics": [{"Name": "Orders", "Unit": "Count"}],
                }
            ],
        },
        "service": "shop",
        "function": "orders",
        "Orders": 3,
    } | changes


def test_each_dimension_set_is_a_metric_of_its_own() -> None:
    found = embedded_metrics(json.dumps(event()))
    assert [datum.dimensions for datum in found] == [
        {"service": "shop"},
        {"service": "shop", "function": "orders"},
        {},
    ]
    assert {(d.namespace, d.name, d.values, d.unit, d.at) for d in found} == {
        ("Shop", "Orders", (3.0,), "Count", float(NOON))
    }


def test_several_values_are_several_samples() -> None:
    found = embedded_metrics(json.dumps(event(Orders=[1, 2.5])))
    assert found[0].values == (1.0, 2.5)


@pytest.mark.parametrize(
    "line",
    [
        "plain text",
        '{"level": "INFO"}',
        '{"_aws": ',
        json.dumps(event(Orders="three")),
        json.dumps(event(Orders=True)),
        json.dumps({k: v for k, v in event().items() if k != "service"}),
        json.dumps(event(_aws={"Timestamp": 0})),
        json.dumps(event(Orders=10**400)),
        json.dumps(event()).replace('"Namespace": "Shop"', '"Namespace": {}'),
        json.dumps(event()).replace('"Namespace": "Shop"', '"Namespace": null'),
        json.dumps(event()).replace('"Timestamp": ', '"Timestamp": NaN, "was": '),
        json.dumps(event()).replace('"Timestamp": ', '"Timestamp": Infinity, "was": '),
        json.dumps(event()).replace('"Timestamp": ', f'"Timestamp": {10**400}'),
        json.dumps(event(more=0)).replace('"more": 0', f'"more": {"[" * 100_000}{"]" * 100_000}'),
    ],
)
def test_a_line_that_is_no_emf_gives_nothing(line: str) -> None:
    assert embedded_metrics(line) == []


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@given(json_values)
def test_no_directive_however_wrong_raises(directive: object) -> None:
    embedded_metrics(json.dumps(event(_aws=directive)))


def test_a_functions_wall_time_becomes_stage_time(
    clouds: CloudWatches, cloud: CloudWatch, client: Any
) -> None:
    clouds.advance(600)
    cloud.record_embedded(json.dumps(event()))
    (result,) = client.get_metric_data(
        MetricDataQueries=[
            {
                "Id": "m",
                "MetricStat": {
                    "Metric": {
                        "Namespace": "Shop",
                        "MetricName": "Orders",
                        "Dimensions": [{"Name": "service", "Value": "shop"}],
                    },
                    "Period": 60,
                    "Stat": "Sum",
                },
            }
        ],
        StartTime=NOON,
        EndTime=NOON + 1200,
    )["MetricDataResults"]
    assert [at.timestamp() for at in result["Timestamps"]] == [NOON + 600]


def test_a_unit_that_does_not_exist_is_passed_over(cloud: CloudWatch, client: Any) -> None:
    wrong = event()
    wrong["_aws"]["CloudWatchMetrics"][0]["Metrics"][0]["Unit"] = "Furlongs"
    cloud.record_embedded(json.dumps(wrong))
    assert client.list_metrics()["Metrics"] == []
