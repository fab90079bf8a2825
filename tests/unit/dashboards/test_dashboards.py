"""A stage's dashboards: within every limit, nobody missing, and nobody moved by a newcomer."""

import json
import os
import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import PROJECTS, ROOT, deep, examples, slow
from tests.unit.dashboards.conftest import with_alarms
from tests.unit.dashboards.test_layout import cells
from tocsin import config, names, product
from tocsin.alarms.kinds.error_rate import ErrorRateAlarm
from tocsin.alarms.kinds.latency import LatencyAlarm
from tocsin.alarms.kinds.throttles import ThrottlesAlarm
from tocsin.config.selection import selected
from tocsin.dashboards import dashboards, graphed_metrics
from tocsin.dashboards.body_validation import problems
from tocsin.dashboards.limits import COLUMNS
from tocsin.dashboards.logs import QUERY
from tocsin.local.cloudwatch.dashboards import Dashboards
from tocsin.stacks.self_monitoring import self_monitoring

GOLDEN = ROOT / "tests/unit/dashboards/three_functions.json"
SIZES = [1, 3, 20, 35, 100]


def graphed(dashboard):
    """Names of the functions that have graphs on a dashboard."""
    return {
        metric.dimensions["FunctionName"]
        for widget in dashboard.body["widgets"]
        for metric in graphed_metrics.read(widget["properties"].get("metrics", []))
        if metric.visible and metric.namespace == "AWS/Lambda"
        if "FunctionName" in metric.dimensions  # not the account's own
    } - {names.function(own, "dev") for own in product.LAMBDAS}


def of_kind(dashboard, kind):
    return [widget["properties"] for widget in dashboard.body["widgets"] if widget["type"] == kind]


def titled(dashboard, title):
    (found,) = (
        widget["properties"]
        for widget in dashboard.body["widgets"]
        if widget["properties"].get("title") == title
    )
    return found


def lines_of(widget):
    return {
        (line["label"], line["value"], line["yAxis"])
        for line in widget.get("annotations", {}).get("horizontal", [])
    }


def split(functions, sizes):
    rest = iter(functions(sum(sizes)))
    return [[next(rest) for _ in range(size)] for size in sizes]


def test_the_dashboard_of_three_functions_is_the_one_on_file(stage) -> None:
    """TOCSIN_GOLDEN=1 writes it anew: then look at the change."""
    (dashboard,) = dashboards(stage, stage.groups)
    assert dashboard.name == "monitoring-dashboard-dev"
    if os.environ.get("TOCSIN_GOLDEN") == "1":
        GOLDEN.write_text(json.dumps(dashboard.body, indent=2) + "\n", encoding="utf-8")
    assert dashboard.body == json.loads(GOLDEN.read_text(encoding="utf-8"))
    assert json.loads(dashboard.text) == dashboard.body


@pytest.mark.parametrize("count", SIZES)
def test_one_group_is_one_dashboard_with_everything(stage, functions, count) -> None:
    group = functions(count)
    (dashboard,) = dashboards(stage, [group])
    assert list(problems(dashboard.body)) == []
    assert graphed(dashboard) == {function.name for function in group}
    kinds = [widget["type"] for widget in dashboard.body["widgets"]]
    assert set(kinds) == {"text", "metric", "alarm", "log"}


@slow
@settings(max_examples=examples(20, fast=2))
@given(sizes=st.lists(st.integers(0, 120), min_size=1, max_size=6))
def test_every_dashboard_tiles_the_grid_within_the_limits(stage, functions, sizes) -> None:
    groups = split(functions, sizes)
    made = dashboards(stage, groups)
    for dashboard in made:
        assert list(problems(dashboard.body)) == []
        widgets = dashboard.body["widgets"]
        taken = cells(widgets)
        height = max(widget["y"] + widget["height"] for widget in widgets)
        assert len(taken) == len(set(taken)) == COLUMNS * height
    names = [dashboard.name for dashboard in made]
    assert len(set(names)) == len(names) == len({dashboard.logical_id for dashboard in made})
    shown = [name for dashboard in made for name in graphed(dashboard)]
    assert sorted(shown) == sorted(function.name for group in groups for function in group)


@deep
def test_500_functions_in_20_stacks_stay_within_every_limit(stage, functions) -> None:
    groups = split(functions, [25] * 20)
    overview, *details = dashboards(stage, groups)
    assert len(details) == 20
    assert [detail.stack for detail in details] == list(range(1, 21))
    for detail in (overview, *details):
        assert list(problems(detail.body)) == []
    # Both are in one template, of which CloudFormation takes 1 MB, with all else of the main stack.
    assert len(overview.text.encode()) + len(details[0].text.encode()) < 400_000


def test_the_overview_links_to_every_other_dashboard_and_each_back(stage, functions) -> None:
    overview, *details = dashboards(stage, split(functions, [2, 0, 130]))
    assert [detail.name for detail in details] == [
        "functions-1-dashboard-dev",
        "functions-3-dashboard-dev",
        "functions-3-2-dashboard-dev",
    ]
    links = "\n".join(widget["markdown"] for widget in of_kind(overview, "text"))
    for detail in details:
        assert f"(#dashboards:name={detail.name})" in links
        assert f"(#dashboards:name={overview.name})" in of_kind(detail, "text")[0]["markdown"]


def test_the_overview_has_totals_alarms_and_health_of_all(stage, functions) -> None:
    groups = split(functions, [35, 35, 35, 35, 35])
    overview, *_ = dashboards(stage, groups)
    rows = [widget for widget in of_kind(overview, "metric") if widget["view"] == "singleValue"]
    assert [row["title"] for row in rows] == [
        "Last 24 hours, stacks 1 to 4",
        "Last 24 hours, stack 5",
    ]
    counted = [
        metric.dimensions["FunctionName"]
        for row in rows
        for metric in graphed_metrics.read(row["metrics"])
        if metric.name == "Errors"
    ]
    assert counted == [function.name for group in groups for function in group]
    alarms = [name for widget in of_kind(overview, "alarm") for name in widget["alarms"]]
    assert len(set(alarms)) == len(alarms) == 2 * 175 + len(self_monitoring(stage))
    assert all(widget["states"] == ["ALARM"] for widget in of_kind(overview, "alarm"))
    assert titled(overview, "Collector of time-outs and exits")


@given(st.lists(st.integers(1, 40), min_size=2, max_size=5), st.data())
@settings(max_examples=examples(20, fast=2))
def test_a_new_function_moves_no_other(stage, functions, sizes, data) -> None:
    *known, new = functions(sum(sizes) + 1)
    rest = iter(known)
    before = [[next(rest) for _ in range(size)] for size in sizes]
    place = data.draw(st.integers(0, len(sizes)))
    after = [*before, []]
    after[place] = [*after[place], new]

    def homes(groups):
        return {
            name: dashboard.name
            for dashboard in dashboards(stage, groups)
            for name in graphed(dashboard)
        }

    assert homes(after).items() >= homes(before).items()


def test_the_numbers_are_of_24_hours_whatever_range_is_chosen(stage, functions) -> None:
    (dashboard,) = dashboards(stage, [functions(3)])
    numbers = titled(dashboard, "Last 24 hours")
    assert (numbers["start"], numbers["end"]) == ("-PT24H", "P0D")
    assert numbers["setPeriodToTimeRange"] is True
    shown = {
        metric[0]["label"]: metric[0]["expression"]
        for metric in numbers["metrics"]
        if len(metric) == 1
    }
    assert shown == {
        "Invocations": 'SUM(METRICS("invocations"))',
        "Errors": 'SUM(METRICS("errors"))',
        "Error rate (%)": '100 * SUM(METRICS("errors")) / SUM(METRICS("invocations"))',
        "Duration, total (s)": 'SUM(METRICS("duration")) / 1000',
        "Duration, average (ms)": 'SUM(METRICS("duration")) / SUM(METRICS("invocations"))',
    }
    ids = [metric.options["id"] for metric in graphed_metrics.read(numbers["metrics"])]
    assert len(set(ids)) == len(ids) == 9
    assert {metric.options["visible"] for metric in graphed_metrics.read(numbers["metrics"])} == {
        False
    }


def test_a_stage_without_functions_sums_up_nothing(stage) -> None:
    (dashboard,) = dashboards(stage, [[]])
    assert "Last 24 hours" not in {
        widget["properties"].get("title") for widget in dashboard.body["widgets"]
    }


def test_the_local_stage_takes_every_body(stage, functions) -> None:
    held = Dashboards("123456789012")
    for dashboard in dashboards(stage, split(functions, [35, 3])):
        assert held.put(dashboard.name, dashboard.text, now=0.0) == []
    assert len(held.entries()) == 3


@pytest.mark.parametrize("key", ["quick", "hourly", "nightly", "uploads"])
def test_a_function_with_further_alarms_has_a_graph_of_what_they_read(key) -> None:
    stage = config.load(PROJECTS / "cadences", "dev")
    (function,) = selected(stage, key)
    (dashboard,) = dashboards(stage, [[function]])
    assert list(problems(dashboard.body)) == []
    titles = {widget["properties"].get("title") for widget in dashboard.body["widgets"]}
    assert (f"{key}: what surrounds it" in titles) == bool(function.events)


def test_thresholds_are_drawn_on_the_axis_of_their_unit(stage) -> None:
    rate = ErrorRateAlarm(threshold=2.5, period=300, minimum_invocations=20)
    function = with_alarms(
        replace(stage.functions[0], reserved_concurrency=10),
        error_rate=rate,
        latency=LatencyAlarm(threshold=800, statistic="p95", period=120),
        throttles=ThrottlesAlarm(comparison_operator="GreaterThanOrEqualToThreshold"),
    )
    (dashboard,) = dashboards(stage, [[function]])
    traffic = titled(dashboard, "orders: invocations and errors")
    words = "alarm: error rate > 2.5 %, from 100 calls a period"
    assert lines_of(traffic) == {(words, 2.5, "right")}
    assert traffic["metrics"][0][0]["expression"] == rate.percent()
    assert traffic["metrics"][0][0]["yAxis"] == "right"
    assert traffic["period"] == 300
    duration = titled(dashboard, "orders: duration")
    assert lines_of(duration) == {("alarm: p95 > 800 ms", 800, "left")}
    assert duration["period"] == 120
    stats = [metric.options["stat"] for metric in graphed_metrics.read(duration["metrics"])]
    assert stats == ["Average", "p99", "p95"]
    capacity = titled(dashboard, "orders: throttles and concurrency")
    assert lines_of(capacity) == {
        ("alarm: throttles >= 5", 5, "left"),
        ("reserved concurrency", 10, "right"),
    }
    assert [
        (metric.name, metric.options["stat"])
        for metric in graphed_metrics.read(capacity["metrics"])
    ] == [
        ("Throttles", "Sum"),
        ("ConcurrentExecutions", "Maximum"),
    ]


def test_what_became_of_failures_is_summed_over_the_functions_shown(stage, functions) -> None:
    group = functions(3)
    (whole,) = dashboards(stage, [group])
    _, detail, _ = dashboards(stage, [group, functions(4)[3:]])
    for dashboard in (whole, detail):
        records = titled(dashboard, "Handled errors and missing records")
        assert [entry[0]["expression"] for entry in records["metrics"] if len(entry) == 1] == [
            'SUM(METRICS("handled"))',
            'SUM(METRICS("answers"))',
            'SUM(METRICS("suppressed"))',
            'SUM(METRICS("failures"))',
        ]
        read = graphed_metrics.read(records["metrics"])
        assert {
            (entry.namespace, entry.name, entry.dimensions["FunctionName"]) for entry in read
        } == {
            ("tocsin", name, function.name)
            for name in ("HandledErrors", "FailedAnswers", "ErrorLogSuppressed", "ErrorLogFailures")
            for function in group
        }


def test_an_alarm_that_is_off_has_neither_line_nor_state(stage) -> None:
    function = with_alarms(
        stage.functions[0],
        error_rate=ErrorRateAlarm(enabled=False),
        latency=LatencyAlarm(enabled=False),
        throttles=ThrottlesAlarm(enabled=False),
    )
    (dashboard,) = dashboards(stage, [[function]])
    assert not any("annotations" in widget for widget in of_kind(dashboard, "metric"))
    (states,) = of_kind(dashboard, "alarm")
    assert not any(":alarm:orders-" in alarm for alarm in states["alarms"])


@pytest.mark.parametrize(("count", "queries"), [(1, 1), (50, 1), (51, 2), (100, 2)])
def test_recent_errors_are_read_from_every_log_group(stage, functions, count, queries) -> None:
    group = functions(count)
    (dashboard,) = dashboards(stage, [group])
    tables = of_kind(dashboard, "log")
    assert len(tables) == queries
    for function in group:
        assert (
            sum(f"SOURCE '/aws/lambda/{function.name}' |" in table["query"] for table in tables)
            == 1
        )


CORPUS = {
    file.stem: json.loads(file.read_text(encoding="utf-8"))
    for file in sorted((ROOT / "tests/unit/collector/corpus").glob("*.json"))
}


def matched(name):
    """Whether the table of recent errors would show a line of a log of the corpus."""
    (pattern,) = re.findall(r"like /(.+)/ \| sort", QUERY)
    # Some lines have their time in front.
    lines = [line if isinstance(line, str) else line[-1] for line in CORPUS[name]["lines"]]
    return any(re.search(pattern, line) for line in lines)


@pytest.mark.parametrize("name", [name for name, log in CORPUS.items() if log["expected"]])
def test_the_log_query_shows_each_failure_that_the_collector_knows(name) -> None:
    assert matched(name)


@pytest.mark.parametrize("name", ["text-success", "json-success", "text-memory-full-but-fine"])
def test_the_log_query_leaves_ordinary_lines_out(name) -> None:
    assert not matched(name)


@pytest.mark.parametrize(
    "line",
    [
        "[ERROR] ValueError: no such item\rTraceback (most recent call last):",
        '{"level":"ERROR","location":"handler:12","message":"charge refused"}',
        '{"level": "CRITICAL", "message": "no table"}',
        '{"_aws": {}, "ErrorLogFailures": 1, "error_log_fallback": {"errorId": "01M84"}}',
    ],
)
def test_the_log_query_shows_what_a_handler_prints_of_a_failure(line) -> None:
    (pattern,) = re.findall(r"like /(.+)/ \| sort", QUERY)
    assert re.search(pattern, line)
