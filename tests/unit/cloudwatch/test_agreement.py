"""The engine against the naive evaluator: ``evaluate``, ``replay`` and plain Python agree.

A few random cases are drawn by hypothesis, which finds the smallest one that differs. With
``TOCSIN_DEEP=1`` a seeded generator makes 20,000 plain ones and 16,000 whose math depends on the
window, in batches; a batch that fails says the seed.
"""

import random
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.conftest import deep, examples, slow
from tests.unit.cloudwatch import naive_evaluator as naive
from tocsin.cloudwatch import (
    Metric,
    MetricStore,
    Series,
    State,
    Watch,
    alarm_from_api,
    evaluate,
    evaluation_range,
    replay,
)

BATCH = 1_000
START = 1_700_000_040  # a whole minute that is no multiple of five minutes
NAMESPACE = "Test"

# Two in three are missing: patterns of gaps are what the rules are about.
VALUES = [None] * 8 + [0, 1, 2, 3]

EXPRESSIONS = [
    "a / b",
    "100 * a / b",
    "a + b",
    "a - b * 2",
    "a / a + b",
    "a > 1 AND b > 1",
    "a >= b OR a == 2",
    "IF(b > 1, a / b, 0)",
    "IF(b > 1, a)",
    "IF(a, b, a)",
    "FILL(a, 0) + FILL(b, 1)",
    "FILL(a / b, 7)",
    "ABS(-a - b)",
    "-(a - b)",
    "a != b",
    "1 / a + b",
    "a / b + b > a",
    "(a < b) <= a",
]


@dataclass(frozen=True)
class Case:
    """An alarm, its samples, the instants it is evaluated at and the state before the first."""

    alarm: dict
    samples: dict
    instants: list
    state: str


class Chance:
    """What a random case is made of, by a generator of random numbers."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def of(self, options):
        return self._random.choice(options)

    def each_of(self, options, length):
        return self._random.choices(options, k=length)


class Drawn:
    """The same drawn by hypothesis, so that it can make a failing case smaller."""

    def __init__(self, draw: Callable) -> None:
        self._draw = draw

    def of(self, options):
        return self._draw(st.sampled_from(options))

    def each_of(self, options, length):
        return self._draw(st.lists(st.sampled_from(options), min_size=length, max_size=length))


@st.composite
def cases(draw):
    return case_of(Drawn(draw))


def case_of(chance):
    period = chance.of([10, 20, 30, 60, 60, 60, 120, 180, 300])
    interval = 10 if period < 60 else 60
    periods = chance.of([1, 2, 3, 4, 5, 1, 2, 3, 4, 5, 7, 9, 12])
    alarm = {
        "AlarmName": "random",
        "EvaluationPeriods": periods,
        "ComparisonOperator": chance.of(sorted(naive.OPERATORS)),
        "Threshold": chance.of([0.0, 1.0, 2.0]),
    }
    mode = chance.of([None, "missing", "ignore", "breaching", "notBreaching"])
    if mode is not None:
        alarm["TreatMissingData"] = mode
    required = chance.of([None, *range(1, periods + 1)])
    if required is not None:
        alarm["DatapointsToAlarm"] = required
    namespace = chance.of([NAMESPACE] * 9 + ["AWS/DynamoDB"])
    if chance.of([False, True]):
        alarm |= {"Namespace": namespace, "MetricName": "a", "Period": period}
        stat = chance.of(["Sum", "Average", "Maximum", "SampleCount", "p50", "p90"])
        if stat.startswith("p"):
            alarm["ExtendedStatistic"] = stat
            if chance.of([False, True]):
                alarm["ExtendedStatistic"] = chance.of(["p80", "p10"])
                alarm["EvaluateLowSampleCountPercentile"] = "ignore"
        else:
            alarm["Statistic"] = stat
    else:
        alarm["Metrics"] = [
            {"Id": "result", "Expression": chance.of(EXPRESSIONS)},
            *(_query(id, namespace, period) for id in "ab"),
        ]
    instants = [START + interval * index for index in range(chance.of(range(1, 13)))]
    # Samples, not datapoints, are drawn, so that a long period sees several of them.
    before = evaluation_range(periods, period) * period
    slots = range(START - before, instants[-1] + interval, min(period, 60))
    crowd = 60 if "EvaluateLowSampleCountPercentile" in alarm else 1
    samples = {
        name: [
            (time, value)
            for time, value in zip(slots, chance.each_of(VALUES, len(slots)), strict=True)
            if value is not None
            for _ in range(crowd if value else 1)
        ]
        for name in "ab"
    }
    return Case(alarm, samples, instants, str(chance.of(list(State))))


def _query(id, namespace, period):
    return {
        "Id": id,
        "ReturnData": False,
        "MetricStat": {
            "Metric": {"Namespace": namespace, "MetricName": id},
            "Period": period,
            "Stat": "Sum",
        },
    }


def _store(case):
    namespace = "AWS/DynamoDB" if naive._uses_dynamodb(case.alarm) else NAMESPACE
    store = MetricStore()
    for name, samples in case.samples.items():
        for time, value in samples:
            store.put(Metric.of(namespace, name), time, value, resolution=1)
    return store


def _single(required, periods, mode, values, state="OK", **more):
    """A single-metric case of one-minute datapoints, None missing, evaluated at the last minute."""
    alarm = {
        "AlarmName": "kept",
        "Namespace": NAMESPACE,
        "MetricName": "a",
        "Statistic": "Sum",
        "Period": 60,
        "EvaluationPeriods": periods,
        "DatapointsToAlarm": required,
        "Threshold": 1.0,
        "ComparisonOperator": "GreaterThanThreshold",
        "TreatMissingData": mode,
        **more,
    }
    start = START - 60 * len(values)
    samples = [(start + 60 * i, v) for i, v in enumerate(values) if v is not None]
    return Case(alarm, {"a": samples}, [START - 60, START], state)


def _math(expression, a, b):
    case = _single(1, 1, "missing", a)
    alarm = {k: v for k, v in case.alarm.items() if k not in ("Namespace", "MetricName")}
    alarm = {k: v for k, v in alarm.items() if k not in ("Statistic", "Period")}
    alarm["Metrics"] = [
        {"Id": "result", "Expression": expression},
        *(_query(id, NAMESPACE, 60) for id in "ab"),
    ]
    other = _single(1, 1, "missing", b).samples["a"]
    return Case(alarm, {"a": case.samples["a"], "b": other}, case.instants, "OK")


# What differed while this was built, and the cases the rules are easiest to get wrong on.
@slow
@example(_math("a / a + b", [1, 0, None], [9, 10, 3]))
@example(_single(2, 3, "missing", [1, None, 5, None, None]))
@example(_single(3, 3, "missing", [None, None, 5, None, None]))
@example(_single(3, 3, "ignore", [None, None, 5, None, None], "INSUFFICIENT_DATA"))
@example(_single(1, 3, "ignore", [None, None, 5, None, None]))
@example(_single(1, 1, "notBreaching", [5, None, None, None, None], "ALARM"))
@given(cases())
@settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_evaluate_replay_and_the_naive_evaluator_agree(case):
    agree(case)


@deep
@pytest.mark.parametrize("batch", range(20))
def test_they_agree_on_twenty_thousand_cases(batch):
    for seed in range(batch * BATCH, (batch + 1) * BATCH):
        with saying(seed):
            agree(case_of(Chance(seed)))


@contextmanager
def saying(seed):
    try:
        yield
    except AssertionError as error:
        error.add_note(f"Chance({seed})")
        raise


def agree(case):
    alarm = alarm_from_api(case.alarm)
    store = _store(case)
    expected = naive.replay(case.alarm, case.samples, case.instants, case.state)

    state = State(case.state)
    one_by_one = []
    watch = Watch(alarm)
    for at in case.instants:
        watch.look(store, at)
        state = evaluate(alarm, store, at, state).state
        one_by_one.append(str(state))
    replayed = replay(alarm, store, case.instants[0], case.instants[-1], State(case.state))

    assert one_by_one == expected
    assert [str(state) for state in watch.states(State(case.state))] == expected
    assert [str(state) for state in replayed.states] == expected
    assert replayed.times.tolist() == case.instants


WINDOW_EXPRESSIONS = [
    "a - AVG(a)",
    "RATE(a)",
    "DIFF(a) + b",
    "DIFF_TIME(a)",
    "FILL(a, REPEAT)",
    "FILL(a, LINEAR) * 2",
    "RUNNING_SUM(a)",
    "a / MAX(b)",
    "TIME_SERIES(SUM(a))",
    "FIRST(SORT([a, b], SUM, DESC))",
    "LAST(SORT([a, b], MIN, ASC, 1))",
    "SUM(REMOVE_EMPTY([a, b]))",
    "a + METRIC_COUNT(REMOVE_EMPTY([a, b]))",
    "IF(HOUR(a) >= 0, STDDEV([a, b]))",
    "DATAPOINT_COUNT(a) + FILL(b, 0)",
    "SUM(METRICS()) / PERIOD(a)",
]


@slow
@pytest.mark.parametrize("expression", WINDOW_EXPRESSIONS)
@given(data=st.data())
@settings(max_examples=4)
def test_replay_agrees_with_evaluate_where_math_depends_on_the_window(expression, data):
    agree_by_window(expression, Drawn(data.draw))


@deep
@pytest.mark.parametrize("expression", WINDOW_EXPRESSIONS)
def test_they_agree_on_a_thousand_cases_of_each_math_of_the_window(expression):
    for seed in range(BATCH):
        with saying(seed):
            agree_by_window(expression, Chance(seed))


def agree_by_window(expression, chance):
    case = case_of(chance)
    period = chance.of([60, 120])
    alarm = alarm_from_api(
        {
            "AlarmName": "window",
            "Metrics": [
                {"Id": "result", "Expression": expression},
                *(_query(id, NAMESPACE, period) for id in "ab"),
            ],
            "EvaluationPeriods": chance.of([1, 2, 3, 4]),
            "Threshold": 1,
            "ComparisonOperator": case.alarm["ComparisonOperator"],
            "TreatMissingData": case.alarm.get("TreatMissingData", "missing"),
        }
    )
    store = _store(case)
    state, expected = State.OK, []
    watch = Watch(alarm)
    for at in range(START, START + 600, 60):
        watch.look(store, at)
        state = evaluate(alarm, store, at, state).state
        expected.append(state)
    assert watch.states(State.OK) == expected
    assert replay(alarm, store, START, START + 540, State.OK).states == expected


@given(case=cases(), late=st.integers(1, 4))
@settings(max_examples=examples(200))
def test_a_watch_has_what_had_arrived_when_it_looked(case, late):
    alarm = alarm_from_api(case.alarm)
    waiting = sorted(
        (time + late * 60, name, time, value)
        for name, samples in case.samples.items()
        for time, value in samples
    )
    namespace = "AWS/DynamoDB" if naive._uses_dynamodb(case.alarm) else NAMESPACE
    store, watch = MetricStore(), Watch(alarm)
    state, expected = State(case.state), []
    for at in case.instants:
        while waiting and waiting[0][0] <= at:
            _, name, time, value = waiting.pop(0)
            store.put(Metric.of(namespace, name), time, value, resolution=1)
        watch.look(store, at)
        state = evaluate(alarm, store, at, state).state
        expected.append(state)
    assert watch.states(State(case.state)) == expected


def test_replay_counts_the_series_of_each_window_by_itself():
    """REMOVE_EMPTY leaves another number of series in every window."""
    store = MetricStore()
    for minute in range(20):
        store.put(Metric.of(NAMESPACE, "a"), START + 60 * minute, 1)
    store.put(Metric.of(NAMESPACE, "b"), START + 60 * 10, 1)
    alarm = alarm_from_api(
        {
            "AlarmName": "ragged",
            "Metrics": [
                {"Id": "result", "Expression": "a + METRIC_COUNT(REMOVE_EMPTY([a, b]))"},
                *(_query(id, NAMESPACE, 60) for id in "ab"),
            ],
            "EvaluationPeriods": 1,
            "Threshold": 2,
            "ComparisonOperator": "GreaterThanThreshold",
        }
    )
    replayed = replay(alarm, store, START + 300, START + 1200)
    in_alarm = [at for at in replayed.times.tolist() if replayed.at(at) is State.ALARM]
    # b is in the range of six periods that end at minutes 11 to 16
    assert in_alarm == [START + 60 * minute for minute in range(11, 17)]


@slow
@pytest.mark.parametrize("expression", ["100 * a / b", "-a", "a + b - 1", "2 * (a - b) / b"])
@given(
    gaps=st.lists(st.tuples(st.integers(0, 79), st.sampled_from(["a", "b", "ab", "zero"]))),
    periods=st.integers(1, 4),
    mode=st.sampled_from(["missing", "ignore", "breaching", "notBreaching"]),
)
@settings(max_examples=examples(5))
def test_few_gaps_in_a_long_history_count_as_many_do(expression, gaps, periods, mode):
    """Replay finds the windows around them by another way; the ends of history are gaps as well."""
    store = MetricStore()
    lacking = {(minute, id) for minute, ids in gaps for id in ids}
    for minute in range(80):
        for id in "ab":
            value = 0 if (minute, "z") in lacking and id == "b" else 3 + (minute * 7 + ord(id)) % 5
            if (minute, id) not in lacking or (minute, "z") in lacking:
                store.put(Metric.of(NAMESPACE, id), START + 60 * minute, value)
    alarm = alarm_from_api(
        {
            "AlarmName": "few",
            "Metrics": [
                {"Id": "result", "Expression": expression},
                *(_query(id, NAMESPACE, 60) for id in "ab"),
            ],
            "EvaluationPeriods": periods,
            "Threshold": 4,
            "ComparisonOperator": "GreaterThanThreshold",
            "TreatMissingData": mode,
        }
    )
    state, expected = State.OK, []
    for at in range(START, START + 5400, 60):
        state = evaluate(alarm, store, at, state).state
        expected.append(state)
    assert replay(alarm, store, START, START + 5340, State.OK).states == expected


@given(case=cases(), step=st.integers(1, 7))
@settings(max_examples=examples(50))
def test_a_longer_step_visits_every_nth_instant(case, step):
    alarm = alarm_from_api(case.alarm)
    if alarm.missing_data == "ignore" or alarm.evaluate_low_sample_count_percentile:
        return  # a kept state depends on the instants in between
    store = _store(case)
    seconds = step * alarm.evaluation_interval
    dense = replay(alarm, store, START, START + 1200)
    sparse = replay(alarm, store, START, START + 1200, step=seconds)
    assert sparse.states == dense.states[::step]


class Late:
    """A source in which the newest period of whatever is asked for is not there yet."""

    def __init__(self, store):
        self.store = store

    def series(self, stat, start, end):
        found = self.store.series(stat, start, end)
        values = found.values.copy()
        values[-1:] = np.nan
        return Series(start, stat.period, values)


@slow
@given(case=cases())
@settings(max_examples=examples(1000))
def test_replay_of_late_data_is_evaluating_without_the_newest_period(case):
    alarm = alarm_from_api(case.alarm)
    store = _store(case)
    late, state, expected = Late(store), State(case.state), []
    for at in case.instants:
        state = evaluate(alarm, late, at, state).state
        expected.append(state)
    first, last = case.instants[0], case.instants[-1]
    replayed = replay(alarm, store, first, last, State(case.state), late_periods=1)
    assert replayed.states == expected
