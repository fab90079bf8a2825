"""SEARCH over a store's metrics, and recorded history as a source."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import examples
from tocsin.cloudwatch import (
    Metric,
    MetricQuery,
    MetricStat,
    MetricStore,
    MissingRecordingError,
    RecordedMetrics,
    RefusedDefinition,
    Series,
    compute,
    compute_all,
)


def search(expression):
    """The labels a SEARCH finds."""
    store = MetricStore()
    for function in ("orders-dev", "payments-dev", "ordersArchive"):
        store.put(Metric.of("AWS/Lambda", "Errors", {"FunctionName": function}), 0, 1)
    store.put(
        Metric.of("AWS/Lambda", "Errors", {"FunctionName": "orders-dev", "Resource": "a"}), 0, 1
    )
    store.put(Metric.of("AWS/Lambda", "Invocations", {"FunctionName": "orders-dev"}), 0, 1)
    store.put(Metric.of("Other", "Errors", {"FunctionName": "orders-dev"}), 0, 1)
    found = compute_all([MetricQuery("s", expression=expression, period=60)], store, 0, 60)
    assert all(series.values.tolist() == [1] for series in found["s"])
    return [series.label for series in found["s"]]


@pytest.mark.parametrize(
    ("query", "labels"),
    [
        (
            '{AWS/Lambda,FunctionName} MetricName="Errors"',
            ["orders-dev Errors", "payments-dev Errors", "ordersArchive Errors"],
        ),
        (
            '{AWS/Lambda,FunctionName} MetricName="Errors" orders',
            ["orders-dev Errors", "ordersArchive Errors"],
        ),
        (
            '{"AWS/Lambda","FunctionName"} "orders-dev"',
            ["orders-dev Errors", "orders-dev Invocations"],
        ),
        ("{AWS/Lambda,FunctionName} Errors NOT orders", ["payments-dev Errors"]),
        (
            "{AWS/Lambda,FunctionName} Errors (archive OR payments)",
            ["payments-dev Errors", "ordersArchive Errors"],
        ),
        ("{AWS/Lambda,FunctionName,Resource}", ["orders-dev a Errors"]),
        ('Namespace="Other"', ["orders-dev Errors"]),
        ("Errors AND FunctionName=payments", ["payments-dev Errors"]),
        ("nothing", []),
    ],
)
def test_search(query, labels):
    assert search(f"SEARCH('{query}', 'Sum')") == labels


# https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/search-expression-syntax.html
@pytest.mark.parametrize(
    ("term", "name", "found"),
    [
        # one token, whatever its case; numbers and acronyms are tokens of their own
        *((term, "CustomCount1", True) for term in ("count", "Count", "COUNT", "1")),
        ("couNT", "CustomCount1", False),
        ("failure", "SDBFailure", True),
        ("sdb", "SDBFailure", True),
        ("2", "Project2-trial333", True),
        ("trial", "Project2-trial333", True),
        ("project2trial333", "Project2-trial333", True),
        # several tokens must follow each other, in their case
        *((term, "CustomCount1", True) for term in ("CustomCount", "Count1", "customcount1")),
        *((term, "CustomCount1", False) for term in ("customcount", "count1", "Custom1")),
        ("ReadOps", "DiskReadOps", True),
        # what is neither letter nor digit only separates
        *(
            (term, name, True)
            for term in ("network/errors", "network+errors", "network-errors", "Network_Errors")
            for name in ("Network-Errors-2", "NetworkErrors2")
        ),
        ("network/errors", "Network-Other-Errors", False),
        # exact, with what is escaped
        ('"CustomCount1"', "CustomCount1", True),
        ('"customcount1"', "CustomCount1", False),
        ('"Custom"', "CustomCount1", False),
        (r'"Europe\\France Traffic\(Network\)"', r"Europe\France Traffic(Network)", True),
        # the guide writes a comma behind the schema
        ('{"My Namespace"}, "CustomCount1"', "CustomCount1", True),
        ("{My Namespace}, MetricName=Custom", "CustomCount1", True),
    ],
)
def test_search_terms_match_as_the_guide_says(term, name, found):
    store = MetricStore()
    store.put(Metric.of("My Namespace", name), 0, 1)
    query = MetricQuery("s", expression=f"SEARCH(' {term} ', 'Sum')", period=60)
    assert bool(compute_all([query], store, 0, 60)["s"]) is found


@pytest.mark.parametrize(
    "query", ["", "(", "a OR", "AND a", "a )", "{AWS/Lambda", "NOT", "a = = b", "(" * 99 + "a"]
)
def test_what_is_no_search_is_refused(query):
    with pytest.raises(RefusedDefinition, match="SEARCH"):
        search(f"SEARCH('{query}', 'Sum')")


def test_search_inside_a_function():
    assert search("SORT(SEARCH('{AWS/Lambda,FunctionName} Errors', 'Sum', 60), SUM, DESC, 1)")
    with pytest.raises(RefusedDefinition, match="period 300; 60"):
        search("SEARCH('Errors', 'Sum', 300) + TIME_SERIES(0) * 0")


def test_a_source_that_cannot_list_cannot_search():
    class Blind:
        def series(self, stat, start, end):
            raise AssertionError

    queries = [MetricQuery("s", expression="SEARCH('x', 'Sum')")]
    with pytest.raises(RefusedDefinition, match="cannot list its metrics"):
        compute_all(queries, Blind(), 0, 60)


# --- GetMetricData's times ------------------------------------------------------------------------


def test_start_is_rounded_down_to_the_period():
    store = MetricStore()
    metric = Metric.of("T", "m")
    for minute in range(10):
        store.put(metric, 60 * minute, 1)
    series = compute([MetricQuery("m", stat=MetricStat(metric, 300, "Sum"))], store, 130, 301)["m"]
    assert series.timestamps.tolist() == [0, 300]
    assert series.values.tolist() == [5, 5]
    assert series.label == "m"


def test_only_queries_with_return_data_are_returned_in_order():
    metric = MetricStat(Metric.of("T", "m"), 60, "Sum")
    queries = [
        MetricQuery("b", expression="a * 2", label="twice"),
        MetricQuery("a", stat=metric, return_data=False),
        MetricQuery("c", stat=metric),
    ]
    found = compute(queries, MetricStore(), 0, 120)
    assert list(found) == ["b", "c"]
    assert found["b"].label == "twice"


# --- recorded history -----------------------------------------------------------------------------

M = Metric.of("T", "m")


def recorded(**series):
    """Series by statistic, one-minute datapoints from 600."""
    result = RecordedMetrics()
    for stat, values in series.items():
        array = np.array([np.nan if v is None else v for v in values], dtype=float)
        result.add(MetricStat(M, 60, stat), Series(600, 60, array))
    return result


def values(source, stat, period, start, end):
    found = source.series(MetricStat(M, period, stat), start, end)
    assert (found.start, found.period) == (start, period)
    return [None if np.isnan(v) else v for v in found.values]


def test_a_recording_is_cut_to_what_is_asked_for():
    source = recorded(p99=[1, None, 3])
    assert values(source, "p99", 60, 600, 780) == [1, None, 3]
    assert values(source, "p99", 60, 480, 900) == [None, None, 1, None, 3, None, None]
    assert values(source, "p99", 60, 0, 60) == [None]
    assert values(source, "p99", 60, 660, 720) == [None]
    assert list(source.metrics()) == [M]


def test_longer_periods_are_derived_where_that_is_exact():
    source = recorded(
        Sum=[1, 2, None, 4],
        SampleCount=[1, 1, None, 2],
        Minimum=[1, 2, None, 0],
        Maximum=[1, 2, None, 4],
    )
    assert values(source, "Sum", 120, 600, 840) == [3, 4]
    assert values(source, "Sum", 120, 660, 900) == [2, 4]
    assert values(source, "Minimum", 240, 600, 840) == [0]
    assert values(source, "Maximum", 120, 720, 960) == [4, None]
    assert values(source, "Average", 240, 600, 840) == [7 / 4]


@pytest.mark.parametrize(
    ("stat", "period", "start"),
    [("p99", 120, 600), ("Average", 60, 600), ("Sum", 60, 630), ("Sum", 90, 600), ("Sum", 30, 600)],
)
def test_what_is_not_recorded_is_named_and_not_made_up(stat, period, start):
    source = recorded(Sum=[1, 2], p99=[1, 2])
    with pytest.raises(
        MissingRecordingError, match=r"recorded: Sum every 60 s from 600; p99 every"
    ):
        source.series(MetricStat(M, period, stat), start, start + 2 * period)


def test_pages_of_one_series_are_joined():
    source = recorded(Sum=[1, 2])
    source.add(MetricStat(M, 60, "Sum"), Series(720, 60, np.array([3.0])))
    assert values(source, "Sum", 60, 600, 780) == [1, 2, 3]


samples = st.lists(st.tuples(st.integers(0, 19), st.integers(0, 9)), max_size=40)


@given(samples, st.sampled_from([60, 120, 300]), st.integers(0, 5))
@settings(max_examples=examples(100))
def test_a_recording_of_a_store_answers_as_the_store_does(samples, period, offset):
    store, source = MetricStore(), RecordedMetrics()
    for minute, value in samples:
        store.put(M, 60 * minute, value)
    names = ("Sum", "SampleCount", "Minimum", "Maximum")
    for name in names:
        stat = MetricStat(M, 60, name)
        source.add(stat, store.series(stat, 0, 1200))
    for name in (*names, "Average"):
        stat = MetricStat(M, period, name)
        expected = store.series(stat, 60 * offset, 1200).values
        found = source.series(stat, 60 * offset, 1200).values
        assert np.allclose(found, expected, equal_nan=True)
