"""What the dashboards show: the last 24 hours, and graphs of every function."""

import json
from itertools import combinations
from typing import Any

from tests.stack.conftest import Compiled
from tocsin.dashboards import graphed_metrics

COLUMNS = 24


def bodies(compiled: Compiled) -> list[dict[str, Any]]:
    return [
        json.loads(dashboard["DashboardBody"]["Fn::Sub"])
        for dashboard in compiled.of_type("AWS::CloudWatch::Dashboard").values()
    ]


def drawn(widget: dict[str, Any]) -> set[tuple[str | None, str, str]]:
    """(function, metric, statistic) of all that a widget reads."""
    properties = widget["properties"]
    return {
        (
            metric.dimensions.get("FunctionName"),
            metric.name,
            metric.options.get("stat", properties.get("stat", "Average")),
        )
        for metric in graphed_metrics.read(properties.get("metrics", []))
        if isinstance(metric, graphed_metrics.GraphedMetric)
    }


def widgets(compiled: Compiled) -> list[dict[str, Any]]:
    return [widget for body in bodies(compiled) for widget in body["widgets"]]


def test_the_last_24_hours_count_every_function(compiled: Compiled) -> None:
    numbers = [
        widget for widget in widgets(compiled) if widget["properties"].get("view") == "singleValue"
    ]
    counted = {read for widget in numbers for read in drawn(widget)}
    for function in compiled.stage.watched:
        for metric in ("Invocations", "Errors", "Duration"):
            assert (function.name, metric, "Sum") in counted, (function.key, metric)
    assert bool(numbers) == bool(compiled.stage.watched)
    for widget in numbers:
        properties = widget["properties"]
        assert (properties["start"], properties["period"]) == ("-PT24H", 86_400)


def test_every_function_has_its_calls_with_its_errors_and_its_duration(compiled: Compiled) -> None:
    graphs = [
        drawn(widget)
        for widget in widgets(compiled)
        if widget["properties"].get("view") == "timeSeries"
    ]
    for function in compiled.stage.watched:
        calls = {(function.name, metric, "Sum") for metric in ("Invocations", "Errors")}
        duration = {(function.name, "Duration", statistic) for statistic in ("Average", "p99")}
        assert any(calls <= graph for graph in graphs), function.key
        assert any(duration <= graph for graph in graphs), function.key


def test_widgets_have_a_sensible_size_and_lie_beside_each_other(compiled: Compiled) -> None:
    for body in bodies(compiled):
        for widget in body["widgets"]:
            assert 0 <= widget["x"] < widget["x"] + widget["width"] <= COLUMNS
            assert widget["height"] >= 1
        for one, other in combinations(body["widgets"], 2):
            beside = (
                one["x"] + one["width"] <= other["x"] or other["x"] + other["width"] <= one["x"]
            )
            below = (
                one["y"] + one["height"] <= other["y"] or other["y"] + other["height"] <= one["y"]
            )
            assert beside or below, (one["properties"], other["properties"])
