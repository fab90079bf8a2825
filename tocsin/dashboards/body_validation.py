"""Whether CloudWatch would take a dashboard body, and show all of it.

PutDashboard refuses a body of the wrong shape, but takes one beyond the limits and leaves graphs
empty; widgets that overlap are moved. Each rule here is of
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from tocsin.dashboards import graphed_metrics, limits
from tocsin.json_values import as_list

Test = Callable[[Any], bool]
Shape = Mapping[str, tuple[Test, str]]

_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-\d")
_COLOR = re.compile(r"#[0-9a-fA-F]{3}([0-9a-fA-F]{3})?")
_ID = re.compile(r"[a-z][a-zA-Z0-9_]{0,254}")
_RELATIVE = re.compile(r"-?P.+|\d{4}-\d\d-\d\dT.+")
# Before CloudFormation sees it, partition and account are `${AWS::Partition}`, `${AWS::AccountId}`.
_ALARM_ARN = re.compile(
    r"arn:(\$\{AWS::Partition\}|aws[\w-]*):cloudwatch:[\w-]+:(\$\{AWS::AccountId\}|\d{12}):alarm:.+"
)
_SOURCE = re.compile(r"SOURCE\s+'[^']*'")
_STATISTIC = re.compile(
    r"Average|Minimum|Maximum|Sum|SampleCount|IQM|(p|tm|wm|tc|ts)\d{1,3}(\.\d+)?|(PR|TM|WM|TC|TS)\(.+\)"
)


def _whole(low: int, high: float = float("inf")) -> Test:
    return lambda value: type(value) is int and low <= value <= high


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _boolean(value: Any) -> bool:
    return isinstance(value, bool)


def _text(value: Any) -> bool:
    return isinstance(value, str) and value != ""


def _matching(pattern: re.Pattern[str]) -> Test:
    return lambda value: isinstance(value, str) and pattern.fullmatch(value) is not None


def _one_of(*accepted: str) -> Test:
    return lambda value: value in accepted


def _mapping(value: Any) -> bool:
    return isinstance(value, dict)


def _array(value: Any) -> bool:
    return isinstance(value, list)


def _period(value: Any) -> bool:
    return type(value) is int and (value in (1, 5, 10, 30) or (value > 0 and value % 60 == 0))


_TIME = (_matching(_RELATIVE), "such as -PT24H or 2026-01-31T00:00:00.000Z")
_STAT = (_matching(_STATISTIC), "a statistic such as Sum or p99")
_PERIOD = (_period, "1, 5, 10, 30 or a multiple of 60 (seconds)")
_SIDE = (_one_of("left", "right"), "left or right")
_COLORED = (_matching(_COLOR), "a colour such as #d62728")
_TEXT = (_text, "a text")
_BOOLEAN = (_boolean, "true or false")
_NUMBER = (_number, "a number")
_IN_REGION = (_matching(_REGION), "a region")
_MAPPING = (_mapping, "a mapping")
_ARRAY = (_array, "an array")

BODY: Shape = {
    "start": _TIME,
    "end": _TIME,
    "periodOverride": (_one_of("auto", "inherit"), "auto or inherit"),
    "variables": _ARRAY,
    "widgets": (
        lambda value: _array(value) and len(value) <= limits.WIDGETS_PER_DASHBOARD,
        f"an array of at most {limits.WIDGETS_PER_DASHBOARD} widgets",
    ),
}
WIDGET: Shape = {
    "type": (_one_of("metric", "text", "log", "alarm"), "metric, text, log or alarm"),
    "x": (_whole(0, limits.COLUMNS - 1), f"0 to {limits.COLUMNS - 1}"),
    "y": (_whole(0), "0 or more"),
    "width": (_whole(1, limits.COLUMNS), f"1 to {limits.COLUMNS}"),
    "height": (_whole(1, limits.MAX_HEIGHT), f"1 to {limits.MAX_HEIGHT}"),
    "properties": _MAPPING,
}
PROPERTIES: Mapping[str, Shape] = {
    "text": {
        "markdown": _TEXT,
        "background": (_one_of("transparent", "solid"), "transparent or solid"),
    },
    "log": {
        "title": _TEXT,
        "region": _IN_REGION,
        "accountId": _TEXT,
        "query": (
            lambda value: (
                _text(value) and 1 <= len(_SOURCE.findall(value)) <= limits.LOG_GROUPS_PER_QUERY
            ),
            f"a query with 1 to {limits.LOG_GROUPS_PER_QUERY} times SOURCE '<log group>'",
        ),
        "stacked": _BOOLEAN,
        "view": (_one_of("table", "timeSeries", "bar", "pie"), "table, timeSeries, bar or pie"),
    },
    "alarm": {
        "title": _TEXT,
        "alarms": (
            lambda value: (
                _array(value)
                and 1 <= len(value) <= limits.ALARMS_PER_WIDGET
                and all(map(_matching(_ALARM_ARN), value))
            ),
            f"an array of 1 to {limits.ALARMS_PER_WIDGET} ARNs of alarms",
        ),
        "sortBy": (
            _one_of("default", "stateUpdatedTimestamp", "timestamp"),
            "default, stateUpdatedTimestamp or timestamp",
        ),
        "states": _ARRAY,
    },
    "metric": {
        "title": _TEXT,
        "region": _IN_REGION,
        "accountId": _TEXT,
        "view": (
            _one_of("timeSeries", "singleValue", "gauge", "bar", "pie", "table"),
            "timeSeries, singleValue, gauge, bar, pie or table",
        ),
        "period": _PERIOD,
        "stat": _STAT,
        "start": _TIME,
        "end": _TIME,
        "metrics": (
            lambda value: _array(value) and 1 <= len(value) <= limits.METRICS_PER_WIDGET,
            f"an array of 1 to {limits.METRICS_PER_WIDGET} metrics and expressions",
        ),
        "annotations": _MAPPING,
        "yAxis": _MAPPING,
        "legend": _MAPPING,
        "liveData": _BOOLEAN,
        "setPeriodToTimeRange": _BOOLEAN,
        "singleValueFullPrecision": _BOOLEAN,
        "sparkline": _BOOLEAN,
        "stacked": _BOOLEAN,
        "timezone": _TEXT,
    },
}
METRIC_OPTIONS: Shape = {
    "accountId": _TEXT,
    "color": _COLORED,
    "expression": _TEXT,
    "id": (_matching(_ID), "a lower-case letter, then letters, digits and _"),
    "label": _TEXT,
    "period": _PERIOD,
    "region": _IN_REGION,
    "stat": _STAT,
    "visible": _BOOLEAN,
    "yAxis": _SIDE,
}
AXIS: Shape = {"label": _TEXT, "min": _NUMBER, "max": _NUMBER, "showUnits": _BOOLEAN}
HORIZONTAL: Shape = {
    "color": _COLORED,
    "fill": (_one_of("above", "below", "none"), "above, below or none"),
    "label": _TEXT,
    "value": _NUMBER,
    "visible": _BOOLEAN,
    "yAxis": _SIDE,
}
REQUIRED = {
    "text": ("markdown",),
    "log": ("region", "query"),
    "alarm": ("alarms",),
    "metric": ("region",),
}


def problems(body: Any) -> Iterator[str]:
    """What is wrong with a body: ``where: found what; accepted: what``. None for a good one."""
    if not isinstance(body, dict) or "widgets" not in body:
        yield "body: found no widgets; accepted: a mapping with an array of widgets"
        return
    yield from _shaped("body", body, BODY)
    if not isinstance(body["widgets"], list):
        return
    count = 0
    for index, widget in enumerate(body["widgets"]):
        where = f"widgets[{index}]"
        if not isinstance(widget, dict):
            yield f"{where}: found {widget!r}; accepted: a mapping"
            continue
        found = list(_shaped(where, widget, WIDGET, ("type", "properties")))
        yield from found
        if not found:
            yield from _widget(where, widget)
            count += len(widget["properties"].get("metrics") or ())
    if count > limits.METRICS_PER_DASHBOARD:
        yield f"widgets: found {count} metrics; accepted: {limits.METRICS_PER_DASHBOARD} in all"
    yield from _grid(body["widgets"])


def _widget(where: str, widget: dict[str, Any]) -> Iterator[str]:
    kind, properties = widget["type"], widget["properties"]
    where = f"{where}.properties"
    required = REQUIRED[kind]
    if kind == "metric" and "annotations" not in properties:
        required = (*required, "metrics")
    found = list(_shaped(where, properties, PROPERTIES[kind], required))
    yield from found
    if kind == "metric" and not found:
        yield from _metrics(f"{where}.metrics", properties.get("metrics", []))
        for side, axis in properties.get("yAxis", {}).items():
            if side not in ("left", "right") or not isinstance(axis, dict):
                yield f"{where}.yAxis.{side}: found {axis!r}; accepted: left, right"
            else:
                yield from _shaped(f"{where}.yAxis.{side}", axis, AXIS)
        for number, line in enumerate(properties.get("annotations", {}).get("horizontal", [])):
            # A band is two of them, of which the second has value and label alone.
            for item in as_list(line):
                at = f"{where}.annotations.horizontal[{number}]"
                yield from _shaped(at, item, HORIZONTAL, ("value",))


def _metrics(where: str, array: list[Any]) -> Iterator[str]:
    try:
        read = graphed_metrics.read(array)
    except ValueError as error:
        index, _, message = str(error).partition(": ")
        yield f"{where}[{index}]: {message}"
        return
    for metric in read:
        if len(metric.dimensions) > limits.DIMENSIONS_PER_METRIC:
            yield (
                f"{where}: found {len(metric.dimensions)} dimensions of {metric.name}; "
                f"accepted: {limits.DIMENSIONS_PER_METRIC}"
            )
    taken: set[str] = set()
    for place, entry in enumerate(array):
        options = entry[-1] if isinstance(entry[-1], dict) else {}
        yield from _shaped(f"{where}[{place}]", options, METRIC_OPTIONS)
        name = options.get("id")
        if name in taken:
            yield f"{where}[{place}]: found id {name} a second time; accepted: each once"
        if name is not None:
            taken.add(name)


def _grid(widgets: list[Any]) -> Iterator[str]:
    """Widgets beyond the right edge, and the first that lies on another."""
    taken: dict[tuple[int, int], int] = {}
    for index, widget in enumerate(widgets):
        places = ("x", "y", "width", "height")
        if not isinstance(widget, dict) or any(type(widget.get(key)) is not int for key in places):
            continue  # without a place CloudWatch finds one
        x, y, width, height = (widget[key] for key in places)
        if x + width > limits.COLUMNS:
            yield (
                f"widgets[{index}]: found columns {x} to {x + width - 1}; "
                f"accepted: 0 to {limits.COLUMNS - 1}"
            )
        cells = {(column, line) for column in range(x, x + width) for line in range(y, y + height)}
        under = sorted({taken[cell] for cell in cells & taken.keys()})
        if under:
            yield f"widgets[{index}]: found on widgets[{under[0]}]; accepted: a place of its own"
        taken |= dict.fromkeys(cells, index)


def _shaped(where: str, value: Any, shape: Shape, required: tuple[str, ...] = ()) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{where}: found {value!r}; accepted: a mapping"
        return
    for key in required:
        if key not in value:
            yield f"{where}: found no {key}; accepted: {shape[key][1] if key in shape else key}"
    for key, member in value.items():
        if key not in shape:
            yield f"{where}.{key}: found an unknown key; accepted: {', '.join(shape)}"
        elif not shape[key][0](member):
            yield f"{where}.{key}: found {_short(member)}; accepted: {shape[key][1]}"


def _short(value: Any) -> str:
    if isinstance(value, list) and value:
        return f"an array of {len(value)}"
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:60]}..."
