"""How the monitoring itself is: error log, collector, notifications."""

from typing import Any

from tocsin import names
from tocsin.config import Stage
from tocsin.dashboards import widgets
from tocsin.dashboards.layout import Row, Widget
from tocsin.dashboards.metrics import Metric

_HEIGHT = 6


def health(stage: Stage) -> Row:
    """Records written and refused, the collector and what it gave up on, notifications sent."""
    return Row((_error_log(stage), _collector(stage), _notifications(stage)), _HEIGHT)


def alarm_names(stage: Stage) -> list[str]:
    """The alarms on the monitoring itself."""
    return [names.alarm(names.COLLECTOR, kind, stage.suffix) for kind in ("errors", "dead-letters")]


def _error_log(stage: Stage) -> Widget:
    table = {"TableName": names.table(stage.suffix)}
    put_item = {**table, "Operation": "PutItem"}

    def metric(name: str, dimensions: dict[str, str], **options: Any) -> Metric:
        return Metric("AWS/DynamoDB", name, dimensions, {"stat": "Sum", **options})

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
    return widgets.graph(
        stage,
        "Collector of time-outs and exits",
        [
            widgets.of_function(collector, "Invocations", stat="Sum", color=widgets.BLUE),
            widgets.of_function(collector, "Errors", stat="Sum", color=widgets.RED, yAxis="right"),
            Metric(
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
        left="invocations",
        right="errors, dead letters",
    )


def _notifications(stage: Stage) -> Widget:
    topic = {"TopicName": names.topic(stage.suffix)}

    def metric(name: str, label: str, color: str, **options: Any) -> Metric:
        return Metric(
            "AWS/SNS", name, topic, {"stat": "Sum", "label": label, "color": color, **options}
        )

    return widgets.graph(
        stage,
        "Notifications",
        [
            metric("NumberOfMessagesPublished", "published", widgets.BLUE),
            metric("NumberOfNotificationsDelivered", "delivered", widgets.PURPLE),
            metric("NumberOfNotificationsFailed", "not delivered", widgets.RED, yAxis="right"),
        ],
        period=300,  # SNS publishes its metrics every five minutes
        left="count",
        right="not delivered",
    )
