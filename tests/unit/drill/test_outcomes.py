"""A call shows its kind by what Lambda answers, and by nothing else."""

from typing import Any

import pytest

from errorlog.invocation import DRILL
from tocsin.drill.causes import Cause
from tocsin.drill.checks import Kind
from tocsin.drill.outcomes import broken_answer, record_types
from tocsin.drill.traffic import FinishedCall

FORCED = Cause(dict, forced=True)
OWN = Cause(lambda: {"simulate": "timeout"}, forced=False)


def ended(error_type: str = "", message: str = "", **more: Any) -> FinishedCall:
    payload = {"errorType": error_type, "errorMessage": message}
    return FinishedCall("orders", "r", "Unhandled", payload, **more)


TIMED_OUT = ended("Sandbox.Timedout", "RequestId: r Error: Task timed out after 6.00 seconds")
OLD_TIME_OUT = ended("", "2026-11-28T10:00:00.000Z r Task timed out after 6.00 seconds")
OUT_OF_MEMORY = ended("Runtime.OutOfMemory", "RequestId: r Error: signal: killed")
KILLED = ended("Runtime.ExitError", "RequestId: r Error: Runtime exited with error: signal: killed")
EXITED = ended("Runtime.ExitError", "RequestId: r Error: Runtime exited with error: exit status 1")
NO_MODULE = ended("Runtime.ImportModuleError", "Unable to import module 'handler'")
FORCED_EXCEPTION = ended("DrillFailure", "the drill asked for an exception")
KEY_ERROR = ended("KeyError", "'pathParameters'")
SAYS_TIMED_OUT = ended("ValueError", "upstream said: Task timed out after 3.00 seconds")

STATUS = FinishedCall("orders", "r", None, {DRILL: "answer", "statusCode": 500})
ITEMS = FinishedCall("orders", "r", None, {DRILL: "items", "batchItemFailures": [{}]})
OWN_STATUS = FinishedCall("orders", "r", None, {"statusCode": 500})

SHOWS = {
    Kind.TIMEOUT: [TIMED_OUT, OLD_TIME_OUT],
    Kind.MEMORY: [OUT_OF_MEMORY, KILLED],
    Kind.EXIT: [EXITED],
    Kind.IMPORT_ERROR: [NO_MODULE],
    Kind.EXCEPTION: [FORCED_EXCEPTION],
    Kind.ANSWER: [STATUS],
    Kind.ITEMS: [ITEMS],
}
ANSWERS = [TIMED_OUT, OLD_TIME_OUT, OUT_OF_MEMORY, KILLED, EXITED, NO_MODULE, FORCED_EXCEPTION,
           KEY_ERROR, SAYS_TIMED_OUT, STATUS, ITEMS, OWN_STATUS]  # fmt: skip


@pytest.mark.parametrize("kind", SHOWS)
@pytest.mark.parametrize("answer", ANSWERS, ids=lambda seen: seen.error_type or "untyped")
def test_a_kind_is_shown_by_its_own_answers_alone(kind: Kind, answer: FinishedCall) -> None:
    assert (broken_answer(kind, answer, FORCED) == "") == (answer in SHOWS[kind])


def test_what_a_handler_raises_over_an_event_that_it_does_not_know_is_named() -> None:
    said = broken_answer(Kind.TIMEOUT, KEY_ERROR, OWN)
    assert said == (
        "invoke -> handler: event {'simulate': 'timeout'} of monitoring.yml ended in KeyError "
        "('pathParameters'), not in a time-out"
    )


def test_an_answer_that_is_not_errorlogs_is_named() -> None:
    said = broken_answer(Kind.ANSWER, OWN_STATUS, FORCED)
    assert said == (
        "invoke -> error log: an event that errorlog answers was not answered by an answer with "
        "statusCode; is the layer of this release?"
    )
    assert "ended in KeyError ('pathParameters')" in broken_answer(Kind.ITEMS, KEY_ERROR, FORCED)
    assert record_types(Kind.ANSWER, STATUS) == record_types(Kind.ITEMS, ITEMS) == {"DrillFailure"}


def test_an_exception_by_the_owners_event_may_be_any_but_the_platforms() -> None:
    assert broken_answer(Kind.EXCEPTION, KEY_ERROR, OWN) == ""
    assert "Sandbox.Timedout" in broken_answer(Kind.EXCEPTION, TIMED_OUT, OWN)
    assert record_types(Kind.EXCEPTION, KEY_ERROR) == {"KeyError"}


def test_a_call_that_succeeded_or_was_not_made_shows_nothing() -> None:
    succeeded = FinishedCall("orders", "r", None, {"statusCode": 200})
    assert broken_answer(Kind.EXIT, succeeded, FORCED).endswith("succeeded")
    refused = FinishedCall("orders", "", None, None, refused="ExpiredTokenException")
    said = broken_answer(Kind.EXIT, refused, FORCED)
    assert said == "invoke -> function: ExpiredTokenException"
