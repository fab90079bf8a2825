"""What an alarm may still tell of failures that are over, held against the engine."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import PROJECTS
from tests.console_alarms import definition
from tocsin import config
from tocsin.alarms import AlarmDefinition
from tocsin.cloudwatch import MetricStore, State, Watch, alarm_from_api
from tocsin.drill.aftermath import good_calls_wanted, may_go_off, sight_s
from tocsin.scenarios.synthetic_traffic import SyntheticCalls, put_calls

MINUTE = 60
START = 1_900_000_020 // MINUTE * MINUTE
STAGE = config.load(PROJECTS / "cadences", "dev")
ALARMS = [
    alarm
    for function in STAGE.watched
    for alarm in function.alarm_definitions(STAGE.suffix, STAGE.name)
    if alarm.kind == "error-rate" and alarm.datapoints_to_alarm * alarm.period <= 3_600
]
FIVE = next(alarm for alarm in ALARMS if alarm.variant == "error-rate-5m")


def goes_off(alarm: AlarmDefinition, calls: Counter[int], failures: Counter[int], now: int) -> bool:
    """Whether it goes to ALARM after ``now``, of these calls, by the engine."""
    store, watch = MetricStore(), Watch(alarm_from_api(definition(alarm)))
    dimensions = tuple(alarm.reads[0].dimensions.items())
    end = now + sight_s(alarm.evaluation_periods, alarm.period)
    times = range(START + MINUTE, end + 1, MINUTE)
    for at in times:
        minute = at - MINUTE
        if calls[minute]:
            made = SyntheticCalls(calls[minute], failures[minute])
            put_calls(store, dimensions, np.array([minute], dtype=np.int64), made)
        watch.look(store, at)
    states = [State.OK, *watch.states(State.OK)]
    return any(
        after is State.ALARM and before is not State.ALARM and at > now
        for before, after, at in zip(states, states[1:], times, strict=False)
    )


@st.composite
def histories(draw: st.DrawFn) -> tuple[Counter[int], Counter[int], int]:
    """Others' calls each minute, some drills' failures, good calls after them; how many minutes."""
    length = draw(st.sampled_from((10, 40, 90)))
    a_minute = draw(st.sampled_from((0, 0, 1, 5, 20, 60, 1_200)))
    calls = Counter({START + MINUTE * number: a_minute for number in range(length)})
    failures: Counter[int] = Counter()
    for begin in draw(st.lists(st.integers(0, length - 1), min_size=1, max_size=6)):
        for number in range(draw(st.integers(1, 5))):
            at = START + MINUTE * min(begin + number, length - 1)
            failed = draw(st.integers(1, 7))
            calls[at] += failed
            failures[at] += failed
        calls[at] += draw(st.sampled_from((0, 4, 12, 36, 100)))
    return calls, failures, length


def minutes(*counts: int) -> Counter[int]:
    return Counter({START + MINUTE * number: count for number, count in enumerate(counts)})


NONE = (0,) * 4


@pytest.mark.parametrize(
    ("calls", "failures", "may"),
    [
        ((5, 5, 5, 5, 5), (0,), False),
        # In one minute, which no window parts.
        ((4,), (4,), False),
        # In two: one window may end between them, and the other begin.
        ((4, 4), (4, 4), True),
        # A fifth of the calls, as long as they are fewer than a hundred.
        ((4, 4, 16), (4, 4), False),
        # Six failures are 6 % of a hundred calls that may become that many.
        ((4, 6, 44), (4, 6), True),
        ((4, 6, 120), (4, 6), False),
        # Two of the newest three datapoints, and two of the newest four.
        ((4, *NONE, *NONE, 4), (4, *NONE, *NONE, 4), True),
        ((4, *NONE, 5, *NONE, 5, *NONE, 5, *NONE, 4), (4, *NONE, *NONE, *NONE, *NONE, 4), False),
        # A period that is neither ill nor well has no datapoint.
        ((4, *NONE, 4, *NONE, 4, *NONE, 4), (4, *NONE, 1, *NONE, 1, *NONE, 4), True),
        ((4, *NONE, 4, *NONE, 4, *NONE, 4), (4, *NONE, 0, *NONE, 0, *NONE, 4), False),
    ],
)
def test_the_newest_datapoints_may_be_parted_in_any_way(
    calls: tuple[int, ...], failures: tuple[int, ...], may: bool
) -> None:
    now = START + MINUTE * len(calls)
    assert may_go_off(FIVE, minutes(*calls), minutes(*failures), now) is may


def test_good_calls_whose_metrics_are_on_their_way_may_be_what_makes_it_go_off() -> None:
    """Of 19 calls 8 are no error rate, and of 20 they are one."""
    calls, failures = minutes(4, *NONE, 19), minutes(4, *NONE, 8)
    now = START + MINUTE * 10
    assert not may_go_off(FIVE, calls, failures, now)
    assert may_go_off(FIVE, calls, failures, now, late_s=2 * MINUTE)


def test_an_alarm_that_is_calm_goes_off_later_of_nothing_new() -> None:
    """What a drill that looked at the states alone has told people of."""
    calls, failures = minutes(4, 4, 1), minutes(4, 4)
    now = START + MINUTE * 3
    assert goes_off(FIVE, calls, failures, now)
    assert not goes_off(FIVE, minutes(4, 4, 16), failures, now)


def test_a_failure_is_forgotten_when_the_range_has_passed() -> None:
    at_once = replace(FIVE, datapoints_to_alarm=1)
    calls, failures = minutes(4), minutes(4)
    assert may_go_off(at_once, calls, failures, START + 5 * 300)
    assert not may_go_off(at_once, calls, failures, START + 5 * 300 + MINUTE)
    later = minutes(4, *NONE, 4)
    assert may_go_off(at_once, later, later, START + 5 * 300 + 4 * MINUTE)
    assert sight_s(FIVE.evaluation_periods, FIVE.period) > 5 * 300 + MINUTE


@pytest.mark.parametrize(
    ("periods", "period", "minutes_seen"), [(2, 60, 9), (3, 300, 27), (3, 900, 77), (1, 1_200, 62)]
)
def test_an_alarm_sees_a_call_as_far_back_as_it_looks(
    periods: int, period: int, minutes_seen: int
) -> None:
    assert sight_s(periods, period) == MINUTE * minutes_seen


def test_what_is_evaluated_once_an_hour_sees_it_for_so_much_longer() -> None:
    assert sight_s(4, 86_400) == 6 * 86_400 + MINUTE + 3_600


def test_so_many_good_calls_are_wanted_that_the_failures_are_too_few() -> None:
    calls, failures = minutes(4, 4, 4), minutes(4, 0, 2)
    now = START + MINUTE * 2 + 30
    wanted = good_calls_wanted(FIVE, calls, failures, now)
    assert 100 * 6 / (12 + wanted) == FIVE.threshold
    assert good_calls_wanted(FIVE, calls, Counter(), now) == 0
    any_failure = replace(FIVE, threshold=0, limits=())
    assert good_calls_wanted(any_failure, calls, failures, now) == 0
    assert may_go_off(any_failure, minutes(4, 1_000), minutes(1, 1), START + MINUTE * 2)


@given(
    st.sampled_from(ALARMS),
    histories(),
    st.lists(st.sampled_from((0, 0, 1, 7, 20, 100)), min_size=1, max_size=10),
    st.sampled_from((0, 3)),
)
def test_what_is_said_to_stay_quiet_does_whatever_good_calls_come(
    alarm: AlarmDefinition,
    history: tuple[Counter[int], Counter[int], int],
    later: list[int],
    late: int,
) -> None:
    calls, failures, length = history
    now = START + MINUTE * length
    if may_go_off(alarm, calls, failures, now, MINUTE * late):
        return
    seen = sight_s(alarm.evaluation_periods, alarm.period) // MINUTE
    for number in range(-late, seen):
        calls[now + MINUTE * number] += later[number % len(later)]
    assert not goes_off(alarm, calls, failures, now)
