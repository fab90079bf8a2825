"""What a function or a metric does in one period, and the samples CloudWatch would get of it.

Lambda's metrics hang together: a failed call is an invocation too, has a duration, and counts as
an Errors sample of 1 among samples of 0. Follows
https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from tocsin.cloudwatch import Metric, MetricAlarm, MetricStat, MetricStore, Series

LAMBDA = "AWS/Lambda"
BY_TRAFFIC = ("Invocations", "Errors", "Duration", "Throttles", "ConcurrentExecutions")
"""The metrics of a function that its calls alone decide."""


@dataclass(frozen=True)
class Calls:
    """The calls of a function in one period; ``duration`` in milliseconds, the same for all."""

    invocations: float = 0
    errors: float = 0
    throttles: float = 0
    duration: float = 100


@dataclass(frozen=True)
class Period:
    """What happens in one period: calls by the function's dimensions, values by metric.

    ``samples`` is how often a metric's value is reported, where not once.
    """

    calls: dict[tuple[tuple[str, str], ...], Calls] = field(default_factory=dict)
    values: dict[tuple[Metric, str | None], float] = field(default_factory=dict)
    samples: dict[tuple[Metric, str | None], float] = field(default_factory=dict)


def put_calls(
    store: MetricStore,
    dimensions: tuple[tuple[str, str], ...],
    at: float,
    calls: Calls,
    seconds: float = 60,
    resolution: int = 60,
) -> None:
    """Record what Lambda would report of ``calls`` made within ``seconds``."""

    def put(name: str, values: Sequence[float], counts: Sequence[float], unit: str) -> None:
        some = [(value, count) for value, count in zip(values, counts, strict=True) if count > 0]
        if some:
            store.put_values(
                Metric(LAMBDA, name, dimensions),
                at,
                [value for value, _ in some],
                [count for _, count in some],
                unit,
                resolution=resolution,
            )

    n, failed, refused = calls.invocations, min(calls.errors, calls.invocations), calls.throttles
    put("Invocations", [1], [n], "Count")
    put("Errors", [1, 0], [failed, n - failed], "Count")
    put("Duration", [calls.duration], [n], "Milliseconds")
    put("Throttles", [1, 0], [refused, n], "Count")
    busy = max(1, math.ceil(n * calls.duration / 1000 / seconds))
    put("ConcurrentExecutions", [busy], [n], "Count")


def is_call_metric(metric: Metric) -> bool:
    """Whether a metric follows from a function's calls."""
    return metric.namespace == LAMBDA and metric.name in BY_TRAFFIC


def record(alarm: MetricAlarm, course: Iterable[Period], start: int) -> MetricStore:
    """The samples of one period after the other, in the alarm's own periods from ``start``."""
    store = MetricStore()
    seconds = alarm.period
    resolution = 60 if seconds >= 60 else 1
    for index, period in enumerate(course):
        at = start + index * seconds
        for dimensions, calls in period.calls.items():
            put_calls(store, dimensions, at, calls, seconds, resolution)
        for (metric, unit), value in period.values.items():
            count = period.samples.get((metric, unit), 1)
            if count > 0:
                store.put(metric, at, value, count=count, unit=unit, resolution=resolution)
    return store


@dataclass(frozen=True)
class Late:
    """A source whose newest period is never there yet: every metric arrives one period late."""

    store: MetricStore

    def series(self, stat: MetricStat, start: int, end: int) -> Series:
        """See MetricSource.series; ``end`` is the instant of the evaluation."""
        found = self.store.series(stat, start, end)
        values = found.values.copy()
        values[-1:] = math.nan
        return Series(start, stat.period, values)
