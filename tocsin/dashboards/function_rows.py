"""A function's row: traffic and errors, duration, throttles and concurrency.

Each alarm's threshold is drawn on the axis that has its unit, and the graph has the alarm's
period, so that a line above another means what the alarm makes of it.
"""

from tocsin.alarms import KINDS, AlarmDefinition, AlarmSettings
from tocsin.alarms.kind import Graph
from tocsin.alarms.kinds.error_rate import KIND as ERROR_RATE
from tocsin.alarms.kinds.latency import KIND as LATENCY
from tocsin.alarms.kinds.throttles import KIND as THROTTLES
from tocsin.config import Stage, Watched
from tocsin.dashboards import widgets
from tocsin.dashboards.graphed_metrics import Expression, GraphedMetric
from tocsin.dashboards.layout import Row, Widget

_HEIGHT = 6
_SIGNS = {
    "GreaterThanThreshold": ">",
    "GreaterThanOrEqualToThreshold": ">=",
    "LessThanThreshold": "<",
    "LessThanOrEqualToThreshold": "<=",
}


def row(stage: Stage, function: Watched) -> Row:
    """The graphs of one function; a fourth where its alarms read more than the three show."""
    graphs = (_traffic(stage, function), _duration(stage, function), _capacity(stage, function))
    return Row((*graphs, *_surroundings(stage, function)), _HEIGHT)


def _traffic(stage: Stage, function: Watched) -> Widget:
    alarm = ERROR_RATE.of(function)
    answers = ERROR_RATE.answers(function)
    rate = Expression(
        alarm.percent(bool(answers)),
        "Error rate (%)",
        {"yAxis": "right", "color": widgets.ORANGE},
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
            *(
                GraphedMetric(
                    read.namespace,
                    read.metric,
                    dict(read.dimensions),
                    {"id": read.id, "stat": read.statistic, "color": widgets.PURPLE},
                )
                for read in answers
            ),
        ],
        period=alarm.period,
        left="count",
        right="%",
        annotations=_thresholds(function, "traffic"),
    )


def _duration(stage: Stage, function: Watched) -> Widget:
    alarm = LATENCY.of(function)
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
        annotations=_thresholds(function, "duration"),
    )


def _capacity(stage: Stage, function: Watched) -> Widget:
    metrics: list[GraphedMetric] = [
        widgets.of_function(function.name, "Throttles", stat="Sum", color=widgets.ORANGE),
        widgets.of_function(
            function.name,
            "ConcurrentExecutions",
            stat="Maximum",
            yAxis="right",
            color=widgets.PURPLE,
        ),
    ]
    annotations = _thresholds(function, "capacity")
    reserved = function.reserved_concurrency
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
        period=THROTTLES.of(function).period,
        left="throttles",
        right="concurrent executions",
        annotations=annotations,
    )


def _surroundings(stage: Stage, function: Watched) -> list[Widget]:
    """What its further alarms read: one graph, or none."""
    alarms = [
        alarm
        for alarm in function.alarm_definitions(stage.suffix, stage.name)
        if KINDS[alarm.kind].mark(function) is None
    ]
    if not alarms:
        return []
    return [
        widgets.graph(
            stage,
            f"{function.key}: what surrounds it",
            [
                GraphedMetric(
                    read.namespace, read.metric, dict(read.dimensions), {"stat": read.statistic}
                )
                for alarm in alarms
                for read in alarm.reads
            ],
            period=max(alarm.period for alarm in alarms),
            annotations=[_line(alarm, alarm.kind, "", alarm.threshold, "left") for alarm in alarms],
        )
    ]


def _thresholds(function: Watched, graph: Graph) -> list[widgets.Annotation]:
    """The thresholds of its enabled alarms that belong on ``graph``, in words."""
    marks = [(KINDS[kind].mark(function), settings) for kind, settings in function.alarms.items()]
    return [
        _line(settings, mark.words, mark.unit, mark.value, mark.axis)
        for mark, settings in marks
        if mark is not None and mark.graph == graph
    ]


def _line(
    alarm: AlarmSettings | AlarmDefinition, words: str, unit: str, value: float, axis: str
) -> widgets.Annotation:
    label = f"alarm: {words} {_SIGNS[alarm.comparison_operator]} {value:g}{unit}"
    return widgets.line(value, label, axis=axis)
