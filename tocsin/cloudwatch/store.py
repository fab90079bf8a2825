"""Samples in memory, aggregated on demand: the MetricSource of local stages and scenarios.

Follows https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from tocsin.cloudwatch.errors import RefusedDefinition
from tocsin.cloudwatch.metrics import (
    FloatArray,
    Metric,
    MetricStat,
    Series,
    period_count,
)
from tocsin.cloudwatch.statistics import Statistic, from_samples, parse_statistic

UNITS = (
    *("Seconds", "Microseconds", "Milliseconds"),
    *("Bytes", "Kilobytes", "Megabytes", "Gigabytes", "Terabytes"),
    *("Bits", "Kilobits", "Megabits", "Gigabits", "Terabits"),
    *("Percent", "Count"),
    *("Bytes/Second", "Kilobytes/Second", "Megabytes/Second", "Gigabytes/Second"),
    *("Terabytes/Second", "Bits/Second", "Kilobits/Second", "Megabits/Second"),
    *("Gigabits/Second", "Terabits/Second", "Count/Second", "None"),
)
"""StandardUnit of the API."""

_COLUMNS = 5  # timestamp, minimum, maximum, sum, count


@dataclass(frozen=True, slots=True)
class StatisticSet:
    """Samples already aggregated by their sender, as PutMetricData's StatisticValues."""

    sample_count: float
    sum: float
    minimum: float
    maximum: float


@dataclass(slots=True)
class _Samples:
    """The samples of one metric and unit: ``rows`` sorted by time, the others as they came."""

    rows: FloatArray = field(default_factory=lambda: np.empty((0, _COLUMNS)))
    pending: list[tuple[float, float, float, float, float]] = field(default_factory=list)
    blocks: list[FloatArray] = field(default_factory=list)

    def sorted_rows(self) -> FloatArray:
        if self.pending or self.blocks:
            singles = np.array(self.pending, dtype=np.float64).reshape(-1, _COLUMNS)
            rows = np.concatenate([self.rows, *self.blocks, singles])
            self.rows = rows[np.argsort(rows[:, 0], kind="stable")]
            self.pending, self.blocks = [], []
        return self.rows


class MetricStore:
    """An in-memory MetricSource which keeps every sample until it is dropped.

    Timestamps are epoch seconds. Samples of several units are never added up: a query without a
    unit gets, in each period, those of one of them (docs/engine.md). ``resolution`` is
    PutMetricData's StorageResolution: 60 keeps samples by the minute (a 10-second period then finds
    data in one period of six, as on AWS), 1 by the second.
    """

    def __init__(self) -> None:
        self._samples: dict[Metric, dict[str, _Samples]] = {}

    def put(
        self,
        metric: Metric,
        timestamp: float,
        value: float,
        *,
        count: float = 1,
        unit: str | None = None,
        resolution: int = 60,
    ) -> None:
        """Record ``value``, observed ``count`` times."""
        self.put_values(metric, timestamp, [value], [count], unit, resolution=resolution)

    def put_values(
        self,
        metric: Metric,
        timestamp: float,
        values: Sequence[float],
        counts: Sequence[float] | None = None,
        unit: str | None = None,
        *,
        resolution: int = 60,
    ) -> None:
        """Record several values at one time; ``counts`` (1 each when absent) is as long."""
        counts = [1.0] * len(values) if counts is None else counts
        if len(counts) != len(values):
            raise RefusedDefinition(
                str(metric), [f"Counts: {len(counts)} given for {len(values)} Values; as many"]
            )
        at = _stored_at(timestamp, resolution)
        rows = []
        for value, count in zip(values, counts, strict=True):
            _check_sample(metric, value, count)
            rows.append((at, value, value, value * count, count))
        self._of(metric, unit).pending.extend(rows)

    def put_repeated(
        self,
        metric: Metric,
        timestamps: NDArray[np.int64],
        value: float,
        count: float = 1,
        unit: str | None = None,
        *,
        resolution: int = 60,
    ) -> None:
        """Record ``value``, observed ``count`` times, at each of ``timestamps`` (n,)."""
        _check_sample(metric, value, count)
        _stored_at(0, resolution)
        rows = np.empty((len(timestamps), _COLUMNS))
        rows[:, 0] = timestamps // resolution * resolution
        rows[:, 1:] = value, value, value * count, count
        self._of(metric, unit).blocks.append(rows)

    def put_statistics(
        self,
        metric: Metric,
        timestamp: float,
        statistics: StatisticSet,
        unit: str | None = None,
        *,
        resolution: int = 60,
    ) -> None:
        """Record a pre-aggregated statistic set."""
        s = statistics
        for number in (s.sum, s.minimum, s.maximum):
            _check_sample(metric, number, s.sample_count)
        self._of(metric, unit).pending.append(
            (_stored_at(timestamp, resolution), s.minimum, s.maximum, s.sum, s.sample_count)
        )

    def metrics(self) -> Iterable[Metric]:
        """Every metric that has received a sample, in the order of their first."""
        return tuple(self._samples)

    def drop_before(self, timestamp: float) -> None:
        """Forget samples older than ``timestamp``, as CloudWatch's retention does."""
        for by_unit in self._samples.values():
            for samples in by_unit.values():
                rows = samples.sorted_rows()
                samples.rows = rows[np.searchsorted(rows[:, 0], timestamp) :].copy()

    def series(self, stat: MetricStat, start: int, end: int) -> Series:
        """See MetricSource.series."""
        statistic = parse_statistic(stat.stat)
        count = period_count(start, end, stat.period)
        edges = start + stat.period * np.arange(count + 1)
        values = np.full(count, np.nan)
        taken = np.zeros(count, dtype=bool)
        for rows in self._rows(stat):
            bounds = np.searchsorted(rows[:, 0], edges)
            used = np.flatnonzero(bounds[1:] > bounds[:-1])
            if not len(used):
                continue
            if statistic.needs_samples:
                found = _ranked_groups(statistic, rows, bounds[used], bounds[used + 1])
            else:
                inside = rows[bounds[used[0]] : bounds[used[-1] + 1]]
                found = _reduced(statistic, inside, bounds[used] - bounds[used[0]])
            values[used] = np.where(taken[used], values[used], found)
            taken[used] = True
        return Series(start, stat.period, values)

    def units(self, metric: Metric, start: float, end: float) -> tuple[str, ...]:
        """The units of the samples from ``start`` to ``end``, in the order they are preferred."""
        found = []
        for unit, samples in sorted(self._samples.get(metric, {}).items()):
            first, last = np.searchsorted(samples.sorted_rows()[:, 0], [start, end])
            if first < last:
                found.append(unit)
        return tuple(found)

    def _of(self, metric: Metric, unit: str | None) -> _Samples:
        if unit is not None and unit not in UNITS:
            raise RefusedDefinition(str(metric), [f"Unit: {unit!r}; accepted: {', '.join(UNITS)}"])
        by_unit = self._samples.setdefault(metric, {})
        return by_unit.setdefault(unit or "None", _Samples())

    def _rows(self, stat: MetricStat) -> list[FloatArray]:
        """The samples that may count, those of each unit by themselves, preferred ones first."""
        by_unit = self._samples.get(stat.metric, {})
        wanted = sorted(by_unit if stat.unit is None else {stat.unit} & by_unit.keys())
        return [by_unit[unit].sorted_rows() for unit in wanted]


def _reduced(statistic: Statistic, rows: FloatArray, begins: np.ndarray) -> FloatArray:
    """A basic statistic over consecutive groups of rows that begin at ``begins``."""
    match statistic.kind:
        case "Minimum":
            return np.minimum.reduceat(rows[:, 1], begins)
        case "Maximum":
            return np.maximum.reduceat(rows[:, 2], begins)
        case "Sum":
            return np.add.reduceat(rows[:, 3], begins)
        case "SampleCount":
            return np.add.reduceat(rows[:, 4], begins)
    return np.add.reduceat(rows[:, 3], begins) / np.add.reduceat(rows[:, 4], begins)


def _ranked_groups(
    statistic: Statistic, rows: FloatArray, begins: NDArray[np.intp], ends: NDArray[np.intp]
) -> FloatArray:
    """A percentile or trimmed statistic of each group ``rows[begin:end]``.

    Steady series repeat themselves, and ranking takes long: a group like the one before it is not
    ranked again.
    """
    sizes = ends - begins
    new = np.ones(len(begins), dtype=bool)
    if np.all(sizes == sizes[0]) and ends[-1] - begins[0] == sizes.sum():
        groups = rows[begins[0] : ends[-1], 1:].reshape(len(begins), -1)
        new[1:] = np.any(groups[1:] != groups[:-1], axis=1)
    places = np.flatnonzero(new)
    ranked = np.array([_ranked(statistic, rows[begins[i] : ends[i]]) for i in places])
    repeated: FloatArray = ranked[np.cumsum(new) - 1]
    return repeated


def _ranked(statistic: Statistic, rows: FloatArray) -> float:
    """A percentile or trimmed statistic of one period's rows.

    A statistic set has lost its samples; only one whose minimum equals its maximum still stands
    for them. Any other in the period leaves the period without this statistic.
    """
    if np.any(rows[:, 1] != rows[:, 2]):
        return math.nan
    order = np.argsort(rows[:, 1], kind="stable")
    return from_samples(statistic, rows[order, 1], rows[order, 4])


def _stored_at(timestamp: float, resolution: int) -> float:
    if resolution not in (1, 60):
        raise RefusedDefinition("StorageResolution", [f"{resolution!r}; accepted: 1 or 60"])
    return math.floor(timestamp / resolution) * resolution


def _check_sample(metric: Metric, value: float, count: float) -> None:
    if not math.isfinite(value):
        raise RefusedDefinition(str(metric), [f"Value: {value!r}; a finite number is accepted"])
    if not (math.isfinite(count) and count > 0):
        raise RefusedDefinition(str(metric), [f"Count: {count!r}; a number above 0 is accepted"])
