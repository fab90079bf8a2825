"""A schedule expression with its time zone, and when it is due.

EventBridge Scheduler skips a local time that a clock change leaves out, and takes one that comes
twice once. https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

from tocsin.schedules.cron import Cron, CronError

_RATE = re.compile(r"^rate\(\s*([1-9][0-9]{0,7})\s+(minute|hour|day)s?\s*\)\Z")
_CRON = re.compile(r"^cron\(([^()]{1,256})\)\Z")
_AT = re.compile(r"^at\([0-9T:.-]{1,40}\)\Z")
_UNITS = {"minute": 60, "hour": 3_600, "day": 86_400}
# Of several expressions together; a year of every minute is half a million.
_MOST_TIMES = 20_000


class ScheduleError(ValueError):
    """Not a schedule expression that EventBridge takes."""


@dataclass(frozen=True)
class Schedule:
    """``every`` in seconds for ``rate(...)``, ``cron`` for ``cron(...)``; none for ``at(...)``.

    A rate begins when its rule is made, which nobody knows before; ``zone`` is that of the cron.
    """

    text: str
    every: int | None = None
    cron: Cron | None = None
    zone: str = "UTC"

    @property
    def recurs(self) -> bool:
        return self.every is not None or self.cron is not None


def parse_schedule(text: str, zone: str = "UTC") -> Schedule:
    """Read ``rate(...)``, ``cron(...)`` or ``at(...)``.

    Raises ScheduleError for anything else, and for a zone that is not known here.
    """
    rate, cron = _RATE.match(text), _CRON.match(text)
    if rate:
        return Schedule(text, every=int(rate[1]) * _UNITS[rate[2]])
    if cron:
        try:
            ZoneInfo(zone)
        # A key such as `/etc` is a ValueError, a folder an OSError, a missing one a KeyError.
        except (KeyError, ValueError, OSError) as error:
            raise ScheduleError(
                f"{text}: found time zone {zone!r}; accepted: such as UTC"
            ) from error
        try:
            return Schedule(text, cron=Cron.parse(cron[1]), zone=zone)
        except CronError as error:
            raise ScheduleError(f"{text}: {error}") from error
    if _AT.match(text):
        return Schedule(text)
    raise ScheduleError(f"found {text!r}; accepted: rate(...), cron(...) or at(...)")


def due_times(schedule: Schedule, start: datetime, end: datetime) -> Iterator[datetime]:
    """When it is due from ``start`` to before ``end``, both with a zone, in order, in UTC.

    A rate is taken to begin at ``start``; ``at(...)`` is never due again.
    """
    if schedule.every is not None:
        at = start.astimezone(UTC)
        while at < end:
            yield at
            at += timedelta(seconds=schedule.every)
    elif schedule.cron is not None:
        zone, day = ZoneInfo(schedule.zone), timedelta(days=1)
        from_local = (start.astimezone(zone) - day).replace(tzinfo=None)
        to_local = (end.astimezone(zone) + day).replace(tzinfo=None)
        before: datetime | None = None
        for local in schedule.cron.between(from_local, to_local):
            at = local.replace(tzinfo=zone).astimezone(UTC)
            skipped = at.astimezone(zone).replace(tzinfo=None) != local
            # After the clock went back, local order and UTC order agree for the first of two.
            if skipped or not start <= at < end or at == before:
                continue
            before = at
            yield at


def largest_gap(schedules: Iterable[Schedule], start: datetime, years: int = 1) -> int | None:
    """The longest time without a due one, seconds, over ``years`` from ``start``.

    Of several schedules together, at most; exactly, where none is due so often that a year of it
    is long to count. None where none is due twice in that time.
    """
    schedules = tuple(schedules)
    gaps = [schedule.every for schedule in schedules if schedule.every is not None]
    crons = [schedule for schedule in schedules if schedule.cron is not None]
    end = start + timedelta(days=366 * years)
    for schedule in crons:
        gaps += filter(None, [_gap_of(schedule, start, end)])
    if len(crons) > 1:
        counted = (islice(due_times(cron, start, end), _MOST_TIMES + 1) for cron in crons)
        times = sorted({at for found in counted for at in found})
        if 1 < len(times) <= _MOST_TIMES:
            gaps.append(max(_seconds(pair) for pair in pairwise(times)))
    # Whatever else is due meanwhile leaves no longer gap than one of them alone.
    return min(gaps, default=None)


def usual_gap(schedules: Iterable[Schedule], start: datetime) -> int | None:
    """The most common time between two due ones, seconds; the shortest of several such."""
    end = start + timedelta(days=366)
    counted = [list(islice(due_times(schedule, start, end), 400)) for schedule in schedules]
    if not counted or not any(counted):
        return None
    # Beyond the last one of the most frequent, only part of the times is known.
    known_until = min(times[-1] for times in counted if times)
    times = sorted({at for found in counted for at in found if at <= known_until})
    gaps = Counter(map(_seconds, pairwise(times)))
    return min(gaps, key=lambda gap: (-gaps[gap], gap), default=None)


def _gap_of(schedule: Schedule, start: datetime, end: datetime) -> int | None:
    """The longest gap of one cron: day by day, since the times of a day are always the same."""
    zone, cron = ZoneInfo(schedule.zone), schedule.cron
    assert cron is not None  # noqa: S101 - asked of crons only
    first, last = cron.first_of_day, cron.last_of_day
    gaps: list[int] = []
    before: datetime | None = None
    for day in cron.days(start.date(), end.date()):
        begin = datetime.combine(day, first, zone).astimezone(UTC)
        ends = datetime.combine(day, last, zone).astimezone(UTC)
        changes = _clock_changes(day, zone)
        if changes:
            times = list(due_times(schedule, *_whole(day, zone)))
        else:
            times = [begin, ends]
            gaps.append(cron.gap_in_day)
        if not times:
            continue
        if before is not None:
            gaps.append(_seconds((before, times[0])))
        if changes:
            gaps += map(_seconds, pairwise(times))
        before = times[-1]
    return max(gaps, default=0) or None


def _clock_changes(day: date, zone: ZoneInfo) -> bool:
    """Whether the clock changes on ``day``."""
    begin, end = _whole(day, zone)
    return begin.utcoffset() != end.utcoffset()


def _whole(day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    midnight = datetime.combine(day, time(), zone)
    return midnight, datetime.combine(day + timedelta(days=1), time(), zone)


def _seconds(pair: tuple[datetime, datetime]) -> int:
    return int((pair[1] - pair[0]).total_seconds())
