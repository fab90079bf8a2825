"""How time passes on AWS: on the wall, and as late as AWS's metrics, logs and policies may be."""

import datetime as dt

import pytest

from tocsin.drill import drill_clock
from tocsin.drill.drill_clock import WallClock

_MINUTE = 60


class Sleeper:
    """In place of ``time``."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


def test_a_minute_on_the_wall_takes_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    sleeper = Sleeper()
    monkeypatch.setattr(drill_clock, "time", sleeper)
    WallClock().let_pass(_MINUTE)
    assert sleeper.slept == [_MINUTE]


def test_it_says_what_time_it_is() -> None:
    before = dt.datetime.now(dt.UTC)
    assert before <= WallClock().now() <= dt.datetime.now(dt.UTC)


def test_it_allows_for_what_is_late_on_aws_and_looks_more_often_than_alarms_are_evaluated() -> None:
    clock = WallClock()
    assert clock.slack_s >= 3 * _MINUTE
    assert clock.log_slack_s >= 10 * _MINUTE
    assert clock.policy_slack_s >= _MINUTE
    assert 0 < clock.tick_s <= clock.stride_s <= _MINUTE
