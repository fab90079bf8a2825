"""Metric math beyond the documented vectors: every function, types, errors, bounds."""

import string

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import examples
from tocsin.cloudwatch import (
    ExpressionError,
    Metric,
    MetricQuery,
    MetricStat,
    MetricStore,
    RefusedDefinition,
    Series,
    UnsupportedFunctionError,
    compute,
    compute_all,
)
from tocsin.cloudwatch.metric_math import ValueKind, check, functions, parse
from tocsin.cloudwatch.metric_math.signatures import FUNCTIONS, NOT_EVALUATED

NONE = None
SERIES = {
    "m1": [1, NONE, 3, 4, NONE],
    "m2": [10, 20, NONE, 0, NONE],
    "m3": [NONE] * 5,
    "neg": [-1.5, 0, 2.5, NONE, 100],
}
# Tuesday 29 February 2000, 23:57 UTC: minutes later it is Wednesday 1 March.
START = 951_868_620
NON_METRICS = {"SEARCH"}


class Given:
    def series(self, stat, start, end):
        values = [np.nan if v is None else float(v) for v in SERIES[stat.metric.name]]
        return Series(start, 60, np.array(values))


def queries(expression, **others):
    metrics = [
        MetricQuery(
            id, stat=MetricStat(Metric.of("T", id), 60, "Sum"), return_data=False, label=f"the {id}"
        )
        for id in SERIES
    ]
    expressions = [MetricQuery(id, expression=e, return_data=False) for id, e in others.items()]
    return [*metrics, *expressions, MetricQuery("result", expression=expression)]


def calculate(expression, **others):
    series = compute(queries(expression, **others), Given(), START, START + 300)["result"]
    return [None if np.isnan(v) else round(float(v), 6) for v in series.values]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        # arithmetic, precedence, associativity
        ("m1 + 1", [2, NONE, 4, 5, NONE]),
        ("2 + 3 * m1", [5, NONE, 11, 14, NONE]),
        ("(2 + 3) * m1", [5, NONE, 15, 20, NONE]),
        ("m1 - 1 - 1", [-1, NONE, 1, 2, NONE]),
        ("m1 / 2 / 2", [0.25, NONE, 0.75, 1, NONE]),
        ("m1 ^ 2", [1, NONE, 9, 16, NONE]),
        ("TIME_SERIES(2 ^ 3 ^ 2)", [512] * 5),
        ("-m1 ^ 2", [1, NONE, 9, 16, NONE]),
        ("--m1", [1, NONE, 3, 4, NONE]),
        ("-m1 * -2", [2, NONE, 6, 8, NONE]),
        ("m1 - m2", [-9, -20, 3, 4, NONE]),
        ("m1 * m2", [10, 0, 0, 0, NONE]),
        ("m1 / m2", [0.1, 0, NONE, NONE, NONE]),
        ("m2 / m1", [10, NONE, 0, 0, NONE]),
        ("neg ^ 0.5", [NONE, 0, 1.581139, NONE, 10]),
        ("m1 * 1e308 * 10", [NONE] * 5),
        (".5 * m1 + 1.", [1.5, NONE, 2.5, 3, NONE]),
        # a lost datapoint stays lost through operators, and is missing to functions
        ("m1 / m2 + 1", [1.1, 1, NONE, NONE, NONE]),
        ("m1 / m2 + m2", [10.1, 20, NONE, NONE, NONE]),
        ("1 / (m1 / m2)", [10, NONE, NONE, NONE, NONE]),
        ("m2 / (m1 / m2) ", [100, NONE, NONE, NONE, NONE]),
        ("(m1 / m2) * 0", [0, 0, NONE, NONE, NONE]),
        ("(m1 / m2) ^ 0", [1, 1, NONE, NONE, NONE]),
        ("m1 / m2 > 0", [1, 0, NONE, NONE, NONE]),
        ("(m1 / m2 + m1) ^ 1", [1.1, 0, NONE, NONE, NONE]),
        ("FILL(m1 / m2, -1)", [0.1, 0, -1, -1, -1]),
        ("SUM([m1 / m2, m1])", [1.1, 0, 3, 4, NONE]),
        ("IF(m2 > 0, m1 / m2, 0)", [0.1, 0, NONE, 0, NONE]),
        # comparison and logic
        ("m1 == 3", [0, NONE, 1, 0, NONE]),
        ("m1 != 3", [1, NONE, 0, 1, NONE]),
        ("m1 <= m2", [1, 1, 0, 0, NONE]),
        ("m1 > 2 OR m2 >= 20", [0, 1, 1, 1, NONE]),
        ("m1 > 2 || m2 >= 20 && m1 == 0", [0, 0, 1, 1, NONE]),
        ("m1 AND 1", [1, NONE, 1, 1, NONE]),
        ("1 + 1 == 2 AND m1", [1, NONE, 1, 1, NONE]),
        ("m1 < 2 < 2", [1, NONE, 1, 1, NONE]),
        # one datapoint at a time
        ("ABS(neg)", [1.5, 0, 2.5, NONE, 100]),
        ("CEIL(neg)", [-1, 0, 3, NONE, 100]),
        ("FLOOR(neg)", [-2, 0, 2, NONE, 100]),
        ("LOG10(neg)", [NONE, NONE, 0.39794, NONE, 2]),
        ("LOG(m1)", [0, NONE, 1.098612, 1.386294, NONE]),
        # a series to a scalar
        ("m1 - m1 + SUM(m1)", [8, NONE, 8, 8, NONE]),
        ("TIME_SERIES(AVG(m1))", [1.6] * 5),
        ("TIME_SERIES(MIN(neg))", [-1.5] * 5),
        ("TIME_SERIES(MAX(neg))", [100] * 5),
        ("TIME_SERIES(STDDEV(m1))", [1.247219] * 5),
        ("TIME_SERIES(DATAPOINT_COUNT(m1))", [3] * 5),
        ("TIME_SERIES(MAX(m3))", [NONE] * 5),
        ("TIME_SERIES(SUM(m3))", [0] * 5),
        ("m1 / PERIOD(m1)", [0.016667, NONE, 0.05, 0.066667, NONE]),
        # an array to a series
        ("SUM([m1, m2])", [11, 20, 3, 4, NONE]),
        ("AVG([m1, m2])", [5.5, 10, 1.5, 2, NONE]),
        ("MIN([m1, m2])", [1, 20, 3, 0, NONE]),
        ("MAX([m1, m2])", [10, 20, 3, 4, NONE]),
        ("STDDEV([m1, m2])", [4.5, 0, 0, 2, NONE]),
        ("DATAPOINT_COUNT([m1, m2])", [2, 1, 1, 2, 0]),
        ("SUM(METRICS())", [9.5, 20, 5.5, 4, 100]),
        ('SUM(METRICS("m"))', [11, 20, 3, 4, NONE]),
        ('SUM([METRICS("m1"), METRICS("neg")])', [-0.5, 0, 5.5, 4, 100]),
        ("SUM(100 / [m1, m2])", [110, 5, 33.333333, 25, NONE]),
        ("SUM([m1, m2] * 2)", [22, 40, 6, 8, NONE]),
        ("SUM(-[m1, m2])", [-11, -20, -3, -4, NONE]),
        ("MIN(ABS([m1, neg]))", [1, 0, 2.5, 4, 100]),
        ("m1 * METRIC_COUNT(METRICS())", [4, NONE, 12, 16, NONE]),
        ("m1 * METRIC_COUNT(REMOVE_EMPTY(METRICS()))", [3, NONE, 9, 12, NONE]),
        ("FIRST([m1, m2])", SERIES["m1"]),
        ("LAST([m1, m2])", SERIES["m2"]),
        ("FIRST(SORT([m1, m2, m3], SUM, DESC))", SERIES["m2"]),
        ("FIRST(SORT([m1, m2, m3], SUM, ASC))", SERIES["m1"]),
        ("LAST(SORT([m1, m2, m3], SUM, ASC))", SERIES["m3"]),
        ("LAST(SORT([m1, m2, m3], MAX, DESC, 2))", SERIES["m1"]),
        ("FIRST(SLICE([m1, m2, neg], 1))", SERIES["m2"]),
        ("SUM(SLICE([m1, m2, neg], 0, 2))", [11, 20, 3, 4, NONE]),
        ("SUM(SLICE([m1, m2], 5))", [NONE] * 5),
        # along the series
        ("DIFF(m1)", [NONE, NONE, 2, 1, NONE]),
        ("DIFF_TIME(m1)", [NONE, NONE, 120, 60, NONE]),
        ("RATE(m1)", [NONE, NONE, 0.016667, 0.016667, NONE]),
        ("RUNNING_SUM(m1)", [1, NONE, 4, 8, NONE]),
        ("SUM(DIFF([m1, neg]))", [NONE, 1.5, 4.5, 1, 97.5]),
        # FILL
        ("FILL(m1, 9)", [1, 9, 3, 4, 9]),
        ("FILL(m1, MIN(m1))", [1, 1, 3, 4, 1]),
        ("FILL(m1, neg)", [1, 0, 3, 4, 100]),
        ("FILL(m1, REPEAT)", [1, 1, 3, 4, 4]),
        ("FILL(m2, LINEAR)", [10, 20, 10, 0, NONE]),
        ("FILL(m3, REPEAT)", [NONE] * 5),
        ("FILL(m3, LINEAR)", [NONE] * 5),
        ("SUM(FILL([m1, m2], 0))", [11, 20, 3, 4, 0]),
        ("SUM(FILL(METRICS(), m2))", [19.5, 60, 5.5, 4, 100]),
        # IF
        ("IF(m1 > 2, 1, 0)", [0, NONE, 1, 1, NONE]),
        ("IF(m1 > 2, m1)", [NONE, NONE, 3, 4, NONE]),
        ("IF(m1, m2)", [10, NONE, 0, 0, NONE]),
        ("IF(m2, 5)", [5, 5, NONE, NONE, NONE]),
        ("IF(1 > 2, m1, m2)", SERIES["m2"]),
        ("IF(1, m1, m2)", SERIES["m1"]),
        ("IF(0, m1)", [NONE] * 5),
        ("IF(SUM(m1) > 5, m1, m2)", SERIES["m1"]),
        # the calendar; series without a gap whatever the argument lacks
        ("MINUTE(m3)", [57, 58, 59, 0, 1]),
        ("HOUR(m1)", [23, 23, 23, 0, 0]),
        ("DAY(m1)", [2, 2, 2, 3, 3]),
        ("DATE(m1)", [29, 29, 29, 1, 1]),
        ("MONTH(m1)", [2, 2, 2, 3, 3]),
        ("YEAR(m1)", [2000] * 5),
        ("EPOCH(m1) - EPOCH(m1) + MINUTE(m1)", [57, 58, 59, 0, 1]),
        ("IF(DAY(m1) < 3, m1)", [1, 0, 3, NONE, NONE]),
    ],
)
def test_expression(expression, expected):
    assert calculate(expression) == expected


def test_every_function_is_in_the_table_above():
    table = next(m for m in test_expression.pytestmark if m.name == "parametrize").args[1]
    used = " ".join(expression for expression, _ in table)
    missing = [name for name in FUNCTIONS if name + "(" not in used]
    assert set(missing) == NON_METRICS


def test_what_is_computed_may_be_called_and_on_an_array_too() -> None:
    computed = {*functions.EACH, *functions.ALONG, *functions.REDUCE, *functions.CALENDAR}
    assert computed - FUNCTIONS.keys() == set()
    assert functions.REDUCE.keys() == functions.ACROSS.keys()


def test_a_lost_datapoint_is_a_missing_one_to_another_expression():
    assert calculate("rate + m2", rate="m1 / m2") == [10.1, 20, None, 0, None]


def test_a_source_s_arrays_are_not_written_to():
    values = np.array([1.0, np.nan, np.inf])
    values.setflags(write=False)

    class Frozen:
        def series(self, stat, start, end):
            return Series(start, 60, values)

    metric = MetricQuery("a", stat=MetricStat(Metric.of("T", "a"), 60, "Sum"), return_data=False)
    for expression in ("a", "(a)", "-a", "a + 1", "a / a", "FILL(a, 0)", "IF(a > 0, a)"):
        compute([metric, MetricQuery("e", expression=expression)], Frozen(), 0, 180)


def test_expressions_may_come_before_what_they_use():
    assert calculate("a + 1", a="b * 2", b="m1 + m1") == [5, None, 13, 17, None]


def test_an_expression_may_yield_an_array():
    found = compute_all(queries("SORT(METRICS(), MAX, DESC, 2)"), Given(), START, START + 300)
    assert [series.label for series in found["result"]] == ["the neg", "the m2"]
    with pytest.raises(RefusedDefinition, match=r"result: gives 2 time series"):
        compute(queries("[m1, m2]"), Given(), START, START + 300)


@pytest.mark.parametrize(
    ("expression", "column", "says"),
    [
        ("", 1, "unexpected the end of the expression"),
        ("m1 +", 5, "expected a number, an id, a function"),
        ("m1 m2", 4, "unexpected 'm2'"),
        ("(m1", 4, "expected an operator or ')'"),
        ("m1)", 3, "unexpected ')'"),
        ("[m1, ]", 6, "unexpected ']'"),
        ("[]", 1, "empty array"),
        ("SUM(m1", 7, "expected an operator, ',' or ')'"),
        ("m1 # 2", 4, "unexpected character '#'"),
        ("m1 = 2", 4, "expected '=='"),
        ("m1 & m2", 4, "expected '&&' or AND"),
        ('METRICS("m', 9, "unfinished string"),
        ("METRICS(“m”)", 9, "straight quotes"),
        ("sum(m1)", 1, "functions in upper case, as SUM"),
        ("FROBNICATE(m1)", 1, "unknown function 'FROBNICATE'"),
        ("m1 + unknown", 6, "unknown id 'unknown'"),
        ("m1 + REPEAT", 6, "'REPEAT' stands here"),
        ('m1 + "text"', 6, "a string stands here"),
        ("5", 1, "the result is a scalar"),
        ("AVG(m1)", 1, "the result is a scalar"),
        ("AVG()", 1, "expected AVG(TS) or AVG(TS[])"),
        ("AVG(5)", 5, "wrong arguments for AVG"),
        ("ABS(m1, m2)", 9, "wrong arguments for ABS"),
        ("[m1, 5]", 6, "a scalar in an array"),
        ("[m1, m2] > 5", 1, "an array of time series beside '>'"),
        ("[m1] + [m2]", 8, "two arrays of time series around '+'"),
        ("FIRST(m1)", 7, "FIRST(TS[])"),
        ("PERIOD(m1 + 1)", 11, "PERIOD(a metric's id)"),
        ("FILL(m1, ASC)", 10, "FILL(TS, S | TS | REPEAT | LINEAR)"),
        ("SORT([m1], MEDIAN, ASC)", 12, "wrong arguments for SORT"),
        ("SORT([m1], AVG, UP)", 17, "wrong arguments for SORT"),
        ("SLICE([m1], 1.5)", 13, "a whole number"),
        ("IF(1, 2, 3)", 7, "wrong arguments for IF"),
        ("IF([m1], m2)", 4, "wrong arguments for IF"),
        ("TIME_SERIES(m1)", 13, "TIME_SERIES(S)"),
        ("1e999 * m1", 1, "number too large"),
    ],
)
def test_errors_name_the_column_and_what_was_expected(expression, column, says):
    with pytest.raises(ExpressionError) as caught:
        calculate(expression)
    assert says in str(caught.value)
    assert caught.value.column == column
    assert caught.value.expression == expression


@pytest.mark.parametrize("name", sorted(NOT_EVALUATED))
def test_functions_not_evaluated_here_are_refused_by_name(name):
    with pytest.raises(UnsupportedFunctionError, match=f"{name} is not evaluated here"):
        calculate(f"m1 + {name}(m1)")


@pytest.mark.parametrize(
    "expression",
    [
        "(" * 500 + "m1" + ")" * 500,
        "-" * 1000 + "m1",
        "ABS(" * 300 + "m1" + ")" * 300,
        "[" * 1000,
        "m1" + "+1" * 900,
        "m1" + "^1" * 900,
        "m1 + " * 3000 + "m1",
    ],
    ids=lambda e: e[:8],
)
def test_hostile_depth_and_length_are_refused(expression):
    with pytest.raises(ExpressionError, match=r"too deeply|in a row|too long|unexpected"):
        calculate(expression)


def test_the_deepest_accepted_expressions_evaluate():
    assert calculate("m1" + "+0" * 199) == SERIES["m1"]
    assert calculate("(" * 60 + "m1" + ")" * 60) == SERIES["m1"]


def test_cycles_are_refused():
    with pytest.raises(ExpressionError, match=r"cycle: a -> b -> a"):
        calculate("m1", a="b + 1", b="a + 1")
    with pytest.raises(ExpressionError, match=r"cycle: result -> result"):
        calculate("result + 1")


def test_one_expression_uses_one_period():
    mixed = [
        MetricQuery("a", stat=MetricStat(Metric.of("T", "m1"), 60, "Sum")),
        MetricQuery("b", stat=MetricStat(Metric.of("T", "m1"), 300, "Sum")),
        MetricQuery("c", expression="a + b"),
    ]
    with pytest.raises(RefusedDefinition, match=r"c: uses series with periods 60, 300 s"):
        compute(mixed, MetricStore(), 0, 600)


@pytest.mark.parametrize(
    ("entries", "says"),
    [
        ([MetricQuery("Upper", expression="1")], "a lower-case letter"),
        ([MetricQuery("a-b", expression="1")], "a lower-case letter"),
        ([MetricQuery("a")], "either Expression or MetricStat"),
        ([MetricQuery("a", expression="a"), MetricQuery("a", expression="a")], "used twice"),
    ],
)
def test_ids_are_checked(entries, says):
    with pytest.raises(RefusedDefinition, match=says):
        compute(entries, MetricStore(), 0, 60)


# --- fuzz: a tree or a named error, in bounded time -----------------------------------------------

SYMBOLS = "m1 m2 1 2.5 1e3 ( ) [ ] , + - * / ^ < <= > >= == != AND OR && || ' # nope"
WORDS = [*SYMBOLS.split(" "), *FUNCTIONS, *NOT_EVALUATED, "REPEAT", "ASC", '"m"', "\n"]
KINDS = {"m1": ValueKind.SERIES, "m2": ValueKind.SERIES, "many": ValueKind.ARRAY}


def survives(expression):
    refusal = None
    try:
        check(expression, KINDS, frozenset(["m1", "m2"]))
    except ExpressionError as error:
        refusal = error
    assert refusal is None or 1 <= refusal.column <= max(len(expression), 2048) + 1


@given(st.lists(st.sampled_from(WORDS), max_size=60).map(" ".join))
@settings(max_examples=examples(400))
def test_any_sequence_of_tokens_gives_a_tree_or_a_named_error(expression):
    survives(expression)


@given(st.lists(st.sampled_from(["(", "[", "-", "ABS(", "m1", ")", "]", "+"]), max_size=800))
@settings(max_examples=examples(100))
def test_any_nesting_gives_a_tree_or_a_named_error(tokens):
    survives("".join(tokens))


@given(st.text(max_size=200) | st.binary(max_size=200).map(lambda b: b.decode("latin-1")))
@settings(max_examples=examples(400))
def test_any_text_gives_a_tree_or_a_named_error(text):
    survives(text)


@given(st.text(alphabet=string.printable + "“”é\x00", max_size=3000))
@settings(max_examples=examples(50))
def test_parsing_twice_gives_the_same(text):
    def outcome():
        parse.cache_clear()
        try:
            return parse(text)
        except ExpressionError as error:
            return str(error)

    assert outcome() == outcome()
