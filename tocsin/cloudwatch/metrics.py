"""Metrics, queries and series: the nouns every part of the engine shares.

Time is epoch seconds, UTC. A series is regular: datapoint ``i`` covers
``[start + i * period, start + (i + 1) * period)`` and carries the timestamp of the period's
start, as CloudWatch writes it. A missing datapoint is NaN, never 0.

Follows https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True, order=True)
class Metric:
    """A namespace, a name and one exact set of dimensions; another set is another metric."""

    namespace: str
    name: str
    dimensions: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "dimensions", tuple(sorted(self.dimensions)))

    @classmethod
    def of(cls, namespace: str, name: str, dimensions: Mapping[str, str] | None = None) -> Metric:
        """The metric with dimensions given as a mapping of name to value."""
        return cls(namespace, name, tuple((dimensions or {}).items()))

    def __str__(self) -> str:
        inside = ", ".join(f"{name}={value}" for name, value in self.dimensions)
        return f"{self.namespace} {self.name}{{{inside}}}"


@dataclass(frozen=True)
class MetricStat:
    """One statistic of one metric over periods of ``period`` seconds.

    ``unit`` None takes samples of whatever unit, in one period those of one unit only.
    """

    metric: Metric
    period: int
    stat: str
    unit: str | None = None


@dataclass(frozen=True)
class MetricQuery:
    """An entry of GetMetricData or of an alarm's Metrics: a statistic or an expression.

    ``period`` applies to an expression only and may be left out; it is then the period of the
    series the expression uses.
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDataQuery.html
    """

    id: str
    expression: str | None = None
    stat: MetricStat | None = None
    label: str | None = None
    return_data: bool = True
    period: int | None = None


@dataclass(frozen=True, eq=False)
class Series:
    """A regular time series: ``values`` is float64 of shape (n,), NaN where nothing was reported.

    ``label`` names the series where one query returns several (SEARCH, METRICS).
    """

    start: int
    period: int
    values: FloatArray
    label: str | None = None

    def __len__(self) -> int:
        return len(self.values)

    @property
    def end(self) -> int:
        """The end of the last period (exclusive), epoch seconds."""
        return self.start + self.period * len(self.values)

    @property
    def timestamps(self) -> NDArray[np.int64]:
        """Start of each period, epoch seconds, shape (n,)."""
        return self.start + self.period * np.arange(len(self.values), dtype=np.int64)

    def datapoints(self) -> Iterator[tuple[int, float]]:
        """(timestamp, value) of the periods that have one, oldest first."""
        for index in np.flatnonzero(~np.isnan(self.values)):
            yield self.start + self.period * int(index), float(self.values[index])


class MetricSource(Protocol):
    """Where series come from: memory, recorded history, or a live account."""

    def series(self, stat: MetricStat, start: int, end: int) -> Series:
        """The statistic over periods beginning exactly at ``start``, up to ``end`` (exclusive).

        ``start`` need not be a multiple of the period: an alarm's window slides by the minute.
        The result has ``ceil((end - start) / period)`` datapoints; a metric without samples
        gives NaN throughout, not an error.
        """
        ...


def period_count(start: int, end: int, period: int) -> int:
    """How many periods beginning at ``start`` are needed to reach ``end``."""
    return max(0, -(-(end - start) // period))
