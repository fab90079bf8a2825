"""The windows of an alarm mute rule: a schedule, how long each window lasts, from when, until when.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_Schedule.html has the
expressions: ``at(yyyy-MM-ddThh:mm)``, or cron of five fields with ``*``, ``-`` and ``,``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from tocsin.cloudwatch.errors import RefusedDefinition
from tocsin.schedules import Schedule, ScheduleError, due_times, largest_gap, parse_schedule

SHORTEST = timedelta(minutes=1)
LONGEST = timedelta(days=15)

_AT = re.compile(r"at\((\d{4}-\d\d-\d\dT\d\d:\d\d)\)")
_CRON = re.compile(r"cron\(([^()]{1,250})\)")
_PART = r"(?:\d{1,2}|[A-Z]{3})"
_FIELD = re.compile(rf"(?:\*|{_PART}(?:-{_PART})?)(?:,{_PART}(?:-{_PART})?)*")
_DURATION = re.compile(r"P(?:(\d{1,4})D)?(?:T(?:(\d{1,4})H)?(?:(\d{1,5})M)?)?")
_WEEKDAY = re.compile(r"\d+")
_WEEKDAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_DAY = timedelta(days=1)
# A 29 February that falls on one weekday comes again within forty years at the most.
_FAR = timedelta(days=366 * 40)


class MuteStatus(StrEnum):
    """Of a rule at one time, as the API spells it."""

    SCHEDULED = "SCHEDULED"
    ACTIVE = "ACTIVE"
    EXPIRED = "EXPIRED"


@dataclass(frozen=True)
class MuteWindows:
    """When a rule mutes: windows of ``length`` that begin ``at`` once, or when one of ``crons``
    is due; none of it before ``starts`` or from ``expires`` on (epoch seconds)."""

    length: timedelta
    at: float | None = None
    crons: tuple[Schedule, ...] = ()
    starts: float | None = None
    expires: float | None = None

    @property
    def recurs(self) -> bool:
        return self.at is None

    def status(self, at: float) -> MuteStatus:
        """What the rule is in at ``at``, epoch seconds."""
        if self.expires is not None and at >= self.expires:
            return MuteStatus.EXPIRED
        if self.active_until(at) is not None:
            return MuteStatus.ACTIVE
        over = self.at is not None and at >= self.at + self.length.total_seconds()
        return MuteStatus.EXPIRED if over else MuteStatus.SCHEDULED

    def active_until(self, at: float) -> float | None:
        """When the window that is open at ``at`` ends (epoch seconds, itself no part of it), as
        far as this window goes; None where none is open."""
        if self.starts is not None and at < self.starts:
            return None
        begun = self._last_begun(at)
        if begun is None:
            return None
        ends = begun + self.length.total_seconds()
        if self.expires is not None:
            ends = min(ends, self.expires)
        return ends if at < ends else None

    def next_begin(self, after: float) -> float | None:
        """When the next window opens after ``after``, epoch seconds; None where none does."""
        since = max(after, self.starts if self.starts is not None else after)
        if self.starts is not None and after < self.starts and self.active_until(self.starts):
            return self.starts
        if self.at is not None:
            found = self.at if self.at > since else None
        else:
            start = datetime.fromtimestamp(since, UTC) + timedelta(seconds=1)
            first = (next(due_times(cron, start, start + _FAR), None) for cron in self.crons)
            found = min((at.timestamp() for at in first if at is not None), default=None)
        if found is None or (self.expires is not None and found >= self.expires):
            return None
        return found

    def leave_no_time(self, now: datetime) -> bool:
        """Whether each window begins before the one before it has ended, for a year."""
        gap = largest_gap(self.crons, now)
        return gap is not None and gap <= self.length.total_seconds()

    def _last_begun(self, at: float) -> float | None:
        """The last window that has begun by ``at``, of those that could still be open."""
        if self.at is not None:
            return self.at if self.at <= at else None
        now = datetime.fromtimestamp(at, UTC)
        oldest = now - self.length
        end = now + timedelta(microseconds=1)
        while end > oldest:
            start = max(end - _DAY, oldest)
            begun = [due for cron in self.crons for due in due_times(cron, start, end)]
            if begun:
                return max(begun).timestamp()
            end = start
        return None


def mute_windows(
    schedule: Mapping[str, Any],
    *,
    start_date: datetime | str | None = None,
    expire_date: datetime | str | None = None,
) -> MuteWindows:
    """Read a rule's Schedule (Expression, Duration, Timezone) and its dates.

    A date without an offset is one of the schedule's time zone, and is cut to the minute.

    Raises:
        RefusedDefinition: what CloudWatch would refuse, or does not document that it takes.
    """
    problems: list[str] = []
    zone = _zone(schedule.get("Timezone", "UTC"), problems)
    at, crons = _begin(str(schedule.get("Expression", "")), zone, problems)
    length = _length(str(schedule.get("Duration", "")), problems)
    starts = _date("StartDate", start_date, zone, problems)
    expires = _date("ExpireDate", expire_date, zone, problems)
    if at is not None and (starts is not None or expires is not None):
        # https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/cloudwatch_alarm_mute_rule
        problems.append("StartDate, ExpireDate: not with an at(...) expression, which has its own")
    if starts is not None and expires is not None and expires <= starts:
        problems.append("ExpireDate: is not after StartDate")
    if problems:
        raise RefusedDefinition("alarm mute rule", problems)
    return MuteWindows(length, at, crons, starts, expires)


def _zone(name: Any, problems: list[str]) -> ZoneInfo:
    try:
        return ZoneInfo(str(name))
    # A key such as `/etc` is a ValueError, a folder an OSError, a missing one a KeyError.
    except (KeyError, ValueError, OSError):
        problems.append(f"Timezone: found {name!r}; accepted: such as Europe/London")
        return ZoneInfo("UTC")


def _begin(
    text: str, zone: ZoneInfo, problems: list[str]
) -> tuple[float | None, tuple[Schedule, ...]]:
    once, recurring = _AT.fullmatch(text), _CRON.fullmatch(text)
    try:
        if once:
            return datetime.fromisoformat(once[1]).replace(tzinfo=zone).timestamp(), ()
        if recurring:
            return None, _crons(recurring[1], zone)
        problems.append(
            f"Expression: found {text!r}; accepted: at(yyyy-MM-ddThh:mm) or "
            "cron(minutes hours day-of-month month day-of-week)"
        )
    except (ValueError, OverflowError) as error:
        problems.append(f"Expression: {text}: {error}")
    return None, ()


def _crons(text: str, zone: ZoneInfo) -> tuple[Schedule, ...]:
    """EventBridge's six fields for the five of cron: there, only one of the days may be given.

    Where both are, cron is due on days that either names.
    """
    fields = text.upper().split()
    if len(fields) != 5:
        raise ScheduleError(
            f"found {len(fields)} fields; accepted: minutes hours day-of-month month day-of-week"
        )
    for field in fields:
        if not _FIELD.fullmatch(field):
            raise ScheduleError(f"found {field!r}; accepted: numbers, names, * - and ,")
    minutes, hours, day, month, weekday = fields
    weekday = _WEEKDAY.sub(_weekday_name, weekday)
    days = [f"? {month} {weekday}"] if weekday != "*" else []
    if day != "*" or not days:
        days.append(f"{day} {month} ?")
    return tuple(parse_schedule(f"cron({minutes} {hours} {day} *)", zone.key) for day in days)


def _weekday_name(number: re.Match[str]) -> str:
    if number[0] not in "0123456":
        raise ScheduleError(f"day of week: found {number[0]}; accepted: 0 (Sunday) to 6")
    return _WEEKDAYS[int(number[0])]


def _length(text: str, problems: list[str]) -> timedelta:
    found = _DURATION.fullmatch(text)
    days, hours, minutes = (int(group or 0) for group in (found.groups() if found else (0, 0, 0)))
    length = timedelta(days=days, hours=hours, minutes=minutes)
    if not SHORTEST <= length <= LONGEST or text.endswith("T"):
        problems.append(f"Duration: found {text!r}; accepted: PT1M to P15D, such as P2DT12H")
    return length


def _date(
    name: str, given: datetime | str | None, zone: ZoneInfo, problems: list[str]
) -> float | None:
    if given is None:
        return None
    try:
        date = given if isinstance(given, datetime) else datetime.fromisoformat(given)
        date = date if date.tzinfo else date.replace(tzinfo=zone)
        return date.replace(second=0, microsecond=0).timestamp()
    except (TypeError, ValueError, OverflowError):
        problems.append(f"{name}: found {given!r}; accepted: such as 2026-12-31T23:59:00Z")
        return None
