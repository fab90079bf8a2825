"""Metric filters of log groups: what passes their pattern is a sample of their metric.

ministack keeps them and emits nothing.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/MonitoringLogData.html
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

from ministack.services import cloudwatch_logs

from tocsin.local.cloudwatch import CloudWatch
from tocsin.local.filter_pattern import compiled

Events = list[dict[str, Any]]
Take = Callable[[str, str], str | float | None]


def emit(here: CloudWatch, group: str, events: Events) -> None:
    """The samples of ``events``, just written to ``group``, at their own times."""
    for (owner, _), filter_ in list(cloudwatch_logs._metric_filters.items()):
        if owner != group:
            continue
        pattern = compiled(filter_.get("filterPattern") or "")
        passing = [event for event in events if pattern.passes(event.get("message", ""))]
        for made in filter_.get("metricTransformations") or ():
            samples = list(_samples(made, passing, pattern.value))
            default = made.get("defaultValue")
            # Logs came, and none of them passes: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_MetricTransformation.html
            if not passing and events and default is not None:
                samples = [(events[-1], float(default), {})]
            for event, value, dimensions in samples:
                here.record(
                    made["metricNamespace"],
                    made["metricName"],
                    value,
                    made.get("unit") or "None",
                    dimensions,
                    wall=event["timestamp"] / 1000,
                )


def _samples(
    made: dict[str, Any], passing: Events, take: Take
) -> Iterator[tuple[dict[str, Any], float, dict[str, str]]]:
    """Event, value and dimensions; an event without a number where one is taken has no sample."""
    for event in passing:
        message = event.get("message", "")
        given = str(made.get("metricValue", "1"))
        number = _number(take(given, message) if given.startswith("$") else given)
        if number is None:
            continue
        dimensions = {
            name: str(found)
            for name, selector in (made.get("dimensions") or {}).items()
            if (found := take(str(selector), message)) is not None
        }
        yield event, number, dimensions


def _number(found: str | float | None) -> float | None:
    try:
        number = float(found) if found is not None else math.nan
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None
