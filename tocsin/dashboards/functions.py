"""A function's row: traffic and errors, duration, throttles and concurrency.

Each alarm's threshold is drawn on the axis that has its unit, and the graph has the alarm's
period, so that a line above another means what the alarm makes of it.
"""

from tocsin.config import Function, Stage, Watched
from tocsin.config.alarms import Alarm
from tocsin.dashboards import widgets
from tocsin.dashboards.layout import Row, Widget
from tocsin.dashboards.metrics import Expression, Metric

WIDGETS_PER_FUNCTION = 3
_HEIGHT = 6
_SIGNS = {
    "GreaterThanThreshold": ">",
    "GreaterThanOrEqualToThreshold": ">=",
    "LessThanThreshold": "<",
    "LessThanOrEqualToThreshold": "<=",
}


def row(stage: Stage, function: Watched) -> Row:
    """The graphs of one function."""
    return Row(
        (_traffic(stage, function), _duration(stage, function), _capacity(stage, function)), _HEIGHT
    )


def _traffic(stage: Stage, function: Watched) -> Widget:
    alarm = function.error_rate
    rate = Expression(
        alarm.expression, "Error rate (%)", {"yAxis": "right", "color": widgets.ORANGE}
    )
    return widgets.graph(
        stage,
        f"{function.key}: invocations and errors",
        [
            rate,
            widgets.of_function(
                function.name, "Invocations", id="invocations", stat="Sum", color=widgets.BLUE
            ),
            widgets.of_function(
                function.name, "Errors", id="errors", stat="Sum", color=widgets.RED
            ),
        ],
        period=alarm.period,
        left="count",
        right="%",
        annotations=_threshold(alarm, "error rate", " %", axis="right"),
    )


def _duration(stage: Stage, function: Watched) -> Widget:
    alarm = function.latency
    colors = {"Average": widgets.BLUE, "p99": widgets.PURPLE}
    colors.setdefault(alarm.statistic, widgets.ORANGE)
    return widgets.graph(
        stage,
        f"{function.key}: duration",
        [
            widgets.of_function(function.name, "Duration", stat=stat, label=stat, color=color)
            for stat, color in colors.items()
        ],
        period=alarm.period,
        left="ms",
        annotations=_threshold(alarm, alarm.statistic, " ms"),
    )


def _capacity(stage: Stage, function: Watched) -> Widget:
    metrics: list[Metric] = [
        widgets.of_function(function.name, "Throttles", stat="Sum", color=widgets.ORANGE),
        widgets.of_function(
            function.name,
            "ConcurrentExecutions",
            stat="Maximum",
            yAxis="right",
            color=widgets.PURPLE,
        ),
    ]
    annotations = _threshold(function.throttles, "throttles", "")
    reserved = function.reserved_concurrency if isinstance(function, Function) else None
    if reserved is not None:
        annotations.append(
            widgets.line(
                reserved,
                "reserved concurrency",
                axis="right",
                color=widgets.GREY,
            )
        )
    return widgets.graph(
        stage,
        f"{function.key}: throttles and concurrency",
        metrics,
        period=function.throttles.period,
        left="throttles",
        right="concurrent executions",
        annotations=annotations,
    )


def _threshold(
    alarm: Alarm, what: str, unit: str, *, axis: str = "left"
) -> list[widgets.Annotation]:
    """The alarm's threshold in words and where it is; none for an alarm that is off."""
    if not alarm.enabled:
        return []
    label = f"alarm: {what} {_SIGNS[alarm.comparison_operator]} {alarm.threshold:g}{unit}"
    return [widgets.line(alarm.threshold, label, axis=axis)]
