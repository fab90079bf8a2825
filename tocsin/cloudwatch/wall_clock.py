"""The periods that an alarm looks at: sliding with the evaluation, or aligned to a wall clock.

Follows https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation-window.html
The time zones are those of Python's own database; nothing else here is read from the machine.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np

from tocsin.cloudwatch.alarm import DAY, MetricAlarm
from tocsin.cloudwatch.metrics import FloatArray, MetricSource, MetricStat

PERIODS = (60, 300, 3600, DAY, 7 * DAY)
"""The periods, in seconds, that a wall clock window may have."""

_OFFSET = re.compile(r"(?:UTC|GMT)?([+-])(\d\d):(\d\d)")


@lru_cache(maxsize=64)
def time_zone(text: str) -> tzinfo:
    """The zone of a wall clock window; ValueError for one that CloudWatch would refuse."""
    if text in ("", "Z", "UTC", "GMT"):
        return UTC
    if match := _OFFSET.fullmatch(text):
        sign, hours, minutes = match.groups()
        offset = timedelta(hours=int(hours), minutes=int(minutes))
        if offset > timedelta(hours=18) or int(minutes) > 59 or int(minutes) % 5:
            raise ValueError(f"{text!r} is no offset of a multiple of 5 minutes")
        return timezone(offset if sign == "+" else -offset)
    try:
        return ZoneInfo(text)
    except (KeyError, ValueError, OSError):
        raise ValueError(f"{text!r} is no time zone; as Europe/Berlin or +05:30") from None


@dataclass(frozen=True)
class Range:
    """Consecutive periods: one begins and the one before it ends at each of ``edges`` (epoch
    seconds, ascending). A day or a week by the wall clock may be an hour longer or shorter."""

    edges: tuple[int, ...]

    @property
    def times(self) -> tuple[int, ...]:
        """The start of each period."""
        return self.edges[:-1]

    def values(self, source: MetricSource, stat: MetricStat) -> FloatArray:
        """One datapoint of ``stat`` for each period."""
        if all(end - begin == stat.period for begin, end in pairwise(self.edges)):
            return source.series(stat, self.edges[0], self.edges[-1]).values
        parts = [
            source.series(replace(stat, period=end - begin), begin, end).values
            for begin, end in pairwise(self.edges)
        ]
        return np.concatenate(parts)


def evaluation_range_at(alarm: MetricAlarm, at: float) -> Range:
    """The periods that are fetched for an evaluation at ``at`` (epoch seconds)."""
    period, count = alarm.period, alarm.evaluation_range
    end = int(at // alarm.evaluation_interval) * alarm.evaluation_interval
    if alarm.wall_clock is not None:
        zone = time_zone(alarm.wall_clock)
        if period >= DAY:
            return Range(_midnights(zone, period // DAY, end, count))
        offset = datetime.fromtimestamp(end, zone).utcoffset() or timedelta()
        seconds = int(offset.total_seconds())
        end = (end + seconds) // period * period - seconds
    return Range(tuple(range(end - count * period, end + 1, period)))


def _midnights(zone: tzinfo, days: int, at: int, count: int) -> tuple[int, ...]:
    """The last ``count + 1`` midnights not after ``at`` at which a day or, for 7 days, a week
    (from Monday on) begins."""
    last = datetime.fromtimestamp(at, zone).date()
    if days == 7:
        last -= timedelta(days=last.weekday())
    return tuple(
        _midnight(last - timedelta(days=days * back), zone) for back in range(count, -1, -1)
    )


def _midnight(day: date, zone: tzinfo) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=zone).timestamp())
