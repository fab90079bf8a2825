"""Alarms on an anomaly detection band, where the band is given as series.

CloudWatch trains a model and keeps it; here the lower and the upper bound are metrics like others,
of a source that says which. Follows
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Anomaly_Detection.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from tocsin.cloudwatch.alarm import MetricAlarm
from tocsin.cloudwatch.errors import NotEvaluatedError
from tocsin.cloudwatch.metrics import FloatArray, Metric, MetricSource, MetricStat, Series

BoolArray = NDArray[np.bool_]

LOWER, UPPER = "band.lower", "band.upper"
"""Under which the bounds stand among the values of an alarm's queries; no query's id has a dot."""

_EXPRESSION = re.compile(r"\s*ANOMALY_DETECTION_BAND\(\s*(\w+)\s*(?:,\s*[\d.]+\s*)?\)\s*")
_BELOW = ("LessThanLowerThreshold", "LessThanLowerOrGreaterThanUpperThreshold")
_ABOVE = ("GreaterThanUpperThreshold", "LessThanLowerOrGreaterThanUpperThreshold")


def judges_below(alarm: MetricAlarm) -> bool:
    """Whether a value below the band breaches."""
    return alarm.comparison_operator in _BELOW


def judges_above(alarm: MetricAlarm) -> bool:
    """Whether a value above the band breaches."""
    return alarm.comparison_operator in _ABOVE


@runtime_checkable
class BandSource(Protocol):
    """A MetricSource that knows bands."""

    def bounds(self, metric: Metric) -> tuple[Metric, Metric] | None:
        """The metrics that are the lower and the upper bound of ``metric``; None without a band."""
        ...


@dataclass(frozen=True)
class Banded:
    """A source in which some metrics are the bounds of others."""

    source: MetricSource
    bands: Mapping[Metric, tuple[Metric, Metric]]

    def series(self, stat: MetricStat, start: int, end: int) -> Series:
        """See MetricSource.series."""
        return self.source.series(stat, start, end)

    def bounds(self, metric: Metric) -> tuple[Metric, Metric] | None:
        """See BandSource.bounds."""
        return self.bands.get(metric)


def banded_metric(alarm: MetricAlarm) -> MetricStat:
    """The metric whose band the alarm looks at; NotEvaluatedError for a band of anything else."""
    if alarm.band is None:
        raise ValueError(f"{alarm.name} has a threshold and no band")
    found = _EXPRESSION.fullmatch(alarm.band.expression or "")
    for query in alarm.queries:
        if found and query.id == found[1] and query.return_data and query.stat is not None:
            return query.stat
    problem = f"{alarm.band.id}: {alarm.band.expression!r}; the band of the alarm's one metric is"
    raise NotEvaluatedError(f"alarm {alarm.name!r}", [f"{problem} evaluated here"])


def band_values(
    alarm: MetricAlarm, source: MetricSource, values_of: Callable[[MetricStat], FloatArray]
) -> dict[str, FloatArray]:
    """The bounds by ``LOWER`` and ``UPPER``; empty for an alarm with a threshold.

    ``values_of`` gives the datapoints of a metric over the periods that are looked at.
    Raises NotEvaluatedError where the source has no band for the alarm's metric.
    """
    if alarm.band is None:
        return {}
    stat = banded_metric(alarm)
    bounds = source.bounds(stat.metric) if isinstance(source, BandSource) else None
    if bounds is None:
        problem = f"{alarm.band.id}: no band of {stat.metric} is given, and none is trained here"
        raise NotEvaluatedError(f"alarm {alarm.name!r}", [problem])
    lower, upper = (values_of(MetricStat(metric, stat.period, "Average")) for metric in bounds)
    return {LOWER: lower, UPPER: upper}


def outside(
    alarm: MetricAlarm, values: FloatArray, lower: FloatArray, upper: FloatArray
) -> tuple[FloatArray, BoolArray]:
    """``values`` with those missing that have no band, and which of them breach."""
    known: FloatArray = np.where(np.isnan(lower) | np.isnan(upper), np.nan, values)
    breaching = np.zeros(known.shape, dtype=bool)
    if judges_below(alarm):
        breaching |= known < lower
    if judges_above(alarm):
        breaching |= known > upper
    return known, breaching
