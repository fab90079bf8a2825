"""Recorded series as a MetricSource: history that was fetched or saved, for ``replay``."""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce

import numpy as np

from tocsin.cloudwatch.errors import MissingRecordingError
from tocsin.cloudwatch.metrics import FloatArray, Metric, MetricStat, Series, period_count

_JOINED = {"Sum": np.add, "SampleCount": np.add, "Minimum": np.fmin, "Maximum": np.fmax}


class RecordedMetrics:
    """Series by metric, statistic and unit.

    What is asked for outside a recording is missing. A longer period than was recorded, or one
    that begins in between, is put together from shorter ones where the statistic allows: Sum,
    SampleCount, Minimum and Maximum, and Average where Sum and SampleCount were recorded. Anything
    else raises MissingRecordingError, rather than stand in for data that nobody has.
    """

    def __init__(self) -> None:
        self._series: dict[tuple[Metric, str, str | None], list[Series]] = {}

    def add(self, stat: MetricStat, series: Series) -> None:
        """Record a series of ``stat``; a further one of the same period must not overlap."""
        self._series.setdefault((stat.metric, stat.stat, stat.unit), []).append(series)

    def metrics(self) -> Iterable[Metric]:
        """Every metric with a recording."""
        return tuple(dict.fromkeys(metric for metric, _, _ in self._series))

    def series(self, stat: MetricStat, start: int, end: int) -> Series:
        """See MetricSource.series."""
        count = period_count(start, end, stat.period)
        end = start + count * stat.period
        values = self._values(stat, start, end)
        if values is None and stat.stat == "Average":
            values = self._average(stat, start, end)
        if values is None:
            raise MissingRecordingError(self._refusal(stat, start))
        return Series(start, stat.period, values)

    def _values(self, stat: MetricStat, start: int, end: int) -> FloatArray | None:
        """The statistic from recordings of it, None where none of them fits."""
        recordings = self._series.get((stat.metric, stat.stat, stat.unit), [])
        fitting = [recording for recording in recordings if _fits(recording, stat, start)]
        if not fitting:
            return None
        # A recording of the very period is exact for every statistic; then the coarsest.
        finest = max(series.period for series in fitting)
        parts = [_cut(series, start, end) for series in fitting if series.period == finest]
        values = reduce(lambda a, b: np.where(np.isnan(a), b, a), parts)
        if finest == stat.period:
            return values
        groups = values.reshape(-1, stat.period // finest)
        joined: FloatArray = _JOINED[stat.stat].reduce(
            np.where(np.isnan(groups), 0.0, groups) if _adds(stat.stat) else groups, axis=1
        )
        return np.where(np.isnan(groups).all(axis=1), np.nan, joined)

    def _average(self, stat: MetricStat, start: int, end: int) -> FloatArray | None:
        total = self._values(_as(stat, "Sum"), start, end)
        count = self._values(_as(stat, "SampleCount"), start, end)
        if total is None or count is None:
            return None
        with np.errstate(all="ignore"):
            return np.asarray(total / np.where(count > 0, count, np.nan))

    def _refusal(self, stat: MetricStat, start: int) -> str:
        recorded = sorted(
            f"{name} every {series.period} s from {series.start}"
            for (metric, name, unit), all_series in self._series.items()
            if metric == stat.metric and unit == stat.unit
            for series in all_series
        )
        return (
            f"{stat.metric}: {stat.stat} every {stat.period} s beginning at {start} is not "
            f"recorded and cannot be derived; recorded: {'; '.join(recorded) or 'nothing'}"
        )


def _as(stat: MetricStat, name: str) -> MetricStat:
    return MetricStat(stat.metric, stat.period, name, stat.unit)


def _adds(name: str) -> bool:
    return _JOINED[name] is np.add


def _fits(series: Series, stat: MetricStat, start: int) -> bool:
    """Whether the periods asked for are whole periods of the recording."""
    if (start - series.start) % series.period or stat.period % series.period:
        return False
    return stat.period == series.period or stat.stat in _JOINED


def _cut(series: Series, start: int, end: int) -> FloatArray:
    """The recording's datapoints from start to end, missing where it does not reach."""
    first = (start - series.start) // series.period
    values = np.full((end - start) // series.period, np.nan)
    begin, stop = max(first, 0), min(first + len(values), len(series.values))
    if begin < stop:
        values[begin - first : stop - first] = series.values[begin:stop]
    return values
