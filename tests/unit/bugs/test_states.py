"""The states of a bug: what reopens one that was resolved or muted, and what does not."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import examples
from tocsin.bugs import decisions
from tocsin.bugs.bug import NEW, REGRESSED, Bug, Occurrence, happened, iso
from tocsin.bugs.bug_items import bug_item, bug_of
from tocsin.bugs.states import Failing, Muted, Open, Regressed, Resolved, Status, returns

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
ORDER = {"r1": "2026-11-01T00:00:00.000Z", "r2": "2026-11-10T00:00:00.000Z",
         "r3": "2026-11-20T00:00:00.000Z"}  # fmt: skip
MORNING, EVENING = "2026-11-23T08:00:00.000Z", "2026-11-23T18:00:00.000Z"
AT_NOON = iso(NOON)


def failing(release: str, at: str = EVENING, count: int = 10) -> Failing:
    return Failing(at, release, count)


# state, failure -> does it come back?
RETURNS = [
    (Open(), failing("r3"), False),
    (Regressed(AT_NOON), failing("r3"), False),
    # Resolved after the last release that had it.
    (Resolved(AT_NOON, after="r2"), failing("r3"), True),
    (Resolved(AT_NOON, after="r2"), failing("r2"), False),
    (Resolved(AT_NOON, after="r2"), failing("r1"), False),
    (Resolved(AT_NOON, after="r2"), failing("r4"), True),
    (Resolved(AT_NOON, after="r3"), failing("r3", MORNING), False),
    (Resolved(AT_NOON, after="r2"), failing("r3", MORNING), False),
    # Where that is nothing to go by, its time is.
    (Resolved(AT_NOON), failing("r1"), True),
    (Resolved(AT_NOON, after="gone"), failing("r1"), True),
    (Resolved(AT_NOON, after="unversioned"), failing("unversioned"), True),
    (Resolved(AT_NOON, after="r2"), failing("unversioned"), True),
    (Resolved(AT_NOON, after="r2"), failing(""), True),
    (Resolved(AT_NOON, after="r2-dirty"), failing("r2-dirty"), True),
    (Resolved(AT_NOON, after="unversioned"), failing("unversioned", MORNING), False),
    # Resolved in a release that is there.
    (Resolved(AT_NOON, release="r2"), failing("r1"), False),
    (Resolved(AT_NOON, release="r2"), failing("r2"), True),
    (Resolved(AT_NOON, release="r2"), failing("r3"), True),
    (Resolved(AT_NOON, release="r2"), failing("r4"), True),
    # In one that is not: another one before it does not have the fix.
    (Resolved(AT_NOON, release="r9"), failing("r3"), False),
    (Resolved(AT_NOON, release="r9"), failing("r4"), False),
    (Resolved(AT_NOON, release="r9"), failing("r9"), True),
    # Muted until a time, a release, a count.
    (Muted(MORNING, until=AT_NOON), failing("r3", MORNING), False),
    (Muted(MORNING, until=AT_NOON), failing("r3", EVENING), True),
    (Muted(MORNING, release="r2"), failing("r1"), False),
    (Muted(MORNING, release="r2"), failing("r2"), True),
    (Muted(MORNING, release="r2"), failing("r3"), True),
    (Muted(MORNING, release="r9"), failing("r3"), False),
    (Muted(MORNING, count=11), failing("r3", count=10), False),
    (Muted(MORNING, count=11), failing("r3", count=11), True),
    (Muted(MORNING, count=11), failing("r3", count=400), True),
    (Muted(MORNING, until=EVENING, count=5), failing("r3", MORNING, 5), True),
]


@pytest.mark.parametrize(("state", "failure", "reopened"), RETURNS)
def test_what_reopens_a_bug(state, failure, reopened) -> None:
    why = returns(state, failure, ORDER)
    assert bool(why) == reopened
    assert not why or why.startswith("fail")


def occurrence(at: datetime = NOON, release: str = "r2", **changes) -> Occurrence:
    given = {
        "fingerprint": "v1:aa", "at": iso(at), "function": "orders-function-dev",
        "release": release, "error_id": f"01{at:%H%M%S}", "error_type": "KeyError",
        "message": "'sku'", "top_frame": "stock.py:24 in reserve",
    } | changes  # fmt: skip
    return Occurrence(**given)


def seen(*occurrences: Occurrence, bug: Bug | None = None, now: datetime = NOON, **more) -> Bug:
    return happened(bug, occurrences, ORDER, now, **more)


def hours(count: int) -> timedelta:
    return timedelta(hours=count)


def test_the_first_failure_is_a_new_bug_that_is_told() -> None:
    bug = seen(occurrence())
    assert (bug.count, bug.first_release, bug.status(NOON)) == (1, "r2", Status.NEW)
    assert bug.notice is not None
    assert (bug.notice.event, bug.notice.is_due) == (NEW, True)
    assert bug.status(NOON + hours(23)) == Status.NEW
    assert bug.status(NOON + hours(25)) == Status.SEEN


@pytest.mark.parametrize("more", [{"known": True}, {"now": NOON + hours(25)}])
def test_what_is_of_before_is_seen_and_told_to_nobody(more) -> None:
    bug = seen(occurrence(), **more)
    assert (bug.status(more.get("now", NOON)), bug.notice) == (Status.SEEN, None)


def test_its_second_failure_is_no_news() -> None:
    bug = seen(occurrence())
    told = replace(bug, notice=replace(bug.notice, sent=AT_NOON))
    again = seen(occurrence(NOON + hours(1)), bug=told)
    assert (again.count, again.notice) == (2, told.notice)


def test_a_resolved_bug_comes_back_once() -> None:
    bug = decisions.resolved(seen(occurrence()), AT_NOON, "ann")
    assert bug.status(NOON) == Status.RESOLVED
    assert bug.state.after == "r2"
    late = seen(occurrence(NOON + hours(1), "r2"), bug=bug)
    assert (late.status(NOON), late.count, late.notice) == (Status.RESOLVED, 2, None)
    back = seen(occurrence(NOON + hours(2), "r3"), bug=late)
    assert (back.status(NOON), back.notice.event) == (Status.REGRESSED, REGRESSED)
    assert back.notice.why == "failed in r3 after it was resolved"
    again = seen(occurrence(NOON + hours(3), "r3"), bug=replace(back, notice=None))
    assert (again.status(NOON), again.notice) == (Status.REGRESSED, None)


def test_a_mute_that_is_over_is_seen_until_it_fails() -> None:
    bug = decisions.muted(seen(occurrence()), AT_NOON, "ann", until=iso(NOON + hours(2)))
    assert bug.status(NOON) == Status.MUTED
    assert bug.status(NOON + hours(3)) == Status.SEEN
    assert seen(occurrence(NOON + hours(1)), bug=bug).notice is None
    assert seen(occurrence(NOON + hours(3)), bug=bug).notice.event == REGRESSED


def test_a_mute_for_more_of_it_counts_them_from_now_on() -> None:
    bug = decisions.muted(seen(occurrence(failures=40)), AT_NOON, failures=3)
    bug = seen(occurrence(failures=2), bug=bug)
    assert bug.status(NOON) == Status.MUTED
    assert seen(occurrence(failures=1), bug=bug).status(NOON) == Status.REGRESSED


def test_a_decision_is_taken_back() -> None:
    bug = seen(occurrence())
    for decided in (decisions.resolved(bug, AT_NOON), decisions.muted(bug, AT_NOON, failures=1)):
        assert decided.notice is None, "who decides has heard of it"
        assert decisions.reopened(decided).status(NOON) == Status.SEEN
    noted = decisions.noted(bug, AT_NOON, "ann", "x" * 5_000)
    assert len(noted.notes[0].text) == 1_000
    assert decisions.without_notes(noted).notes == ()


TIMES = st.integers(0, 400).map(lambda hour: NOON + hours(hour))
MANY = st.lists(
    st.builds(
        occurrence,
        TIMES,
        st.sampled_from(["", "r1", "r2", "r3", *(f"r{n}" for n in range(9, 40))]),
        failures=st.integers(1, 1_000),
        function=st.integers(0, 60).map("f{}".format),
    ),
    min_size=1,
    max_size=30,
)


@given(MANY, st.randoms(use_true_random=False))
@settings(max_examples=examples(40))
def test_counts_are_the_same_in_any_order_and_any_batches(occurrences, chance) -> None:
    at_once = happened(None, occurrences, ORDER, NOON, known=True)
    shuffled = list(occurrences)
    chance.shuffle(shuffled)
    bug = None
    while shuffled:
        size = chance.randint(1, len(shuffled))
        bug = happened(bug, shuffled[:size], ORDER, NOON, known=True)
        shuffled = shuffled[size:]
    total = sum(more.failures for more in occurrences)
    assert bug.count == at_once.count == total
    assert (bug.first_seen, bug.last_seen) == (at_once.first_seen, at_once.last_seen)
    assert len(bug.releases) <= 20
    assert len(bug.functions) <= 40
    assert sum(bug.hours.values()) <= total


@given(MANY)
@settings(max_examples=examples(20))
def test_an_item_is_the_bug_and_bounded(occurrences) -> None:
    bug = happened(None, occurrences, ORDER, NOON)
    for decided in (
        bug,
        decisions.muted(bug, AT_NOON, "ann", until=AT_NOON, release="r9", failures=5),
        decisions.noted(decisions.resolved(bug, AT_NOON, "ann"), AT_NOON, "ann", "look"),
    ):
        assert bug_of(bug_item(decided)) == decided
        assert len(str(bug_item(decided))) < 20_000
