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


EXITED = "\tStatus: error\tError Type: Runtime.ExitError"
IDS = (OWN, OTHER)  # in one millisecond their order is that of the ids


def exits(request_id):
    return (
        f"RequestId: {request_id} Error: Runtime exited with error: exit status 1\n"
        "Runtime.ExitError",
        f"END RequestId: {request_id}",
        f"REPORT RequestId: {request_id}\tDuration: 30.64 ms{EXITED}",
    )


def start(request_id):
    return f"START RequestId: {request_id} Version: $LATEST"


@pytest.mark.parametrize(("own", "other"), [IDS, IDS[::-1]])
@pytest.mark.parametrize("printed", [(), (0, 1, 2), (1, 2), (2,)])
def test_a_start_that_is_printed_when_the_call_begins_costs_it_no_record(
    own, other, printed
) -> None:
    other_ends = exits(other)
    lines = (start(own), start(other), *(other_ends[number] for number in printed), *exits(own))
    steps = (*[0] * (len(lines) - 4), 30, 0, 0)
    (failure,) = failures(lines, steps)
    assert (failure.named_by, failure.error_type) == (own, "Runtime.ExitError")


FRAMES = '\nTraceback (most recent call last):\n  File "/var/task/handler.py", line 3, in handler'
IMPORTING = (
    '\nTraceback (most recent call last):\n  File "/x/importlib/__init__.py", in import_module'
)
LOGGED = {
    "an import error": "[ERROR] Runtime.ImportModuleError: no module" + FRAMES,
    "a module that raised": "[ERROR] KeyError: 'TABLE'" + IMPORTING,
    "an error around the handler": "[ERROR] Runtime.MarshalError: no JSON" + FRAMES,
}


@pytest.mark.parametrize("logged", LOGGED)
def test_what_a_bare_logger_writes_is_not_what_the_call_ended_in(logged) -> None:
    (failure,) = failures((start(OWN), LOGGED[logged], *exits(OWN)), (5, 5, 0, 0))
    assert (failure.error_type, failure.in_init) == ("Runtime.ExitError", False)
    line = f"2026-11-23T14:00:03.001Z {OWN} Task timed out after 3.00 seconds"
    timed_out = f"REPORT RequestId: {OWN}\tDuration: 3000.00 ms\tStatus: timeout"
    (failure,) = failures((start(OWN), LOGGED[logged], line, timed_out), (5, 2_995, 0))
    assert failure.error_type == "Sandbox.Timedout"


def test_an_error_around_the_handler_stays_beside_the_next_calls_exit() -> None:
    """Of a call that was well to Lambda no REPORT is delivered."""
    lines = (LOGGED["an error around the handler"], start(OTHER), *exits(OTHER))
    assert {failure.error_type for failure in failures(lines, (9, 5, 0, 0))} == {
        "Runtime.MarshalError", "Runtime.ExitError",
    }  # fmt: skip


@pytest.mark.parametrize("said", ["Runtime.ImportModuleError", "Runtime.Unknown", ""])
def test_a_start_that_failed_is_named_by_the_runtime(said) -> None:
    status = f"\tStatus: error\tError Type: {said}" if said else "\tStatus: error"
    lines = (
        LOGGED["an import error"], f"INIT_REPORT Init Duration: 80 ms\tPhase: invoke{status}",
        start(OWN), f"REPORT RequestId: {OWN}\tDuration: 90.00 ms{status}",
    )  # fmt: skip
    (failure,) = failures(lines, (1, 1, 90))
    assert (failure.error_type, failure.in_init) == ("Runtime.ImportModuleError", True)
