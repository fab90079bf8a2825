"""What a search, a filter, an order and a page take of the bugs."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import DEMO
from tests.console_stage import NOW, records
from tocsin import config
from tocsin.triage import Status
from tocsin.web.bug_list import PAGE, BugQuery, Search, listed
from tocsin.web.bug_reading import entries
from tocsin.web.sparkline import sparkline

BUGS = entries(config.load(DEMO, "dev"), records(), NOW)

FOUND = {
    "": 5,
    "KeyError": 1,
    "keyerror": 1,
    "type:KeyError": 1,
    "type:error": 3,
    "type:error function:orders": 2,
    "function:payments": 2,
    "release:r42": 3,
    'message:"did not answer"': 1,
    '"did not answer"': 1,
    "answer provider": 1,
    "frame:stock.py:24": 1,
    "fingerprint:v1:0123456789abcdef": 1,
    "stock.py:24": 1,
    "nothing:KeyError": 0,
    "type:": 5,
    "type:KeyError function:payments": 0,
    '"unclosed': 0,
    "[": 0,
}


@pytest.mark.parametrize(("text", "count"), FOUND.items())
def test_a_search_finds(text, count) -> None:
    query = BugQuery.of({"q": text, "state": "all"})
    assert listed(BUGS, query).found == count


@given(st.text())
def test_any_text_is_a_search(text) -> None:
    page = listed(BUGS, BugQuery.of({"q": text}))
    assert page.found <= len(BUGS)
    assert len(Search.parsed(text).text) <= 200


BY_COUNT = ["KeyError", "TimeoutError", "ValidationError", "Runtime.OutOfMemory", "StatusCode502"]
BY_FIRST = ["KeyError", "StatusCode502", "Runtime.OutOfMemory", "ValidationError", "TimeoutError"]
ORDERS = {"last": BY_COUNT, "count": BY_COUNT, "first": BY_FIRST}


@pytest.mark.parametrize(("order", "types"), ORDERS.items())
def test_an_order(order, types) -> None:
    page = listed(BUGS, BugQuery.of({"sort": order, "state": "all"}))
    assert [bug.error_type for bug in page.bugs] == types


def test_states_are_counted_of_what_the_search_finds() -> None:
    bugs = [
        replace(bug, state=state) for bug, state in zip((*BUGS, BUGS[0]), [*Status], strict=True)
    ]
    page = listed(bugs, BugQuery())
    assert page.counts == {"open": 3, "muted": 1, "resolved": 1, "drilled": 1, "all": 6}
    assert {bug.state for bug in page.bugs} == {Status.NEW, Status.REGRESSED, Status.SEEN}
    page = listed(bugs, BugQuery.of({"state": "muted"}))
    assert [bug.state for bug in page.bugs] == [Status.MUTED]


@pytest.mark.parametrize(
    ("asked", "given_", "rows"),
    [("", 1, PAGE), ("2", 2, PAGE), ("3", 3, 20), ("4", 3, 20), ("0", 1, PAGE), ("-1", 1, PAGE),
     ("x", 1, PAGE), ("9" * 5_000, 1, PAGE), ("٣", 1, PAGE)],
)  # fmt: skip
def test_a_page_has_fifty(asked, given_, rows) -> None:
    bugs = [replace(BUGS[0], fingerprint=f"v1:{number:x}") for number in range(120)]
    page = listed(bugs, BugQuery.of({"page": asked}))
    assert (page.page, page.pages, len(page.bugs)) == (given_, 3, rows)


def test_what_has_no_meaning_is_not_there() -> None:
    assert BugQuery.of({"state": "x", "sort": "x", "page": "x", "y": "z"}) == BugQuery()


def test_trends_are_failures_by_hour() -> None:
    key_error = next(bug for bug in BUGS if bug.error_type == "KeyError")
    # 25 from 10:29 back to 09:17, every three minutes: ten of this hour.
    assert key_error.trend[-3:] == (0, 15, 10)
    assert sum(key_error.trend) == key_error.count


@given(st.lists(st.integers(0, 10**9), max_size=48))
def test_a_sparkline_has_a_bar_for_each_hour_with_failures(counts) -> None:
    drawn = sparkline(counts)
    assert drawn.path.count("M") == sum(count > 0 for count in counts)
    assert "nan" not in drawn.path
    assert drawn.words.startswith("none" if not sum(counts) else str(sum(counts)))
