"""The validator: each rule of the body's documentation, broken once and named."""

import copy

import pytest

from tocsin.dashboards.body_validation import problems

ARN = "arn:aws:cloudwatch:us-east-1:123456789012:alarm:a"
GOOD = {
    "start": "-PT24H",
    "periodOverride": "inherit",
    "widgets": [
        {
            "type": "metric",
            "x": 0,
            "y": 0,
            "width": 12,
            "height": 6,
            "properties": {
                "title": "Errors",
                "view": "timeSeries",
                "region": "us-east-1",
                "period": 60,
                "stat": "Sum",
                "yAxis": {"left": {"min": 0, "label": "count", "showUnits": False}},
                "metrics": [
                    [{"expression": "100 * e", "label": "rate", "id": "rate"}],
                    ["AWS/Lambda", "Errors", "FunctionName", "a", {"id": "e", "visible": False}],
                    [".", "Duration", ".", ".", {"stat": "p99.9", "color": "#d62728"}],
                ],
                "annotations": {
                    "horizontal": [
                        {"value": 5, "label": "alarm", "yAxis": "right", "fill": "above"},
                        [{"value": 5, "label": "from"}, {"value": 6, "label": "to"}],
                    ]
                },
            },
        },
        {
            "type": "alarm", "x": 12, "y": 0, "width": 12, "height": 6,
            "properties": {"title": "Alarms", "alarms": [ARN], "sortBy": "default"},
        },
        {
            "type": "log", "x": 0, "y": 6, "width": 24, "height": 6,
            "properties": {
                "region": "us-east-1", "view": "table",
                "query": "SOURCE '/aws/lambda/a' | SOURCE '/aws/lambda/b' | fields @message",
            },
        },
        {"type": "text", "properties": {"markdown": "# Hello"}},
    ],
}  # fmt: skip

METRIC = ("widgets", 0, "properties")
ALARM = ("widgets", 1, "properties")
LOG = ("widgets", 2, "properties")


def changed(path, value):
    body = copy.deepcopy(GOOD)
    *parents, last = path
    node = body
    for parent in parents:
        node = node[parent]
    if value is None:
        del node[last]
    else:
        node[last] = value
    return body


def test_a_good_body_has_no_problem() -> None:
    assert list(problems(GOOD)) == []


def lines(count):
    return [["AWS/Lambda", "Errors", "FunctionName", f"f{n}"] for n in range(count)]


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (("widgets",), None, "body: found no widgets"),
        (("widgets",), {}, "body.widgets: found {}"),
        (("widgets",), [GOOD["widgets"][3]] * 501, "found an array of 501; accepted: an array of"),
        (("start",), "yesterday", "body.start: found 'yesterday'"),
        (("periodOverride",), "off", "accepted: auto or inherit"),
        (("refresh",), 1, "body.refresh: found an unknown key"),
        (("widgets", 0), "graph", "widgets[0]: found 'graph'"),
        (("widgets", 0, "type"), "graph", "widgets[0].type: found 'graph'"),
        (("widgets", 0, "properties"), None, "widgets[0]: found no properties"),
        (("widgets", 0, "width"), 0, "widgets[0].width: found 0; accepted: 1 to 24"),
        (("widgets", 3, "x"), 24, "widgets[3].x: found 24; accepted: 0 to 23"),
        (("widgets", 3, "height"), 1001, "accepted: 1 to 1000"),
        (("widgets", 0, "y"), True, "widgets[0].y: found True"),
        (("widgets", 1, "x"), 13, "widgets[1]: found columns 13 to 24"),
        (("widgets", 1, "x"), 11, "widgets[1]: found on widgets[0]"),
        (("widgets", 2, "y"), 5, "widgets[2]: found on widgets[0]"),
        ((*METRIC, "metrics"), [], "metrics: found []; accepted: an array of 1 to 500"),
        ((*METRIC, "metrics"), lines(501), "metrics: found an array of 501"),
        ((*METRIC, "metrics", 1, 1), 7, "metrics[1]: found 7"),
        ((*METRIC, "metrics", 0, 0, "expression"), None, "metrics[0]: neither a metric"),
        ((*METRIC, "metrics", 0, 0, "id"), "Rate", "metrics[0].id: found 'Rate'"),
        ((*METRIC, "metrics", 0, 0, "id"), "e", "metrics[1]: found id e a second time"),
        ((*METRIC, "metrics", 1, 4, "yAxis"), "top", "accepted: left or right"),
        ((*METRIC, "metrics", 2, 4, "stat"), "mean", "metrics[2].stat: found 'mean'"),
        ((*METRIC, "metrics", 2, 4, "color"), "red", "accepted: a colour"),
        ((*METRIC, "metrics", 2, 4, "axis"), "left", "metrics[2].axis: found an unknown key"),
        ((*METRIC, "region"), None, "widgets[0].properties: found no region"),
        ((*METRIC, "period"), 90, "period: found 90"),
        ((*METRIC, "view"), "line", "view: found 'line'"),
        ((*METRIC, "legend"), "right", "legend: found 'right'"),
        ((*METRIC, "yAxis", "top"), {}, "yAxis.top: found {}"),
        ((*METRIC, "yAxis", "left", "min"), "0", "yAxis.left.min: found '0'"),
        (
            (*METRIC, "annotations", "horizontal", 0, "value"),
            None,
            "annotations.horizontal[0]: found no value",
        ),
        (
            (*METRIC, "annotations", "horizontal", 1, 1, "value"),
            "6",
            "annotations.horizontal[1].value: found '6'",
        ),
        ((*ALARM, "alarms"), [], "alarms: found []; accepted: an array of 1 to 100 ARNs"),
        ((*ALARM, "alarms"), [ARN] * 101, "alarms: found an array of 101"),
        ((*ALARM, "alarms"), ["orders-error-rate"], "ARNs of alarms"),
        ((*ALARM, "sortBy"), "name", "sortBy: found 'name'"),
        ((*LOG, "query"), "fields @message", "1 to 50 times SOURCE"),
        ((*LOG, "query"), " | ".join(["SOURCE 'a'"] * 51), "1 to 50 times SOURCE"),
        ((*LOG, "view"), "lines", "view: found 'lines'"),
        (("widgets", 3, "properties", "markdown"), "", "markdown: found ''"),
    ],
)
def test_what_is_wrong_is_named(path, value, message) -> None:
    (problem,) = problems(changed(path, value))
    assert message in problem


def test_metrics_over_all_widgets_are_counted() -> None:
    graph = {"region": "us-east-1", "metrics": lines(500)}
    widgets = [{"type": "metric", "properties": graph}] * 5
    assert list(problems({"widgets": widgets})) == []
    one_more = {"type": "metric", "properties": {**graph, "metrics": lines(1)}}
    (problem,) = problems({"widgets": [*widgets, one_more]})
    assert problem == "widgets: found 2501 metrics; accepted: 2500 in all"


@pytest.mark.parametrize("body", [None, [], {}, "{}"])
def test_what_is_no_body_at_all_is_said(body) -> None:
    (problem,) = problems(body)
    assert problem.startswith("body: found no widgets")
