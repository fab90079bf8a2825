"""After its failures a drill makes good calls until no alarm would tell of them, now or later."""

import datetime as dt
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.conftest import PROJECTS
from tocsin import config
from tocsin.drill import calm
from tocsin.drill.calm import calls_of, calm_down
from tocsin.drill.context import Subject

NOW = dt.datetime(2026, 11, 28, 10, 0, 30, tzinfo=dt.UTC)
STAGE = config.load(PROJECTS / "cadences", "dev")


def subject(key: str = "quick", **alarms: Any) -> Subject:
    (function,) = (function for function in STAGE.watched if function.key == key)
    return Subject(function, function.alarm_definitions(STAGE.suffix, STAGE.name))


class Bench:
    """``loud``: what is in ALARM at each look, the last of it ever after; the calls of minutes ago.

    ``failing`` of ``made`` calls in each of ``minutes`` (ago). A good call is one more of them.
    """

    slack_s = 0
    tick_s = stride_s = 60

    def __init__(self, *loud: set[str], minutes: tuple[int, ...] = (), made=4, failing=4) -> None:
        self._loud = [*loud] or [set()]
        self._errors: list[Exception] = []
        self.now_is = NOW
        self.asked: list[dict[str, Any]] = []
        self.good = 0
        self.account = SimpleNamespace(client=lambda service: self)
        self.clock = SimpleNamespace(
            now=lambda: self.now_is, slack_s=self.slack_s, stride_s=self.stride_s
        )
        self.calls = {self.minute(ago): made for ago in minutes}
        self.failures = {self.minute(ago): failing for ago in minutes}

    def minute(self, ago: int = 0) -> dt.datetime:
        return self.now_is.replace(second=0) - dt.timedelta(minutes=ago)

    def fail_with(self, *errors: Exception) -> "Bench":
        self._errors = [*errors]
        return self

    def states(self, names: Any) -> dict[str, Any]:
        return {name: {"Period": 300, "EvaluationPeriods": 3} for name in names}

    def seen_in(self, state: str, names: set[str]) -> set[str]:
        assert state == "ALARM"
        return names & (self._loud.pop(0) if len(self._loud) > 1 else self._loud[0])

    def let_pass(self, seconds: int) -> None:
        self.now_is += dt.timedelta(seconds=seconds)

    def get_paginator(self, operation: str) -> "Bench":
        assert operation == "get_metric_data"
        return self

    def paginate(self, **request: Any) -> list[dict[str, Any]]:
        self.asked.append(request)
        if self._errors:
            raise self._errors.pop(0)
        counted = {"invocations": self.calls, "errors": self.failures}
        ids = [query["Id"] for query in request["MetricDataQueries"]]
        # A page for each, as where there are many datapoints.
        return [
            {"MetricDataResults": [{"Id": id_, "Timestamps": [*of], "Values": [*of.values()]}]}
            for id_ in ids
            if (of := counted.get(id_)) is not None
        ]

    @property
    def passed_s(self) -> float:
        return (self.now_is - NOW).total_seconds()


@pytest.fixture(autouse=True)
def relieved(monkeypatch: pytest.MonkeyPatch) -> None:
    def relieve(bench: Bench, causes: Any, subjects: list[Subject], times: int = 1) -> None:
        bench.good += times * len(subjects)
        bench.calls[bench.minute()] = bench.calls.get(bench.minute(), 0) + times * len(subjects)

    monkeypatch.setattr(calm, "relieve", relieve)


def calmed(bench: Any, *subjects: Subject, by_themselves: tuple[str, ...] = ()) -> bool:
    return calm_down(bench, None, subjects, ("a", "b"), by_themselves)  # type: ignore[arg-type]


def test_where_nothing_is_to_tell_nothing_is_done() -> None:
    bench = Bench()
    assert calmed(bench, subject())
    assert (bench.passed_s, bench.good) == (0, 0)


def test_what_is_in_alarm_is_waited_for_also_where_it_goes_off_meanwhile() -> None:
    bench = Bench({"a"}, {"b"}, {"b"}, set())
    assert calmed(bench, subject())
    assert bench.passed_s == 180
    assert bench.good


def test_what_was_in_alarm_by_itself_is_not_waited_for() -> None:
    bench = Bench({"a"})
    assert calmed(bench, subject(), by_themselves=("a",))
    assert bench.passed_s == 0


def test_what_stays_in_alarm_is_not_waited_for_without_an_end() -> None:
    bench = Bench({"a"})
    assert not calmed(bench, subject())
    assert 5 * 300 < bench.passed_s < 3_600


def test_metrics_that_are_on_their_way_are_waited_for() -> None:
    bench = Bench()
    bench.clock.slack_s = 180
    assert calmed(bench, subject())
    assert bench.passed_s == 180


def test_an_alarm_that_may_go_off_later_gets_good_calls_until_it_will_not() -> None:
    bench = Bench(minutes=(2, 1))
    assert calmed(bench, subject())
    # Not one a look, which others' calls would outlast.
    assert bench.good == 101
    assert bench.passed_s == 60
    # As far back as the longest window looks, to the end of this minute.
    first = bench.asked[0]
    assert first["EndTime"] == NOW.replace(second=0) + dt.timedelta(minutes=1)
    assert max(first["EndTime"] - request["StartTime"] for request in bench.asked) >= (
        dt.timedelta(minutes=75)
    )


@pytest.mark.parametrize(("slack_s", "is_calm"), [(0, True), (300, False)])
def test_good_calls_that_are_on_their_way_are_reckoned_with(slack_s: int, is_calm: bool) -> None:
    """Of 19 calls 8 are no error rate, and of 20 they are one (see test_aftermath)."""
    bench = Bench()
    bench.clock.slack_s = slack_s
    bench.calls = {bench.minute(10): 4, bench.minute(5): 19}
    bench.failures = {bench.minute(10): 4, bench.minute(5): 8}
    five = [alarm for alarm in subject().alarms if alarm.variant == "error-rate-5m"]
    found = calm._wanted(bench, five[0], NOW)  # type: ignore[arg-type]
    assert (found is None) is is_calm


def test_no_more_good_calls_at_once_than_others_can_bear() -> None:
    bench = Bench(minutes=(2, 1), made=10_000, failing=10_000)
    calmed(bench, subject())
    assert bench.good <= (1 + 100) * (bench.passed_s / 60 + 1)


def test_what_aws_does_not_say_is_asked_again() -> None:
    busy = ClientError({"Error": {"Code": "InternalServiceFault"}}, "GetMetricData")
    bench = Bench().fail_with(busy, busy, busy)
    assert calmed(bench, subject())
    assert bench.passed_s == 60


def test_an_alarm_on_durations_over_longer_windows_is_waited_out() -> None:
    slow = subject()
    alarms = [
        alarm.__class__(**{**alarm.__dict__, "period": 300})
        for alarm in slow.alarms
        if alarm.kind == "latency"
    ]
    bench = Bench()
    assert calmed(bench, Subject(slow.function, alarms))
    assert bench.passed_s == (2 + 2) * 300 + 120


def test_runs_once_a_day_are_no_matter_of_a_drill() -> None:
    bench = Bench(minutes=(2, 1))
    nightly = subject("nightly")
    daily = [alarm for alarm in nightly.alarms if alarm.period == 86_400]
    assert daily
    assert calmed(bench, Subject(nightly.function, daily))
    assert bench.asked == []


def test_answers_that_report_a_failure_are_failures() -> None:
    bench: Any = Bench(minutes=(1,))
    bench.paginate = lambda **_: [
        {
            "MetricDataResults": [
                {"Id": id_, "Timestamps": [NOW.replace(second=0)], "Values": [float(count)]}
                for id_, count in (("errors", 2), ("invocations", 9), ("answers", 3))
            ]
        }
    ]
    (alarm, *_) = subject().alarms
    at = int(NOW.timestamp())
    calls, failures = calls_of(bench.account, alarm, at - 60, at)
    minute = at // 60 * 60
    assert (dict(calls), dict(failures)) == ({minute: 9}, {minute: 5})
