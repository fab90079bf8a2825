"""A whole failed call that another one prints is none, whichever lines share a millisecond."""

import itertools

import pytest

from collector.batch import Line
from collector.failures import found
from collector.lines import read

OWN, OTHER = "8f3593ea-88b3-43ba-8a51-acb728676344", "8c1d2e3f-0000-4000-8000-000000000002"
PRINTED = (
    f"2026-11-23T14:00:03.001Z {OTHER} Task timed out after 3.00 seconds",
    f"START RequestId: {OTHER} Version: $LATEST",
    f"END RequestId: {OTHER}",
    f"REPORT RequestId: {OTHER}\tDuration: 3000.00 ms\tStatus: timeout",
)
ENDS = (
    f"END RequestId: {OWN}",
    f"REPORT RequestId: {OWN}\tDuration: 30.64 ms\tBilled Duration: 31 ms\tMemory Size: 256 MB"
    "\tMax Memory Used: 15 MB",
)
BEGAN = 1_795_899_583_682


def failures(lines, steps):
    """Those in ``lines``, each so many milliseconds after the one before."""
    times = itertools.accumulate(steps, initial=BEGAN)
    facts = (read(Line(at, text)) for at, text in zip(times, lines, strict=True))
    return found([fact for fact in facts if fact is not None])


STEPS = list(itertools.product((0, 1), repeat=len(PRINTED) + len(ENDS) - 1))


@pytest.mark.parametrize("steps", STEPS)
def test_a_call_that_is_printed_is_no_failure(steps) -> None:
    lines = (f"START RequestId: {OWN} Version: $LATEST", *PRINTED, *ENDS)
    assert failures(lines, (1, *steps)) == []


@pytest.mark.parametrize("between", [0, 1])
def test_a_call_that_begins_when_the_one_before_ends_is_one(between) -> None:
    start = f"START RequestId: {OWN} Version: $LATEST"
    _, *failed = PRINTED
    (failure,) = failures((start, *ENDS, *failed), (30, 0, between, 3_000, 0))
    assert failure.named_by == OTHER
