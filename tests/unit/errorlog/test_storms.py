"""Budgets: what is not written is counted, and no count is lost."""

from hypothesis import given, settings
from hypothesis import strategies as st

import errorlog
from errorlog.storms import MAX_FINGERPRINTS, Budget
from tests.conftest import examples
from tests.unit.errorlog.surroundings import Context, Stage, Store


def test_a_burst_then_one_at_a_time() -> None:
    budget = Budget(burst=3, refill_s=10)
    assert [budget.take("a", 0) for _ in range(5)] == [0, 0, 0, None, None]
    assert budget.take("b", 0) == 0
    assert budget.take("a", 9.9) is None
    assert budget.take("a", 10) == 3
    assert budget.take("a", 10) is None
    assert budget.take("a", 20) == 1


@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.floats(0, 30)), max_size=200),
    st.integers(1, 5),
)
def test_written_and_suppressed_add_up_to_what_failed(failures, burst) -> None:
    budget, now = Budget(burst, refill_s=10), 0.0
    written = counted = 0
    for fingerprint, pause in failures:
        now += pause
        suppressed = budget.take(fingerprint, now)
        if suppressed is not None:
            written += 1
            counted += suppressed
    now += 1_000
    owed = sum(budget.take(fingerprint, now) or 0 for fingerprint in "abc")
    assert written + counted + owed == len(failures)
    assert written <= 3 * (burst + now / 10)


@given(
    st.lists(st.tuples(st.integers(0, MAX_FINGERPRINTS + 9), st.floats(0, 300)), max_size=60),
    st.integers(1, 4),
)
@settings(max_examples=examples(20))
def test_the_greatest_of_each_counter_adds_up_to_what_failed(failures, times) -> None:
    """Whatever has no record, and though idle ones are forgotten and the last share a budget."""
    budget, now = Budget(burst=2, refill_s=10), 0.0
    greatest: dict[tuple[int, str], int] = {}
    for number in range(MAX_FINGERPRINTS):
        budget.take(f"other {number}", now)
    for fingerprint, pause in failures:
        now += pause
        for _ in range(times):
            budget.take(str(fingerprint), now)
            counter, counted = budget.count(str(fingerprint))
            assert counted > greatest.get((fingerprint, counter), 0)
            greatest[fingerprint, counter] = counted
    for fingerprint in {fingerprint for fingerprint, _ in failures}:
        failed = times * sum(1 for one, _ in failures if one == fingerprint)
        assert sum(n for (one, _), n in greatest.items() if one == fingerprint) == failed


def test_errors_that_never_repeat_share_a_budget() -> None:
    budget = Budget(burst=2, refill_s=10)
    taken = [budget.take(str(number), 0) for number in range(1_000)]
    assert taken.count(0) == MAX_FINGERPRINTS + 2
    assert len(budget._buckets) == MAX_FINGERPRINTS + 1
    assert budget.take("new", 10) == 1_000 - MAX_FINGERPRINTS - 2
    assert MAX_FINGERPRINTS == 128


def test_idle_fingerprints_make_room() -> None:
    budget = Budget(burst=2, refill_s=10)
    for number in range(MAX_FINGERPRINTS):
        budget.take(str(number), 0)
    for _ in range(3):
        budget.take("later", 100)
    assert len(budget._buckets) == 1


def test_a_suppressed_failure_is_a_metric_and_the_next_record_says_how_many() -> None:
    stage = Stage(Store(), burst=2)

    @errorlog.record_errors
    def handler(event, context):
        raise ValueError("again")

    def fail() -> None:
        try:
            handler({}, Context())
        except ValueError:
            return
        raise AssertionError("the handler's own error is gone")

    with stage.watch() as outcome:
        for _ in range(5):
            fail()
        bucket = next(iter(stage.recorder._budget._buckets.values()))
        bucket.tokens = 1
        fail()
    assert [record.get("suppressed") for record in outcome.stored] == [None, None, 3]
    assert [line["ErrorLogSuppressed"] for line in outcome.lines] == [1, 1, 1]
    details = outcome.lines[0]["error_log_suppressed"]
    assert details["fingerprint"] == outcome.stored[0]["fingerprint"]
    assert [record["counted"] for record in outcome.stored] == [1, 2, 6]
    assert [line["error_log_suppressed"]["counted"] for line in outcome.lines] == [3, 4, 5]
    assert {details["counter"]} == {record["counter"] for record in outcome.stored}
    assert details["logStream"] == outcome.stored[0]["logStream"]
    assert details["requestId"] == Context().aws_request_id
