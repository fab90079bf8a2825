"""PutMetricData, ListMetrics, GetMetricStatistics and GetMetricData over a metric store."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Mapping
from typing import Any

from tocsin.cloudwatch import (
    Metric,
    MetricQuery,
    MetricStat,
    MetricStore,
    Series,
    StatisticSet,
    compute_all,
    query_from_api,
)
from tocsin.local.cloudwatch.errors import (
    InvalidParameterCombination,
    InvalidParameterValue,
    MissingParameter,
    ValidationError,
)
from tocsin.local.cloudwatch.pagination import page

OLDEST = 14 * 24 * 3600
"""PutMetricData takes samples up to two weeks old, in seconds."""
FURTHEST_AHEAD = 2 * 3600
"""... and up to two hours ahead."""
LIST_PAGE = 500
STATISTICS_LIMIT = 1440
"""Datapoints one GetMetricStatistics call returns at most."""
DATA_LIMIT = 100_800
"""Datapoints one GetMetricData call returns at most."""
_NOT_BEFORE = "The parameter StartTime must be less than the parameter EndTime."
_BASIC = ("SampleCount", "Sum", "Average", "Minimum", "Maximum")


def dimensions_of(entries: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """The API's ``[{Name, Value}]`` as a mapping."""
    return {entry["Name"]: entry["Value"] for entry in entries}


def put(store: MetricStore, params: Mapping[str, Any], now: float) -> None:
    """PutMetricData. All samples are checked before the first is stored."""
    namespace = params["Namespace"]
    if namespace.startswith("AWS/"):
        raise InvalidParameterValue(f"The value {namespace} for parameter Namespace is invalid.")
    samples = [
        _checked(f"MetricData.member.{number}", datum, now)
        for number, datum in enumerate(params.get("MetricData", ()), start=1)
    ]
    for at, datum in samples:
        put_datum(store, namespace, datum, at)


def put_datum(store: MetricStore, namespace: str, datum: Mapping[str, Any], at: float) -> None:
    """Store one MetricDatum with timestamp ``at`` (epoch seconds)."""
    metric = Metric.of(namespace, datum["MetricName"], dimensions_of(datum.get("Dimensions", ())))
    unit = datum.get("Unit")
    resolution = datum.get("StorageResolution", 60)
    if "StatisticValues" in datum:
        s = datum["StatisticValues"]
        statistics = StatisticSet(s["SampleCount"], s["Sum"], s["Minimum"], s["Maximum"])
        store.put_statistics(metric, at, statistics, unit, resolution=resolution)
    else:
        values = datum["Values"] if "Values" in datum else [datum["Value"]]
        counts = datum.get("Counts")
        store.put_values(metric, at, values, counts, unit, resolution=resolution)


def _checked(member: str, datum: Mapping[str, Any], now: float) -> tuple[float, Mapping[str, Any]]:
    name = datum["MetricName"]
    # Values beside StatisticValues is taken, as on AWS.
    for other in ("Values", "StatisticValues"):
        if "Value" in datum and other in datum:
            raise InvalidParameterCombination(
                f"The parameters {member}.Value and {member}.{other} are mutually exclusive and "
                "you have specified both."
            )
    if "Values" in datum and len(datum.get("Counts", datum["Values"])) != len(datum["Values"]):
        raise InvalidParameterValue(
            f"The parameters {member}.Values and {member}.Counts must be of the same size."
        )
    if not {"Value", "Values", "StatisticValues"} & datum.keys():
        raise MissingParameter(
            f"At least one of the parameters must be specified for {name}: "
            "Value, Values, StatisticValues."
        )
    at = datum["Timestamp"].timestamp() if "Timestamp" in datum else now
    if not now - OLDEST <= at <= now + FURTHEST_AHEAD:
        raise InvalidParameterValue(
            f"The value for the parameter Timestamp of {name} must not be more than two weeks "
            "past or two hours ahead of the stage's clock."
        )
    return at, datum


def list_metrics(store: MetricStore, params: Mapping[str, Any]) -> dict[str, Any]:
    """ListMetrics: every filter given must match; a dimension filter may leave out the value."""
    found = [metric for metric in store.metrics() if _matches(metric, params)]
    items, token = page(found, params.get("NextToken"), LIST_PAGE)
    return {
        "Metrics": [
            {
                "Namespace": metric.namespace,
                "MetricName": metric.name,
                "Dimensions": [{"Name": name, "Value": value} for name, value in metric.dimensions],
            }
            for metric in items
        ],
        "NextToken": token,
    }


def _matches(metric: Metric, params: Mapping[str, Any]) -> bool:
    held = dict(metric.dimensions)
    return (
        params.get("Namespace", metric.namespace) == metric.namespace
        and params.get("MetricName", metric.name) == metric.name
        and all(
            entry["Name"] in held and entry.get("Value", held[entry["Name"]]) == held[entry["Name"]]
            for entry in params.get("Dimensions", ())
        )
    )


def statistics(store: MetricStore, params: Mapping[str, Any]) -> dict[str, Any]:
    """GetMetricStatistics: datapoints of one metric, oldest first, one for each unit."""
    names = [*params.get("Statistics", ()), *params.get("ExtendedStatistics", ())]
    if not names:
        raise MissingParameter("Must specify either Statistics or ExtendedStatistics.")
    period = params["Period"]
    begin, stop = (params[key].timestamp() for key in ("StartTime", "EndTime"))
    if begin >= stop:
        raise InvalidParameterValue(_NOT_BEFORE)
    start, end = _range(params)
    count = math.ceil((stop - begin) / period)
    if count > STATISTICS_LIMIT:
        raise InvalidParameterCombination(
            f"You have requested up to {count} datapoints, which exceeds the limit of "
            f"{STATISTICS_LIMIT}. You may reduce the datapoints requested by increasing Period, "
            "or decreasing the time range."
        )
    metric = Metric.of(
        params["Namespace"], params["MetricName"], dimensions_of(params.get("Dimensions", ()))
    )
    units = (params["Unit"],) if "Unit" in params else store.units(metric, start, end)
    points: dict[tuple[int, str], dict[str, Any]] = {}
    for unit in units:
        for name in names:
            series = store.series(MetricStat(metric, period, name, unit), start, end)
            for at, value in series.datapoints():
                new = {"Timestamp": _moment(at), "Unit": unit}
                point = points.setdefault((at, unit), new)
                if name in _BASIC:
                    point[name] = value
                else:
                    point.setdefault("ExtendedStatistics", {})[name] = value
    return {"Label": metric.name, "Datapoints": [points[key] for key in sorted(points)]}


def data(store: MetricStore, params: Mapping[str, Any]) -> dict[str, Any]:
    """GetMetricData: statistics and expressions, newest first unless ScanBy says otherwise."""
    start, end = _range(params)
    queries = tuple(query_from_api(entry) for entry in params["MetricDataQueries"])
    computed = compute_all(queries, store, start, end)
    ascending = params.get("ScanBy", "TimestampDescending") == "TimestampAscending"
    results = [
        _result(query, series, ascending) | _messages(store, query, series)
        for query in queries
        for series in computed.get(query.id, ())
    ]
    shown = _paged(results, params.get("NextToken"), params.get("MaxDatapoints", DATA_LIMIT))
    return {"Messages": []} | shown


def _messages(store: MetricStore, query: MetricQuery, series: Series) -> dict[str, Any]:
    """The message of a result whose metric has several units where the query names none."""
    if query.stat is None or query.stat.unit is not None:
        return {}
    units = store.units(query.stat.metric, series.start, series.end)
    if len(units) < 2:
        return {}
    told = f"Multiple units returned: '[{', '.join(units)}]'"
    return {"Messages": [{"Code": "MultipleUnits", "Value": told}]}


def _result(query: MetricQuery, series: Series, ascending: bool) -> dict[str, Any]:
    points = list(series.datapoints())
    if not ascending:
        points.reverse()
    return {
        "Id": query.id,
        "Label": series.label or query.id,
        "Timestamps": [_moment(at) for at, _ in points],
        "Values": [value for _, value in points],
        "StatusCode": "Complete",
    }


def _paged(results: list[dict[str, Any]], token: str | None, limit: int) -> dict[str, Any]:
    """At most ``limit`` datapoints; a result cut short says PartialData and goes on next page."""
    flat = [
        (index, k) for index, result in enumerate(results) for k in range(len(result["Values"]))
    ]
    chosen, following = page(flat, token, limit)
    first = token is None
    shown: list[dict[str, Any]] = []
    for index, result in enumerate(results):
        mine = [k for i, k in chosen if i == index]
        empty = not result["Values"]
        if mine or (empty and first):
            cut = bool(mine) and mine[-1] + 1 < len(result["Values"])
            shown.append(
                result
                | {
                    "Timestamps": [result["Timestamps"][k] for k in mine],
                    "Values": [result["Values"][k] for k in mine],
                    "StatusCode": "PartialData" if cut else "Complete",
                }
            )
    return {"MetricDataResults": shown, "NextToken": following}


def _range(params: Mapping[str, Any]) -> tuple[int, int]:
    """StartTime and EndTime in whole minutes below, and seconds above (recent data's rounding)."""
    start = math.floor(params["StartTime"].timestamp() / 60) * 60
    end = math.ceil(params["EndTime"].timestamp())
    if start >= end:
        raise ValidationError(_NOT_BEFORE)
    return start, end


def _moment(at: float) -> dt.datetime:
    return dt.datetime.fromtimestamp(at, dt.UTC)
