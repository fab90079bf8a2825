"""The dashboard, as compiled: totals of a day, a row per function, no gap and no overlap."""

import json
from dataclasses import replace

import pytest

from tests.conftest import ROOT
from tocsin import config, dashboard


@pytest.fixture(scope="module")
def body(dev):
    text = dev["Resources"]["MonitoringDashboard"]["Properties"]["DashboardBody"]["Fn::Sub"]
    return json.loads(text)


def metrics_of(widget):
    return [
        (each[1], each[3], each[4].get("stat", widget["properties"].get("stat")))
        for each in widget["properties"].get("metrics", [])
        if isinstance(each[0], str)
    ]


@pytest.mark.parametrize("metric", ["Invocations", "Errors", "Duration"])
def test_totals_of_24_hours_sum_over_all_functions(body, metric) -> None:
    (total,) = [
        each
        for each in body["widgets"]
        if each["properties"].get("view") == "singleValue" and metric in each["properties"]["title"]
    ]
    assert total["properties"]["period"] == 86_400
    assert metrics_of(total) == [
        (metric, f"{key}-function-dev", "Sum") for key in ("orders", "payments", "notifications")
    ]


@pytest.mark.parametrize("key", ["orders", "payments", "notifications"])
def test_a_function_shows_invocations_errors_rate_and_duration(body, key) -> None:
    shown = {
        metric
        for widget in body["widgets"]
        if widget["properties"]["title"].startswith(f"{key}:")
        for metric in metrics_of(widget)
    }
    name = f"{key}-function-dev"
    assert shown == {
        ("Invocations", name, "Sum"),
        ("Errors", name, "Sum"),
        ("Throttles", name, "Sum"),
        ("Duration", name, "Average"),
        ("Duration", name, "p99"),
    }


def test_thresholds_are_drawn_where_their_alarm_is_enabled(body) -> None:
    drawn = {
        widget["properties"]["title"]: [
            each["value"] for each in widget["properties"]["annotations"]["horizontal"]
        ]
        for widget in body["widgets"]
        if "annotations" in widget["properties"]
    }
    assert drawn["orders: error rate (%)"] == [5]
    assert drawn["orders: duration (ms)"] == [500]


@pytest.mark.parametrize("count", [1, 3, 20, 60])
def test_widgets_tile_the_grid_without_gap_or_overlap(count) -> None:
    stage = config.load(ROOT, "dev")
    function = stage.functions[0]
    many = tuple(replace(function, key=f"f{n}", name=f"f{n}-function-dev") for n in range(count))
    widgets = dashboard.body(replace(stage, functions=many))["widgets"]
    covered = [
        (x, y)
        for each in widgets
        for x in range(each["x"], each["x"] + each["width"])
        for y in range(each["y"], each["y"] + each["height"])
    ]
    height = max(y for _, y in covered) + 1
    assert len(covered) == len(set(covered)) == dashboard.GRID_COLUMNS * height
    assert max(x for x, _ in covered) < dashboard.GRID_COLUMNS
