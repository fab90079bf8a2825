"""Schedules with their time zone: what is due when the clock changes, and the longest gap."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from tocsin.schedules import (
    ScheduleError,
    due_times,
    largest_gap,
    parse_schedule,
    schedule_of,
)
from tocsin.schedules.expression import usual_gap
from tocsin.schedules.of_events import YEAR_FROM

MINUTE, HOUR, DAY = 60, 3_600, 86_400


def gap(*texts: str, zone: str = "UTC") -> int | None:
    return largest_gap([parse_schedule(text, zone) for text in texts], YEAR_FROM)


@pytest.mark.parametrize(
    ("text", "zone", "seconds"),
    [
        ("rate(1 minute)", "UTC", MINUTE),
        ("rate(5 minutes)", "UTC", 5 * MINUTE),
        ("rate(2 days)", "UTC", 2 * DAY),
        ("cron(* * * * ? *)", "UTC", MINUTE),
        ("cron(0/15 * * * ? *)", "UTC", 15 * MINUTE),
        ("cron(0/25 * * * ? *)", "UTC", 25 * MINUTE),
        ("cron(0 8 * * ? *)", "UTC", DAY),
        # In autumn a local day has 25 hours.
        ("cron(0 8 * * ? *)", "Europe/Berlin", DAY + HOUR),
        ("cron(0 8 ? * MON-FRI *)", "UTC", 3 * DAY),
        ("cron(0 8 ? * MON-FRI *)", "America/New_York", 3 * DAY + HOUR),
        ("cron(0 8-18 ? * MON-FRI *)", "UTC", 2 * DAY + 14 * HOUR),
        ("cron(0 8 ? * SUN *)", "UTC", 7 * DAY),
        ("cron(0 8 1 * ? *)", "UTC", 31 * DAY),
        # 02:30 is left out in spring, once.
        ("cron(30 2 * * ? *)", "Europe/Berlin", 2 * DAY - HOUR),
        # The hour that comes twice in autumn is taken once.
        ("cron(0/5 * * * ? *)", "Europe/Berlin", HOUR + 5 * MINUTE),
        ("cron(0/5 8-17 ? * MON-FRI *)", "Europe/Berlin", 2 * DAY + 14 * HOUR + 65 * MINUTE),
        ("cron(0 8 1 1 ? 2027)", "UTC", None),
        ("at(2027-05-01T10:00:00)", "UTC", None),
    ],
)
def test_the_longest_gap(text: str, zone: str, seconds: int | None) -> None:
    assert gap(text, zone=zone) == seconds


@pytest.mark.parametrize(
    ("texts", "seconds"),
    [
        (["rate(5 minutes)"], 5 * MINUTE),
        (["cron(0 8 ? * MON-FRI *)"], DAY),
        (["cron(0/10 8-17 ? * MON-FRI *)"], 10 * MINUTE),
        (["cron(0 8 1 * ? *)"], 31 * DAY),
        (["cron(0 8 * * ? *)", "cron(0 20 * * ? *)"], 12 * HOUR),
        (["cron(0 8 1 1 ? 2027)"], None),
    ],
)
def test_the_usual_gap(texts: list[str], seconds: int | None) -> None:
    assert usual_gap(map(parse_schedule, texts), YEAR_FROM) == seconds


def test_several_schedules_fill_each_others_gaps() -> None:
    assert gap("cron(0 8 ? * MON-FRI *)", "cron(0 8 ? * SAT-SUN *)") == DAY
    assert gap("cron(0 8 ? * MON-FRI *)", "rate(1 hour)") == HOUR
    assert gap("rate(2 hours)", "cron(0/10 * * * ? *)") == 10 * MINUTE


@pytest.mark.parametrize(
    ("zone", "day", "due"),
    [
        # Spring: no 02:30. Autumn: 02:30 comes twice and is due once.
        ("Europe/Berlin", (2027, 3, 28), []),
        ("Europe/Berlin", (2027, 10, 31), ["00:30"]),
        ("America/New_York", (2027, 3, 14), []),
        ("America/New_York", (2027, 11, 7), ["07:30"]),
        ("Asia/Kolkata", (2027, 3, 28), ["21:00"]),
        ("Australia/Lord_Howe", (2027, 10, 3), []),
    ],
)
def test_clock_changes(zone: str, day: tuple[int, int, int], due: list[str]) -> None:
    start = datetime(*day, tzinfo=ZoneInfo(zone))
    end = start.replace(hour=23, minute=59)
    schedule = parse_schedule(
        "cron(30 2 * * ? *)" if "Howe" not in zone else "cron(15 2 * * ? *)", zone
    )
    assert [f"{at:%H:%M}" for at in due_times(schedule, start, end)] == due


def test_a_rate_counts_from_its_beginning() -> None:
    start = datetime(2027, 1, 1, 0, 7, tzinfo=UTC)
    found = list(due_times(parse_schedule("rate(30 minutes)"), start, start.replace(hour=1)))
    assert [f"{at:%H:%M}" for at in found] == ["00:07", "00:37"]


@pytest.mark.parametrize(
    "text", ["", "rate(0 minutes)", "rate(5)", "rate(5 weeks)", "cron()", "every day",
             "cron(0 8 * * *)", "cron(0 8 * * ? *) ", "rate(1 minute)\n", "at(tomorrow)"],
)  # fmt: skip
def test_what_is_no_schedule_is_refused(text: str) -> None:
    with pytest.raises(ScheduleError):
        parse_schedule(text)


@pytest.mark.parametrize("zone", ["Mars/Olympus", "/etc/passwd", "..", "", "Europe"])
def test_a_zone_that_is_none_is_refused(zone: str) -> None:
    with pytest.raises(ScheduleError):
        parse_schedule("cron(0 8 * * ? *)", zone)


SCHEDULER = {"method": "scheduler", "timezone": "Europe/Berlin"}


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([], None),
        ([{"httpApi": "*"}], None),
        ([{"schedule": "rate(5 minutes)"}], (5 * MINUTE, True)),
        ([{"schedule": {"rate": ["rate(1 hour)", "rate(10 minutes)"]}}], (10 * MINUTE, True)),
        ([{"schedule": {"rate": ["cron(0 8 * * ? *)"], **SCHEDULER}}], (25 * HOUR, True)),
        ([{"schedule": {"rate": ["rate(1 hour)"], "enabled": False}}], None),
        ([{"schedule": "rate(1 hour)"}, {"httpApi": "*"}], (HOUR, False)),
        # Another one that refers to a parameter: it may call at any time.
        ([{"schedule": {"rate": ["rate(1 hour)", {"Ref": "Rate"}]}}], (HOUR, False)),
        ([{"schedule": {"rate": ["at(2027-01-01T00:00:00)"], "method": "scheduler"}}], None),
        ([{"schedule": None}], None),
    ],
)
def test_what_events_say(events, expected) -> None:
    found = schedule_of(events)
    assert (found and (found.gap, found.only)) == expected
