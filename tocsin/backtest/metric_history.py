"""What happened: the series of a stretch of time that alarms are replayed over."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property

from tocsin.cloudwatch import MetricStat, RecordedMetrics, Series

DAY_S = 86_400
WEEK_S = 7 * DAY_S


@dataclass(frozen=True)
class MetricHistory:
    """Series by statistic, within the time from ``start`` to ``end`` (epoch seconds)."""

    start: int
    end: int
    series: Mapping[MetricStat, Series]

    @cached_property
    def source(self) -> RecordedMetrics:
        """The series as the engine reads them."""
        recorded = RecordedMetrics()
        for stat, series in self.series.items():
            recorded.add(stat, series)
        return recorded

    @property
    def weeks(self) -> float:
        return (self.end - self.start) / WEEK_S


def iso(time: float) -> str:
    """Epoch seconds as ISO 8601, UTC."""
    return f"{datetime.fromtimestamp(time, UTC):%Y-%m-%dT%H:%M:%SZ}"
