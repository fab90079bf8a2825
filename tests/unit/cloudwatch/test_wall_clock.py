"""Alarms whose periods are aligned to a wall clock."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.conftest import seldom
from tocsin.cloudwatch import (
    Metric,
    MetricStore,
    State,
    alarm_from_api,
    alarm_to_api,
    evaluate,
    replay,
)
from tocsin.cloudwatch.wall_clock import evaluation_range_at

BACKUPS = Metric.of("App", "Backups")


def alarm(period, zone=None, **more):
    clock = {} if zone is None else {"Timezone": zone}
    return alarm_from_api(
        {
            "AlarmName": "backups",
            "Namespace": "App",
            "MetricName": "Backups",
            "Statistic": "Sum",
            "Period": period,
            "EvaluationPeriods": 1,
            "Threshold": 1,
            "ComparisonOperator": "LessThanThreshold",
            "TreatMissingData": "breaching",
            "EvaluationWindow": {"WallClockWindow": clock},
            **more,
        }
    )


def moment(text, zone="UTC"):
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp()


@pytest.mark.parametrize(
    ("period", "zone", "at", "begins", "ends"),
    [
        (3600, None, "2026-03-10T14:07", "2026-03-10T13:00", "2026-03-10T14:00"),
        (3600, "Asia/Kolkata", "2026-03-10T14:07", "2026-03-10T12:30", "2026-03-10T13:30"),
        (3600, "UTC+05:30", "2026-03-10T14:07", "2026-03-10T12:30", "2026-03-10T13:30"),
        (300, "-08:00", "2026-03-10T14:07", "2026-03-10T14:00", "2026-03-10T14:05"),
        (86400, None, "2026-03-10T14:07", "2026-03-09T00:00", "2026-03-10T00:00"),
        # clocks go forward in New York on 8 March 2026: that day has 23 hours
        (86400, "America/New_York", "2026-03-09T14:07", "2026-03-08T05:00", "2026-03-09T04:00"),
        (604800, None, "2026-03-11T14:07", "2026-03-02T00:00", "2026-03-09T00:00"),
    ],
)
def test_the_newest_period(period, zone, at, begins, ends):
    """Most by the examples of the guide."""
    *_, start, end = evaluation_range_at(alarm(period, zone), moment(at)).edges
    assert (start, end) == (moment(begins), moment(ends))


def test_a_daily_backup_that_comes_later_than_yesterdays_is_no_alarm():
    """The guide's own reason for it: a sliding day misses the one, a calendar day does not."""
    store = MetricStore()
    for day, hour in ((9, 1), (10, 3), (11, 5)):
        store.put(BACKUPS, moment(f"2026-03-{day:02}T{hour:02}:00"), 1)
    clock = alarm(86400)
    sliding = alarm(86400, EvaluationWindow={"SlidingWindow": {}})
    begin, end = moment("2026-03-10T00:00"), moment("2026-03-11T23:00")
    assert set(replay(clock, store, begin, end, State.OK).states) == {State.OK}
    # Sliding, the days before fill the gap, as the evaluation range reaches two days further back.
    assert sliding.wall_clock is None
    assert alarm_to_api(clock)["EvaluationWindow"] == {"WallClockWindow": {"Timezone": "UTC"}}


@pytest.mark.parametrize("late", [0, 1])
@pytest.mark.parametrize("mode", ["missing", "ignore", "breaching", "notBreaching"])
@pytest.mark.parametrize("zone", seldom(["America/New_York", "UTC", "+05:30"], 3))
@pytest.mark.parametrize("period", [60, 3600, 86400])
def test_replay_agrees_with_evaluate(period, zone, mode, late):
    store = MetricStore()
    begin = moment("2026-03-07T00:00")
    for hour in range(0, 96, 5):
        store.put(BACKUPS, begin + 3600 * hour, hour % 3)
    watched = alarm(period, zone, TreatMissingData=mode)
    step = max(period // 4, 60)
    state, expected = State.OK, []
    instants = [begin + 86400 + step * index for index in range(14)]
    for at in instants:
        seen = MetricStore()
        edge = evaluation_range_at(watched, at).edges[-1 - late]
        for hour in range(0, 96, 5):
            if not late or begin + 3600 * hour < edge:
                seen.put(BACKUPS, begin + 3600 * hour, hour % 3)
        state = evaluate(watched, seen, at, state).state
        expected.append(state)
    replayed = replay(
        watched, store, instants[0], instants[-1], State.OK, step=step, late_periods=late
    )
    assert replayed.states == expected


def test_every_evaluation_within_a_period_looks_at_the_same():
    watched = alarm(3600, "Europe/Berlin")
    at = moment("2026-03-10T14:00")
    ranges = {evaluation_range_at(watched, at + 60 * minute).edges for minute in range(60)}
    assert len(ranges) == 1
    assert evaluation_range_at(watched, at + 3600).edges not in ranges
    assert timedelta(seconds=3600).total_seconds() == watched.period
