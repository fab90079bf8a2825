"""What the widgets show: their metrics and expressions, computed as CloudWatch computes them."""

import datetime as dt

import pytest

from tests.unit.dashboards.conftest import with_alarms
from tocsin.alarms.kinds.error_rate import ErrorRateAlarm
from tocsin.dashboards import dashboards, graphed_metrics
from tocsin.local.cloudwatch import CloudWatches
from tocsin.local.cloudwatch.stage_clock import StageClock

MIDNIGHT = 1_795_478_400.0  # UTC: a period of a day is as the range then
DAY = 86_400


@pytest.fixture
def cloud():
    return CloudWatches(StageClock(lambda: MIDNIGHT)).of("123456789012", "us-east-1")


def shown(cloud, dashboard, title, *, start, period=None):
    """Label -> values of what is visible in the widget of that title, by GetMetricData."""
    (widget,) = (
        widget["properties"]
        for widget in dashboard.body["widgets"]
        if widget["properties"].get("title") == title
    )
    period = period or widget["period"]
    whole = iter(graphed_metrics.read(widget["metrics"]))
    queries = []
    for index, entry in enumerate(widget["metrics"]):
        options = entry[-1] if isinstance(entry[-1], dict) else {}
        query = {
            "Id": options.get("id", f"q{index}"),
            "ReturnData": options.get("visible", True),
        }
        if len(entry) == 1:
            query |= {"Expression": options["expression"], "Label": options["label"]}
        else:
            metric = next(whole)
            query |= {
                "Label": options.get("label", metric.name),
                "MetricStat": {
                    "Metric": {
                        "Namespace": metric.namespace,
                        "MetricName": metric.name,
                        "Dimensions": [
                            {"Name": key, "Value": value}
                            for key, value in metric.dimensions.items()
                        ],
                    },
                    "Period": period,
                    "Stat": options.get("stat", widget.get("stat")),
                },
            }
        queries.append(query)
    at = {
        "StartTime": dt.datetime.fromtimestamp(start, dt.UTC),
        "EndTime": dt.datetime.fromtimestamp(MIDNIGHT, dt.UTC),
    }
    found = cloud.do("GetMetricData", {"MetricDataQueries": queries, **at})
    return {result["Label"]: list(result["Values"]) for result in found["MetricDataResults"]}


def call(cloud, function, minutes_ago, duration, *, failed=False):
    """What Lambda records of one invocation."""
    at = MIDNIGHT - 60 * minutes_ago
    for name, value in (("Invocations", 1), ("Errors", int(failed)), ("Duration", duration)):
        cloud.record("AWS/Lambda", name, value, "None", {"FunctionName": function.name}, wall=at)


def test_the_numbers_of_the_last_24_hours_are_exact(cloud, stage, functions) -> None:
    often, seldom, never = functions(3)
    for minute in range(1, 10):
        call(cloud, often, minute, 100)
    call(cloud, seldom, 600, 1_100, failed=True)
    call(cloud, seldom, 25 * 60, 5_000, failed=True)  # the day before
    (dashboard,) = dashboards(stage, [[often, seldom, never]])
    # setPeriodToTimeRange: one period, as long as the range.
    assert shown(cloud, dashboard, "Last 24 hours", start=MIDNIGHT - DAY, period=DAY) == {
        "Invocations": [10],
        "Errors": [1],
        "Error rate (%)": [10],
        "Duration, total (s)": [2],
        "Duration, average (ms)": [200],
    }


@pytest.mark.parametrize(("minimum", "rate"), [(1, 25), (10, 0)])
def test_the_error_rate_is_the_alarms(cloud, stage, minimum, rate) -> None:
    function = with_alarms(
        stage.functions[0], error_rate=ErrorRateAlarm(minimum_invocations=minimum)
    )
    for failed in (False, False, False, True):
        call(cloud, function, 1, 100, failed=failed)
    (dashboard,) = dashboards(stage, [[function]])
    title = f"{function.key}: invocations and errors"
    assert shown(cloud, dashboard, title, start=MIDNIGHT - 300) == {
        "Error rate (%)": [rate],
        "Invocations": [4],
        "Errors": [1],
    }


def test_duration_is_average_and_p99(cloud, stage) -> None:
    function = stage.functions[0]
    for duration in range(1, 101):
        call(cloud, function, 1, duration)
    (dashboard,) = dashboards(stage, [[function]])
    values = shown(cloud, dashboard, f"{function.key}: duration", start=MIDNIGHT - 300)
    assert values["Average"] == [50.5]
    assert values["p99"] == [pytest.approx(99, abs=1)]


def test_what_the_table_refused_is_summed_over_functions(cloud, stage, functions) -> None:
    group = functions(2)
    for function in group:
        for name, value in (("HandledErrors", 2), ("ErrorLogFailures", 1)):
            dimensions = {"FunctionName": function.name}
            cloud.record("tocsin", name, value, "Count", dimensions, wall=MIDNIGHT - 60)
    (dashboard,) = dashboards(stage, [group])
    assert shown(cloud, dashboard, "Handled errors and missing records", start=MIDNIGHT - 300) == {
        "Handled errors": [4],
        "Answers that report a failure": [],
        "Counted only": [],
        "Logged, for the collector": [2],
    }
