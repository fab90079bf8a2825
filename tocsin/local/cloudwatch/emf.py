"""Embedded metric format: metrics inside a log line.

Follows https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/
CloudWatch_Embedded_Metric_Format_Specification.html
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tocsin.json_values import as_list

MAX_VALUES = 100
"""Values one metric may carry in one event."""


@dataclass(frozen=True)
class EmbeddedDatum:
    """One metric of an event; ``at`` is the event's own timestamp in epoch seconds."""

    namespace: str
    name: str
    dimensions: dict[str, str]
    values: tuple[float, ...]
    unit: str | None
    resolution: int
    at: float


def embedded_metrics(line: str) -> list[EmbeddedDatum]:
    """The metrics in a log line; none for a line that is not EMF.

    A malformed directive gives nothing, as CloudWatch drops it: the line stays a log line.
    """
    if '"_aws"' not in line or not line.lstrip().startswith("{"):
        return []
    try:
        return list(_data(json.loads(line)))
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
        return []


def _data(event: dict[str, Any]) -> Iterator[EmbeddedDatum]:
    metadata = event["_aws"]
    at = _number(metadata["Timestamp"]) / 1000
    if not math.isfinite(at):
        raise ValueError("a time that is none")
    for directive in metadata["CloudWatchMetrics"]:
        for names in directive["Dimensions"]:
            dimensions = {name: str(event[name]) for name in names}
            for metric in directive["Metrics"]:
                values = as_list(event[metric["Name"]])
                yield EmbeddedDatum(
                    namespace=_text(directive["Namespace"]),
                    name=_text(metric["Name"]),
                    dimensions=dimensions,
                    values=tuple(_number(value) for value in values[:MAX_VALUES]),
                    unit=metric.get("Unit"),
                    resolution=metric.get("StorageResolution", 60),
                    at=at,
                )


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is not a text")
    return value


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{value!r} is not a number")
    return float(value)
