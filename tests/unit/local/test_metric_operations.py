"""PutMetricData, ListMetrics, GetMetricStatistics and GetMetricData, through boto3."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from botocore.exceptions import ClientError

NOON = dt.datetime(2026, 11, 23, 12, 0, tzinfo=dt.UTC)


def minute(offset: int) -> dt.datetime:
    return NOON + dt.timedelta(minutes=offset)


def put(client: Any, at: dt.datetime, name: str = "Calls", **datum: Any) -> None:
    client.put_metric_data(
        Namespace="Shop", MetricData=[{"MetricName": name, "Timestamp": at, **datum}]
    )


def query(id: str, name: str, **fields: Any) -> dict[str, Any]:
    metric = {"Namespace": "Shop", "MetricName": name}
    return {"Id": id, "MetricStat": {"Metric": metric, "Period": 60, "Stat": "Sum"}, **fields}


def test_a_value_without_a_time_is_of_now(client: Any) -> None:
    client.put_metric_data(Namespace="Shop", MetricData=[{"MetricName": "Calls", "Value": 2}])
    found = client.get_metric_statistics(
        Namespace="Shop",
        MetricName="Calls",
        StartTime=NOON,
        EndTime=minute(1),
        Period=60,
        Statistics=["Sum"],
    )
    assert found["Label"] == "Calls"
    assert found["Datapoints"] == [{"Timestamp": NOON, "Sum": 2.0, "Unit": "None"}]


def test_values_counts_and_statistic_sets_add_up(client: Any) -> None:
    put(client, NOON, Values=[1, 3], Counts=[2, 1])
    put(
        client,
        NOON,
        StatisticValues={"SampleCount": 2, "Sum": 10, "Minimum": 4, "Maximum": 6},
    )
    (point,) = client.get_metric_statistics(
        Namespace="Shop",
        MetricName="Calls",
        StartTime=NOON,
        EndTime=minute(1),
        Period=60,
        Statistics=["SampleCount", "Sum", "Average", "Minimum", "Maximum"],
    )["Datapoints"]
    del point["Timestamp"], point["Unit"]
    assert point == {
        "SampleCount": 5.0,
        "Sum": 15.0,
        "Average": 3.0,
        "Minimum": 1.0,
        "Maximum": 6.0,
    }


def test_percentiles_come_as_extended_statistics(client: Any) -> None:
    put(client, NOON, Values=list(range(1, 101)))
    (point,) = client.get_metric_statistics(
        Namespace="Shop",
        MetricName="Calls",
        StartTime=NOON,
        EndTime=minute(1),
        Period=60,
        ExtendedStatistics=["p90", "p50"],
    )["Datapoints"]
    assert point["ExtendedStatistics"] == {"p90": 90.0, "p50": 50.0}


@pytest.mark.parametrize(
    ("datum", "code"),
    [
        ({"MetricName": "m"}, "MissingParameter"),
        ({"MetricName": "m", "Value": 1, "Timestamp": minute(-14 * 1440 - 1)}, None),
        ({"MetricName": "m", "Value": 1, "Timestamp": minute(121)}, None),
        ({"MetricName": "m", "Value": 1, "Unit": "Furlongs"}, "ValidationError"),
        ({"MetricName": "m", "Values": [1, 2], "Counts": [1]}, None),
        ({"MetricName": "m", "Value": float("nan")}, "ValidationError"),
    ],
)
def test_a_sample_that_aws_refuses_is_refused(
    client: Any, datum: dict[str, Any], code: str | None
) -> None:
    with pytest.raises(ClientError) as caught:
        client.put_metric_data(
            Namespace="Shop", MetricData=[{"MetricName": "good", "Value": 1}, datum]
        )
    assert caught.value.response["Error"]["Code"] == (code or "InvalidParameterValue")


def test_a_refused_time_leaves_nothing_of_the_request(client: Any) -> None:
    with pytest.raises(ClientError):
        client.put_metric_data(
            Namespace="Shop",
            MetricData=[
                {"MetricName": "good", "Value": 1},
                {"MetricName": "late", "Value": 1, "Timestamp": minute(-14 * 1440 - 1)},
            ],
        )
    assert client.list_metrics()["Metrics"] == []


@pytest.mark.parametrize(
    ("filters", "names"),
    [
        ({}, ["Calls", "Calls", "Errors"]),
        ({"MetricName": "Errors"}, ["Errors"]),
        ({"Namespace": "Other"}, []),
        ({"Dimensions": [{"Name": "Function"}]}, ["Calls", "Calls"]),
        ({"Dimensions": [{"Name": "Function", "Value": "b"}]}, ["Calls"]),
    ],
)
def test_list_metrics_filters(client: Any, filters: dict[str, Any], names: list[str]) -> None:
    for function in "ab":
        put(client, NOON, Value=1, Dimensions=[{"Name": "Function", "Value": function}])
    put(client, NOON, "Errors", Value=1)
    found = client.list_metrics(**filters)["Metrics"]
    assert sorted(metric["MetricName"] for metric in found) == names


def test_list_metrics_pages(client: Any) -> None:
    for start in range(0, 600, 100):
        client.put_metric_data(
            Namespace="Shop",
            MetricData=[{"MetricName": f"m{n}", "Value": 1} for n in range(start, start + 100)],
        )
    pages = list(client.get_paginator("list_metrics").paginate())
    assert [len(page["Metrics"]) for page in pages] == [500, 100]
    assert len({metric["MetricName"] for page in pages for metric in page["Metrics"]}) == 600


def test_get_metric_data_computes_expressions_newest_first(client: Any) -> None:
    for offset, (errors, calls) in enumerate([(1, 10), (3, 10), (0, 10)]):
        put(client, minute(offset), "Errors", Value=errors)
        put(client, minute(offset), "Calls", Value=calls)
    asked = [
        {"Id": "rate", "Expression": "100 * errors / calls", "Label": "Error rate"},
        query("errors", "Errors"),
        query("calls", "Calls", ReturnData=False),
    ]
    found = client.get_metric_data(MetricDataQueries=asked, StartTime=NOON, EndTime=minute(3))
    rate, errors = found["MetricDataResults"]
    assert (rate["Id"], rate["Label"], rate["StatusCode"]) == ("rate", "Error rate", "Complete")
    assert rate["Values"] == [0.0, 30.0, 10.0]
    assert rate["Timestamps"] == [minute(2), minute(1), minute(0)]
    assert (errors["Label"], errors["Values"]) == ("Errors", [0.0, 3.0, 1.0])


def test_get_metric_data_pages_by_datapoints(client: Any) -> None:
    for offset in range(5):
        put(client, minute(offset), "Calls", Value=offset)
        put(client, minute(offset), "Errors", Value=10 + offset)
    pages = list(
        client.get_paginator("get_metric_data").paginate(
            MetricDataQueries=[query("a", "Calls"), query("b", "Errors"), query("c", "Nothing")],
            StartTime=NOON,
            EndTime=minute(5),
            ScanBy="TimestampAscending",
            MaxDatapoints=3,
        )
    )
    seen: dict[str, list[float]] = {}
    for page in pages:
        assert sum(len(result["Values"]) for result in page["MetricDataResults"]) <= 3
        for result in page["MetricDataResults"]:
            seen.setdefault(result["Id"], []).extend(result["Values"])
    assert seen == {"a": [0, 1, 2, 3, 4], "b": [10, 11, 12, 13, 14], "c": []}


@pytest.mark.parametrize(
    "queries",
    [
        [query("a", "Calls"), query("a", "Errors")],
        [{"Id": "a", "Expression": "nobody + 1"}],
        [{"Id": "a", "Expression": "(1 +"}],
        [{"Id": "a"}],
        [{"Id": "a", "Expression": "ANOMALY_DETECTION_BAND(b)"}, query("b", "Calls")],
    ],
)
def test_queries_that_cannot_be_computed_are_refused(
    client: Any, queries: list[dict[str, Any]]
) -> None:
    with pytest.raises(ClientError) as caught:
        client.get_metric_data(MetricDataQueries=queries, StartTime=NOON, EndTime=minute(1))
    assert caught.value.response["Error"]["Code"] == "ValidationError"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"EndTime": NOON}, "InvalidParameterValue"),
        ({"StartTime": minute(-1441)}, "InvalidParameterCombination"),
    ],
)
def test_statistics_of_an_impossible_range_are_refused(
    client: Any, changes: dict[str, Any], code: str
) -> None:
    asked = {"Namespace": "Shop", "MetricName": "Calls", "Period": 60, "Statistics": ["Sum"]}
    with pytest.raises(ClientError) as caught:
        client.get_metric_statistics(**asked | {"StartTime": NOON, "EndTime": minute(1)} | changes)
    assert caught.value.response["Error"]["Code"] == code


def test_some_statistic_must_be_asked_for(client: Any) -> None:
    with pytest.raises(ClientError) as caught:
        client.get_metric_statistics(
            Namespace="Shop", MetricName="Calls", Period=60, StartTime=NOON, EndTime=minute(1)
        )
    assert caught.value.response["Error"]["Code"] == "MissingParameter"
