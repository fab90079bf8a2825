"""When a mute rule mutes: its schedule's windows, in its time zone, between its dates."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import examples
from tocsin.cloudwatch import MuteStatus, RefusedDefinition, mute_windows


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def of(expression: str, duration: str = "PT1H", zone: str = "UTC", **dates: str):
    schedule = {"Expression": expression, "Duration": duration, "Timezone": zone}
    return mute_windows(schedule, **dates)


# The examples of https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_Schedule.html,
# with the times at which a window opens and closes; 27 November 2026 is a Friday.
@pytest.mark.parametrize(
    ("expression", "duration", "opens", "closes"),
    [
        ("cron(0 2 * * *)", "PT4H", "2026-11-27T02:00", "2026-11-27T06:00"),
        ("cron(0 2 * * SUN)", "PT4H", "2026-11-29T02:00", "2026-11-29T06:00"),
        ("cron(0 2 * * 0)", "PT4H", "2026-11-29T02:00", "2026-11-29T06:00"),
        ("cron(0 1 1 * *)", "PT6H", "2026-12-01T01:00", "2026-12-01T07:00"),
        ("cron(0 18 * * FRI)", "P2DT12H", "2026-11-27T18:00", "2026-11-30T06:00"),
        ("cron(0 23 * * *)", "PT2H", "2026-11-26T23:00", "2026-11-27T01:00"),
        ("cron(0,30 9-10 * NOV-DEC mon-fri)", "PT5M", "2026-11-27T10:30", "2026-11-27T10:35"),
        ("at(2026-12-23T00:00)", "P7D", "2026-12-23T00:00", "2026-12-30T00:00"),
    ],
)
def test_a_window_opens_when_its_schedule_is_due_and_lasts_its_duration(
    expression: str, duration: str, opens: str, closes: str
) -> None:
    windows, second = of(expression, duration), 1.0
    assert windows.status(at(opens) - second) is MuteStatus.SCHEDULED
    assert windows.next_begin(at(opens) - second) == at(opens)
    assert windows.status(at(opens)) is MuteStatus.ACTIVE
    assert windows.active_until(at(closes) - second) == at(closes)
    assert windows.active_until(at(closes)) is None
    assert windows.status(at(closes)) is (
        MuteStatus.SCHEDULED if windows.recurs else MuteStatus.EXPIRED
    )


@pytest.mark.parametrize(
    ("zone", "opens"),
    [("UTC", "2026-07-01T18:00"), ("Europe/Berlin", "2026-07-01T16:00")],
)
def test_the_time_zone_is_that_of_the_schedule(zone: str, opens: str) -> None:
    for expression in ("cron(0 18 1 7 *)", "at(2026-07-01T18:00)"):
        assert of(expression, zone=zone).next_begin(at("2026-06-30T00:00")) == at(opens)


def test_a_day_of_the_month_and_one_of_the_week_are_days_of_either() -> None:
    windows, begins, after = of("cron(0 0 13 * FRI)"), [], at("2026-11-10T00:00")
    for _ in range(4):
        after = windows.next_begin(after)
        begins.append(datetime.fromtimestamp(after, UTC).day)
    assert begins == [13, 20, 27, 4]


def test_a_rule_mutes_between_its_dates_alone() -> None:
    windows = of(
        "cron(0 2 * * *)",
        "PT4H",
        start_date="2026-11-27T03:00:30Z",
        expire_date="2026-11-28T04:00:00Z",
    )
    assert windows.status(at("2026-11-27T02:30")) is MuteStatus.SCHEDULED
    assert windows.next_begin(at("2026-11-27T02:30")) == at("2026-11-27T03:00")
    assert windows.active_until(at("2026-11-27T03:00")) == at("2026-11-27T06:00")
    assert windows.active_until(at("2026-11-28T03:59")) == at("2026-11-28T04:00")
    assert windows.status(at("2026-11-28T04:00")) is MuteStatus.EXPIRED
    assert windows.next_begin(at("2026-11-28T04:00")) is None


def test_a_date_without_an_offset_is_one_of_the_schedule_s_time_zone() -> None:
    windows = of("cron(0 2 * * *)", zone="Asia/Tokyo", expire_date="2026-11-27T12:00:00")
    assert windows.expires == at("2026-11-27T03:00")


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"expression": "cron(0 2 * * ? *)"}, "found 6 fields"),
        ({"expression": "cron(0 2 ? * MON)"}, "found '?'"),
        ({"expression": "cron(*/5 * * * *)"}, r"found '\*/5'"),
        ({"expression": "cron(0 2 L * *)"}, "found 'L'"),
        ({"expression": "cron(60 2 * * *)"}, "minutes: found '60'"),
        ({"expression": "cron(0 2 * * 7)"}, "day of week: found 7"),
        ({"expression": "rate(5 minutes)"}, "Expression: found"),
        ({"expression": "at(2026-13-01T00:00)"}, "Expression: at"),
        ({"duration": "PT0M"}, "Duration: found 'PT0M'"),
        ({"duration": "P15DT1M"}, "Duration"),
        ({"duration": "P1DT"}, "Duration"),
        ({"duration": "1 hour"}, "Duration"),
        ({"zone": "Mars/Olympus"}, "Timezone: found 'Mars/Olympus'"),
        ({"zone": "/etc/passwd"}, "Timezone"),
        ({"expire_date": "soon"}, "ExpireDate: found 'soon'"),
        (
            {"start_date": "2026-12-01T00:00:00Z", "expire_date": "2026-12-01T00:00:30Z"},
            "is not after",
        ),
        (
            {"expression": "at(2026-12-01T00:00)", "expire_date": "2026-12-02T00:00:00Z"},
            "not with an at",
        ),
    ],
)
def test_what_cloudwatch_does_not_take_is_named(changed: dict[str, str], told: str) -> None:
    given = {"expression": "cron(0 2 * * *)", **changed}
    with pytest.raises(RefusedDefinition, match=told):
        of(**given)


fields = st.sampled_from(["*", "0", "5,10", "1-3", "7-2", "MON", "JAN-MAR", "31", "99", "x", "SUN"])
moments = st.integers(at("2026-01-01T00:00") // 60, at("2027-01-01T00:00") // 60)


@settings(max_examples=examples(40))
@given(st.lists(fields, min_size=5, max_size=5), st.integers(1, 15 * 24 * 60), moments)
def test_the_next_window_is_the_first_minute_that_is_open_again(
    given_fields: list[str], minutes: int, minute: int
) -> None:
    try:
        windows = of(f"cron({' '.join(given_fields)})", f"PT{minutes}M", "Europe/London")
    except RefusedDefinition:
        return
    now, length = minute * 60.0, timedelta(minutes=minutes).total_seconds()
    until, begin = windows.active_until(now), windows.next_begin(now)
    assert until is None or now < until <= now + length
    if begin is not None:
        assert begin > now
        assert windows.status(begin) is MuteStatus.ACTIVE
        assert windows.active_until(begin) == begin + length
        if until is None:
            assert windows.active_until(begin - 60) is None
