"""How the monitoring itself is: records, error log, collector, notifications."""

from collections.abc import Sequence
from typing import Any

from tocsin import names
from tocsin.config import Stage, Watched
from tocsin.dashboards import widgets
from tocsin.dashboards.graphed_metrics import Expression, GraphedMetric
from tocsin.dashboards.layout import Row, Widget
from tocsin.stacks.own_alarms import own_alarms_of

_HEIGHT = 6


def health(stage: Stage, functions: Sequence[Watched] = ()) -> Row:
    """Records written and refused, the collector and what it gave up on, notifications sent.

    With ``functions``, also what became of their failures (``records``).
    """
    own = (_records(stage, functions),) if functions else ()
    return Row((*own, _error_log(stage), _collector(stage), _notifications(stage)), _HEIGHT)


def records(stage: Stage, functions: Sequence[Watched]) -> Row:
    """Handled errors, which AWS/Lambda does not count, and records that the table has not."""
    return Row((_records(stage, functions),), _HEIGHT)


def alarm_names(stage: Stage) -> list[str]:
    """The alarms on the monitoring itself."""
    return [alarm.name for alarm in own_alarms_of(stage)]


# What errorlog counts in its own lines, dimension FunctionName: docs/error-log.md
_RECORDS = {
    "handled": ("HandledErrors", "Handled errors", widgets.BLUE),
    "answers": ("FailedAnswers", "Answers that report a failure", widgets.PURPLE),
    "suppressed": ("ErrorLogSuppressed", "Counted only", widgets.ORANGE),
    "failures": ("ErrorLogFailures", "Logged, for the collector", widgets.RED),
}


def _records(stage: Stage, functions: Sequence[Watched]) -> Widget:
    sums = [
        Expression(f'SUM(METRICS("{key}"))', label, {"color": color})
        for key, (_, label, color) in _RECORDS.items()
    ]
    read = [
        GraphedMetric(
            stage.service,
            name,
            {"FunctionName": function.name},
            {"id": f"{key}{index}", "stat": "Sum", "visible": False},
        )
        for key, (name, _, _) in _RECORDS.items()
        for index, function in enumerate(functions)
    ]
    return widgets.graph(stage, "Handled errors and missing records", [*sums, *read], left="count")


def _error_log(stage: Stage) -> Widget:
    table = {"TableName": names.table(stage.suffix)}
    put_item = {**table, "Operation": "PutItem"}

    def metric(name: str, dimensions: dict[str, str], **options: Any) -> GraphedMetric:
        return GraphedMetric("AWS/DynamoDB", name, dimensions, {"stat": "Sum", **options})

    return widgets.graph(
        stage,
        "Error log: writes",
        [
            metric(
                "ConsumedWriteCapacityUnits", table, label="written (units)", color=widgets.BLUE
            ),
            metric(
                "ThrottledRequests",
                put_item,
                label="throttled",
                color=widgets.ORANGE,
                yAxis="right",
            ),
            metric("SystemErrors", put_item, label="failed", color=widgets.RED, yAxis="right"),
        ],
        left="write units",
        right="refused",
    )


def _collector(stage: Stage) -> Widget:
    collector = names.function(names.COLLECTOR, stage.suffix)
    queue = {"QueueName": names.dead_letters(stage.suffix)}
    own = {"Stage": stage.name}
    return widgets.graph(
        stage,
        "Collector of time-outs and exits",
        [
            widgets.of_function(collector, "Invocations", stat="Sum", color=widgets.BLUE),
            widgets.of_function(collector, "Errors", stat="Sum", color=widgets.RED, yAxis="right"),
            # Counted by the collector itself: docs/collector.md
            GraphedMetric(
                stage.service,
                "ErrorLogHealed",
                own,
                {"stat": "Sum", "label": "records by the log", "color": widgets.GREEN},
            ),
            GraphedMetric(
                stage.service,
                "ErrorLogLost",
                own,
                {
                    "stat": "Sum",
                    "label": "records lost",
                    "color": widgets.PURPLE,
                    "yAxis": "right",
                },
            ),
            GraphedMetric(
                "AWS/SQS",
                "ApproximateNumberOfMessagesVisible",
                queue,
                {
                    "stat": "Maximum",
                    "label": "Dead letters",
                    "color": widgets.ORANGE,
                    "yAxis": "right",
                },
            ),
        ],
        left="invocations, records",
        right="errors, dead letters, lost",
    )


def _notifications(stage: Stage) -> Widget:
    alerts, pages = names.topic(stage.suffix), names.pages_topic(stage.suffix)

    def metric(topic: str, name: str, label: str, color: str, **options: Any) -> GraphedMetric:
        return GraphedMetric(
            "AWS/SNS",
            name,
            {"TopicName": topic},
            {"stat": "Sum", "label": label, "color": color, **options},
        )

    return widgets.graph(
        stage,
        "Notifications",
        [
            metric(alerts, "NumberOfMessagesPublished", "alerts", widgets.BLUE),
            metric(pages, "NumberOfMessagesPublished", "pages", widgets.PURPLE),
            metric(
                alerts,
                "NumberOfNotificationsFailed",
                "alerts not delivered",
                widgets.ORANGE,
                yAxis="right",
            ),
            metric(
                pages,
                "NumberOfNotificationsFailed",
                "pages not delivered",
                widgets.RED,
                yAxis="right",
            ),
        ],
        period=300,  # SNS publishes its metrics every five minutes
        left="count",
        right="not delivered",
    )
