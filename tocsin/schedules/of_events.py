"""What the ``events`` of a function say of when it is called."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from tocsin.json_values import as_list
from tocsin.schedules.expression import (
    Schedule,
    ScheduleError,
    largest_gap,
    parse_schedule,
    usual_gap,
)

# Gaps are those of a year with a leap day and both changes of the clock; a fixed one, so that the
# same monitoring.yml gives the same alarms on every day.
YEAR_FROM = datetime(2027, 3, 1, tzinfo=UTC)


@dataclass(frozen=True)
class OnSchedule:
    """The schedules that call a function, and how long it is from call to call, in seconds.

    ``gap`` is the longest time, ``usual`` the most common. ``only``: nothing but schedules calls
    it, and each of them could be read.
    """

    schedules: tuple[Schedule, ...]
    gap: int
    usual: int
    only: bool


def schedule_of(events: Iterable[Mapping[str, Any]]) -> OnSchedule | None:
    """None where no enabled schedule among ``events`` recurs."""
    found: list[Schedule] = []
    only = True
    for event in events:
        read, whole = _of_event(event)
        found += read
        only = only and whole
    recurring = tuple(schedule for schedule in found if schedule.recurs)
    gap = _gap(recurring)
    return None if gap is None else OnSchedule(recurring, gap, _usual(recurring) or gap, only)


def _of_event(event: Mapping[str, Any]) -> tuple[list[Schedule], bool]:
    """The schedules of one event, and whether they are all that it says."""
    if set(event) != {"schedule"}:
        return [], False
    written = event["schedule"]
    if isinstance(written, str):
        written = {"rate": [written]}
    if not isinstance(written, Mapping):
        return [], False
    if written.get("enabled") is False:
        return [], True
    rates = as_list(written.get("rate"))
    zone = written.get("timezone")
    schedules: list[Schedule] = []
    whole = True
    for rate in rates:
        try:
            # What is no text refers to something, and only the deployed stack knows it.
            schedules.append(parse_schedule(rate, zone if isinstance(zone, str) else "UTC"))
        except (ScheduleError, TypeError):
            whole = False
    return schedules, whole


@lru_cache(maxsize=1024)
def _gap(schedules: tuple[Schedule, ...]) -> int | None:
    return largest_gap(schedules, YEAR_FROM)


@lru_cache(maxsize=1024)
def _usual(schedules: tuple[Schedule, ...]) -> int | None:
    return usual_gap(schedules, YEAR_FROM)
