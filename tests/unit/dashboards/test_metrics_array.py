"""The metrics array: what is written short is read whole."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.dashboards.graphed_metrics import Expression, GraphedMetric, read, written

words = st.sampled_from(["AWS/Lambda", "AWS/SQS", "Errors", "Invocations", "FunctionName", "a"])
some_metrics = st.builds(
    GraphedMetric,
    words,
    words,
    st.dictionaries(words, words, max_size=2),
    st.dictionaries(st.sampled_from(["stat", "label"]), words, max_size=1),
)
entries = st.one_of(some_metrics, st.just(Expression("SUM(METRICS())", "total")))


@given(st.lists(entries, max_size=8))
def test_what_is_written_is_read_back(listed) -> None:
    assert read(written(listed)) == [
        metric for metric in listed if isinstance(metric, GraphedMetric)
    ]


def test_what_repeats_is_a_dot() -> None:
    assert written(
        [
            GraphedMetric("AWS/Lambda", "Duration", {"FunctionName": "a"}, {"stat": "Average"}),
            GraphedMetric("AWS/Lambda", "Duration", {"FunctionName": "b"}, {"stat": "p99"}),
            Expression("e", "label", {"yAxis": "right"}),
            GraphedMetric("AWS/Lambda", "Errors", {}),
        ]
    ) == [
        ["AWS/Lambda", "Duration", "FunctionName", "a", {"stat": "Average"}],
        [".", ".", ".", "b", {"stat": "p99"}],
        [{"expression": "e", "label": "label", "yAxis": "right"}],
        [".", "Errors"],
    ]


def test_three_dots_stand_for_all_that_the_words_after_them_leave() -> None:
    array = [["AWS/Lambda", "Errors", "FunctionName", "a"], ["...", "b"], ["..."]]
    assert [metric.dimensions["FunctionName"] for metric in read(array)] == ["a", "b", "b"]


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (["AWS/Lambda"], "0: an array"),
        ([[]], "0: an array"),
        ([["AWS/Lambda", "Errors"], ["."]], "1: namespace, name"),
        ([[".", "Errors"]], "0: `.` stands for nothing"),
        ([["AWS/Lambda", "Errors", "FunctionName"]], "0: namespace, name"),
        ([["AWS/Lambda", 1]], "0: found 1"),
        ([[{"label": "x"}]], "0: neither a metric nor an expression"),
    ],
)
def test_an_array_that_means_nothing_is_refused_by_index(array, message) -> None:
    with pytest.raises(ValueError, match=f"^{message}"):
        read(array)
