"""Statistics: documented definitions on small samples, and laws on random ones."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import examples
from tests.unit.cloudwatch import naive_evaluator as naive
from tocsin.cloudwatch import Metric, MetricStat, MetricStore, RefusedDefinition, StatisticSet
from tocsin.cloudwatch.statistics import parse_statistic

M = Metric.of("T", "m", {"b": "2", "a": "1"})
TEN = list(range(1, 11))


def one(stat, values, **more):
    """The single datapoint of a minute's values; None when there is none."""
    store = MetricStore()
    for value in values:
        store.put(M, 60, value)
    found = store.series(MetricStat(M, 60, stat, **more), 60, 120).values
    assert found.shape == (1,)
    return None if math.isnan(found[0]) else round(float(found[0]), 9)


@pytest.mark.parametrize(
    ("stat", "values", "expected"),
    [
        ("SampleCount", TEN, 10),
        ("Sum", TEN, 55),
        ("Average", TEN, 5.5),
        ("Minimum", [-3, 2], -3),
        ("Maximum", [-3, -2], -2),
        # p99 is the highest that remains when 1 % is set aside
        ("p99", list(range(1, 101)), 99),
        ("p50", [1, 2, 3, 4], 2),
        ("p90", TEN, 9),
        ("p90.1", TEN, 10),
        ("p29", list(range(1, 101)), 29),
        ("p100", TEN, 10),
        ("p0", TEN, 1),
        ("p99.9", [7], 7),
        # the trimmed family
        ("tm90", TEN, 5),
        ("TM(:90%)", TEN, 5),
        ("TM(10%:90%)", TEN, 5.5),
        ("TM(10%:)", TEN, 6),
        ("TM(25%:)", TEN, 6.5),
        ("tm75", TEN, 4.5),
        ("TM(3:5)", TEN, 4.5),
        ("TM(:2)", TEN, 1.5),
        ("TM(100:200)", TEN, None),
        ("tc90", TEN, 9),
        ("TC(3:5)", TEN, 2),
        ("TC(0.005:0.030)", [0.005, 0.006, 0.03, 0.031], 2),
        ("TC(100:200)", TEN, 0),
        ("ts90", TEN, 45),
        ("TS(80%:)", TEN, 19),
        ("TS(3:5)", TEN, 9),
        ("wm90", TEN, 5.4),
        ("WM(10%:90%)", TEN, 5.5),
        ("WM(3:5)", TEN, 4.3),
        ("IQM", [1, 2, 3, 4], 2.5),
        ("TM(25%:75%)", [1, 2, 3, 4], 2.5),
        ("PR(:3)", TEN, 30),
        ("PR(3:5)", TEN, 20),
        ("PR(5:)", TEN, 50),
        # not available where values are negative
        ("p50", [-1, 1], None),
        ("tm90", [-1, 1], None),
    ],
)
def test_definition(stat, values, expected):
    assert one(stat, values) == expected


NO_STATISTICS = (
    "|sum|p|p101|tm|TM()|TM(:)|TM(5)|TM(10%:20)|TM(9:3)|PR(1%:2%)|TM(5:5)|tm100.5|WM(10:|"
    "IQM(1:2)|p-5|p9e1|TM(10%:90%) |xx90"
)


@pytest.mark.parametrize("text", NO_STATISTICS.split("|"))
def test_what_is_no_statistic_is_refused(text):
    with pytest.raises(RefusedDefinition, match="is not a statistic"):
        parse_statistic(text)


@pytest.mark.parametrize(
    ("stat", "limit"),
    [("p99", 1000), ("p50", 20), ("p90", 100), ("p10", 100), ("p100", math.inf), ("Sum", None)],
)
def test_low_sample_limit(stat, limit):
    assert parse_statistic(stat).low_sample_limit == limit


def test_a_period_without_samples_has_no_datapoint():
    store = MetricStore()
    store.put(M, 0, 5)
    store.put(M, 130, 7)
    series = store.series(MetricStat(M, 60, "Sum"), 0, 240)
    assert np.array_equal(series.values, [5, np.nan, 7, np.nan], equal_nan=True)
    assert list(series.datapoints()) == [(0, 5.0), (120, 7.0)]


def test_periods_begin_where_they_are_asked_to():
    store = MetricStore()
    for minute in range(10):
        store.put(M, 60 * minute, minute)
    assert list(store.series(MetricStat(M, 300, "Sum"), 60, 360).values) == [1 + 2 + 3 + 4 + 5]
    assert list(store.series(MetricStat(M, 120, "Maximum"), 60, 290).values) == [2, 4]


def test_dimensions_match_exactly_and_in_any_order():
    store = MetricStore()
    store.put(M, 0, 1)
    same = Metric("T", "m", (("a", "1"), ("b", "2")))
    assert same == M
    assert store.series(MetricStat(same, 60, "Sum"), 0, 60).values[0] == 1
    for other in ({"a": "1"}, {"a": "1", "b": "2", "c": "3"}, {"a": "1", "b": "3"}, {}):
        values = store.series(MetricStat(Metric.of("T", "m", other), 60, "Sum"), 0, 60).values
        assert math.isnan(values[0])


def test_a_unit_matches_only_samples_of_that_unit():
    store = MetricStore()
    store.put(M, 0, 1, unit="Seconds")
    store.put(M, 0, 10, unit="Count")
    store.put(M, 0, 100)
    sums = {
        unit: store.series(MetricStat(M, 60, "Sum", unit), 0, 60).values[0]
        for unit in ("Seconds", "Count", "None", "Bytes", None)
    }
    assert math.isnan(sums.pop("Bytes"))
    assert sums == {"Seconds": 1, "Count": 10, "None": 100, None: 10}


def test_high_resolution_periods_need_high_resolution_samples():
    store = MetricStore()
    for second in range(0, 60, 10):
        store.put(M, second, 1, resolution=1)
        store.put(Metric.of("T", "slow"), second, 1)
    fast = store.series(MetricStat(M, 10, "Sum"), 0, 60).values
    slow = store.series(MetricStat(Metric.of("T", "slow"), 10, "Sum"), 0, 60).values
    assert list(fast) == [1] * 6
    assert np.array_equal(slow, [6, *[np.nan] * 5], equal_nan=True)


def test_statistic_sets_add_up_and_give_percentiles_only_when_samples_are_known():
    store = MetricStore()
    store.put_statistics(M, 0, StatisticSet(4, 40, 5, 20))
    store.put_values(M, 0, [30, 2], [2, 1])
    stats = {
        stat: store.series(MetricStat(M, 60, stat), 0, 60).values[0]
        for stat in ("SampleCount", "Sum", "Average", "Minimum", "Maximum")
    }
    assert stats == {
        "SampleCount": 7,
        "Sum": 102,
        "Average": 102 / 7,
        "Minimum": 2,
        "Maximum": 30,
    }
    assert math.isnan(store.series(MetricStat(M, 60, "p50"), 0, 60).values[0])
    lone = MetricStore()
    lone.put_statistics(M, 0, StatisticSet(4, 40, 5, 20))
    ends = [lone.series(MetricStat(M, 60, s), 0, 60).values[0] for s in ("Minimum", "Maximum")]
    assert ends == [5, 20]
    store.put_statistics(M, 60, StatisticSet(3, 15, 5, 5))
    assert store.series(MetricStat(M, 60, "p50"), 60, 120).values[0] == 5


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda s: s.put(M, 0, math.nan), "a finite number"),
        (lambda s: s.put(M, 0, math.inf), "a finite number"),
        (lambda s: s.put(M, 0, 1, count=0), "a number above 0"),
        (lambda s: s.put(M, 0, 1, unit="Furlongs"), "'Furlongs'; accepted: Seconds"),
        (lambda s: s.put(M, 0, 1, resolution=5), "accepted: 1 or 60"),
        (lambda s: s.put_values(M, 0, [1, 2], [1]), "1 given for 2 Values"),
    ],
)
def test_bad_samples_are_refused(call, says):
    with pytest.raises(RefusedDefinition, match=says):
        call(MetricStore())


def test_old_samples_can_be_dropped():
    store = MetricStore()
    for minute in range(5):
        store.put(M, minute * 60, 1)
    store.drop_before(180)
    assert np.nansum(store.series(MetricStat(M, 60, "Sum"), 0, 300).values) == 2
    assert list(store.metrics()) == [M]


values_strategy = st.lists(st.integers(0, 40), min_size=1, max_size=30)


@given(values_strategy, st.sampled_from([*("Sum", "Average", "Maximum"), "p1", "p50", "p99.5"]))
@settings(max_examples=examples(150))
def test_statistics_agree_with_the_naive_ones(values, stat):
    assert one(stat, values) == pytest.approx(naive.statistic(stat, values))


@given(values_strategy, st.integers(0, 99), st.integers(1, 100))
@settings(max_examples=examples(150))
def test_laws_of_the_trimmed_family(values, low, high):
    low, high = sorted((low, high))
    span = f"({low}%:{high + 1 if low == high else high}%)" if high < 100 else f"({low}%:)"
    mean, total, count = (one(kind + span, values) for kind in ("TM", "TS", "TC"))
    if count:
        assert total == pytest.approx(mean * count)
        assert min(values) <= mean <= max(values)
    else:
        assert mean is None
    winsorized = one("WM" + span, values)
    assert min(values) <= winsorized <= max(values)
    assert one("PR(:20)", values) + one("PR(20:)", values) == pytest.approx(100)


@given(values_strategy, st.data())
@settings(max_examples=examples(80))
def test_order_of_arrival_does_not_matter(values, data):
    shuffled = data.draw(st.permutations(values))
    for stat in ("Sum", "p90", "tm80", "Maximum"):
        assert one(stat, values) == one(stat, shuffled)


@pytest.mark.parametrize("stat", ["Sum", "Average", "p90", "TM(10%:90%)", "IQM", "SampleCount"])
def test_what_is_put_repeatedly_is_what_is_put_one_by_one(stat):
    repeated, single = MetricStore(), MetricStore()
    times = np.arange(0, 600, 60)
    repeated.put_repeated(M, times, 3.0, 2)
    repeated.put(M, 300, 9.0, count=5)
    repeated.put_repeated(M, times, 7.0)
    for time in times:
        single.put(M, time, 3.0, count=2)
        single.put(M, time, 7.0)
    single.put(M, 300, 9.0, count=5)
    asked = MetricStat(M, 60, stat)
    expected = single.series(asked, -60, 660).values
    np.testing.assert_array_equal(repeated.series(asked, -60, 660).values, expected)
