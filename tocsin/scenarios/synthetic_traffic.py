"""What a function or a metric does in one period, and the samples CloudWatch would get of it.

Lambda's metrics hang together: a failed call is an invocation too, has a duration, and counts as
an Errors sample of 1 among samples of 0. Follows
https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from tocsin.cloudwatch import Metric, MetricAlarm, MetricStore

LAMBDA = "AWS/Lambda"
BY_TRAFFIC = ("Invocations", "Errors", "Duration", "Throttles", "ConcurrentExecutions")
"""The metrics of a function that its calls alone decide."""


@dataclass(frozen=True)
class SyntheticCalls:
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

    calls: dict[tuple[tuple[str, str], ...], SyntheticCalls] = field(default_factory=dict)
    values: dict[tuple[Metric, str | None], float] = field(default_factory=dict)
    samples: dict[tuple[Metric, str | None], float] = field(default_factory=dict)


def put_calls(
    store: MetricStore,
    dimensions: tuple[tuple[str, str], ...],
    times: NDArray[np.int64],
    calls: SyntheticCalls,
    seconds: float = 60,
    resolution: int = 60,
) -> None:
    """Record what Lambda would report of ``calls`` made within ``seconds`` from each of ``times``.

    ``times`` has shape (n,).
    """

    def put(name: str, values: Sequence[float], counts: Sequence[float], unit: str) -> None:
        metric = Metric(LAMBDA, name, dimensions)
        for value, count in zip(values, counts, strict=True):
            if count > 0:
                store.put_repeated(metric, times, value, count, unit, resolution=resolution)

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


def record(alarm: MetricAlarm, course: Sequence[Period], start: int) -> MetricStore:
    """The samples of one period after the other, in the alarm's own periods from ``start``."""
    store = MetricStore()
    seconds = alarm.period
    resolution = 60 if seconds >= 60 else 1
    begin = 0
    # A course is a few periods, each repeated for long.
    for _, alike in groupby(course, key=id):
        period, *more = alike
        count = 1 + len(more)
        times = start + seconds * np.arange(begin, begin + count)
        begin += count
        for dimensions, calls in period.calls.items():
            put_calls(store, dimensions, times, calls, seconds, resolution)
        for (metric, unit), value in period.values.items():
            samples = period.samples.get((metric, unit), 1)
            if samples > 0:
                store.put_repeated(metric, times, value, samples, unit, resolution=resolution)
    return store
