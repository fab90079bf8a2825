"""AWS's dialect of cron: six fields, ``?``, ``L``, ``W``, ``#``, ranges, lists, steps, years.

Follows https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html and
https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html. Days of the week count
from Sunday, 1. A range that ends before it begins goes over the end (``FRI-MON``).
"""

import re
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import pairwise

MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")

_NTH = re.compile(r"^([A-Z]{3}|\d)#([1-5])$")
_LAST_OF_WEEK = re.compile(r"^([A-Z]{3}|\d)L$")
_NEAREST = re.compile(r"^(\d{1,2})W$")
_LONGEST = 256


class CronError(ValueError):
    """The expression is not one that EventBridge takes; the message says where."""


@dataclass(frozen=True)
class _Field:
    name: str
    low: int
    high: int
    names: tuple[str, ...] = ()

    def number(self, text: str) -> int:
        if text in self.names:
            return self.names.index(text) + self.low
        if not re.fullmatch(r"[0-9]{1,4}", text) or not self.low <= int(text) <= self.high:
            accepted = f"{self.low} to {self.high}"
            raise CronError(f"{self.name}: found {text!r}; accepted: {accepted}")
        return int(text)

    def values(self, text: str) -> frozenset[int]:
        """The values of a field without ``?``, ``L``, ``W`` or ``#``."""
        found: set[int] = set()
        for part in text.split(","):
            span, _, step_text = part.partition("/")
            if "/" in part and not re.fullmatch(r"[1-9][0-9]{0,3}", step_text):
                raise CronError(f"{self.name}: found step {step_text!r}; accepted: 1 or more")
            step = int(step_text) if step_text else 1
            if span == "*":
                low, high = self.low, self.high
            elif "-" in span:
                first, last = span.split("-", 1)
                low, high = self.number(first), self.number(last)
            else:
                low = self.number(span)
                high = self.high if step_text else low
            if high < low:
                size = self.high - self.low + 1
                found |= {
                    self.low + (n - self.low) % size for n in range(low, high + size + 1, step)
                }
            else:
                found |= set(range(low, high + 1, step))
        return frozenset(found)


_MINUTE = _Field("minutes", 0, 59)
_HOUR = _Field("hours", 0, 23)
_DAY = _Field("day of month", 1, 31)
_MONTH = _Field("month", 1, 12, MONTHS)
_WEEKDAY = _Field("day of week", 1, 7, DAYS)
_YEAR = _Field("year", 1970, 2199)


@dataclass(frozen=True)
class Cron:
    """The fields of an expression; ``day`` and ``weekday`` as written, one of them ``?``."""

    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    day: str
    months: frozenset[int]
    weekday: str
    years: frozenset[int]

    @classmethod
    def parse(cls, text: str) -> "Cron":
        """From what stands in ``cron(...)``.

        Raises CronError for what is no such expression.
        """
        fields = text.upper().split()
        if len(text) > _LONGEST or len(fields) != 6:
            raise CronError(
                f"found {len(fields)} fields; accepted: minutes hours day-of-month month "
                "day-of-week year"
            )
        minutes, hours, day, month, weekday, year = fields
        if (day == "?") == (weekday == "?"):
            raise CronError("exactly one of day of month and day of week is ?")
        made = cls(
            tuple(sorted(_MINUTE.values(minutes))),
            tuple(sorted(_HOUR.values(hours))),
            day,
            _MONTH.values(month),
            weekday,
            _YEAR.values(year),
        )
        # A month with 31 days has every day that can be written, so this finds what is wrong.
        made._days(2026, 1)
        return made

    @property
    def first_of_day(self) -> time:
        return time(self.hours[0], self.minutes[0])

    @property
    def last_of_day(self) -> time:
        return time(self.hours[-1], self.minutes[-1])

    @property
    def gap_in_day(self) -> int:
        """The longest time between two matches of one day, seconds; 0 where it has one."""
        times = [3_600 * hour + 60 * minute for hour in self.hours for minute in self.minutes]
        return max((after - before for before, after in pairwise(times)), default=0)

    def days(self, start: date, end: date) -> Iterator[date]:
        """The days from ``start`` to ``end``, both included, on which it matches."""
        year, month = start.year, start.month
        while (year, month) <= (end.year, end.month):
            if year in self.years and month in self.months:
                for number in self._days(year, month):
                    day = date(year, month, number)
                    if start <= day <= end:
                        yield day
            year, month = (year, month + 1) if month < 12 else (year + 1, 1)

    def between(self, start: datetime, end: datetime) -> Iterator[datetime]:
        """Every match from ``start`` to before ``end``, in order; times without a zone."""
        for day in self.days(start.date(), end.date()):
            for hour in self.hours:
                for minute in self.minutes:
                    at = datetime.combine(day, time(hour, minute))
                    if start <= at < end:
                        yield at

    def _days(self, year: int, month: int) -> list[int]:
        last = monthrange(year, month)[1]
        found: set[int] = set()
        if self.weekday == "?":
            for part in self.day.split(","):
                found |= _days_of_month(part, year, month, last)
        else:
            for part in self.weekday.split(","):
                found |= _days_of_week(part, year, month, last)
        return sorted(found)


def _days_of_month(part: str, year: int, month: int, last: int) -> set[int]:
    if part == "L":
        return {last}
    if part == "LW":
        return {_nearest_weekday(year, month, last, last)}
    nearest = _NEAREST.match(part)
    if nearest:
        wanted = _DAY.number(nearest[1])
        return {_nearest_weekday(year, month, wanted, last)} if wanted <= last else set()
    return {day for day in _DAY.values(part) if day <= last}


def _nearest_weekday(year: int, month: int, day: int, last: int) -> int:
    """Monday to Friday that is next to ``day``, within the month."""
    weekday = date(year, month, day).weekday()
    if weekday == 5:
        return day - 1 if day > 1 else day + 2
    if weekday == 6:
        return day + 1 if day < last else day - 2
    return day


def _days_of_week(part: str, year: int, month: int, last: int) -> set[int]:
    nth, last_one = _NTH.match(part), _LAST_OF_WEEK.match(part)
    if nth:
        same = _same_weekday(_WEEKDAY.number(nth[1]), year, month, last)
        return set(same[int(nth[2]) - 1 : int(nth[2])])
    if last_one:
        return {_same_weekday(_WEEKDAY.number(last_one[1]), year, month, last)[-1]}
    # L alone is the last day of the week.
    numbers = {7} if part == "L" else _WEEKDAY.values(part)
    return {day for number in numbers for day in _same_weekday(number, year, month, last)}


def _same_weekday(number: int, year: int, month: int, last: int) -> list[int]:
    """The days of the month on weekday ``number``, Sunday being 1."""
    first = date(year, month, 1)
    offset = ((number - 2) % 7 - first.weekday()) % 7
    return [(first + timedelta(days=n)).day for n in range(offset, last, 7)]
