"""An event of the drill's is answered where it is signed, for this function, now and once.

Everything else is an ordinary event: the handler gets it, and nothing of it is obeyed.
"""

import asyncio
import itertools
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import errorlog
from errorlog import drill
from errorlog.invocation import DRILL
from tests.unit.errorlog.surroundings import Context

KEY = "k" * 64
NAME = "orders-function-dev"
_nonces = (f"{number:032x}" for number in itertools.count())


@pytest.fixture(autouse=True)
def deployed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", NAME)
    monkeypatch.setenv(drill.KEY_VARIABLE, KEY)


def request(kind: str = "success", *, key: str = KEY, **changed: Any) -> dict[str, Any]:
    """A signed request; ``changed`` before it is signed."""
    made = {
        "kind": kind,
        "function": NAME,
        "expires": int(time.time()) + 600,
        "nonce": next(_nonces),
        "milliseconds": 0,
        **changed,
    }
    return {**made, "signature": drill.signature(key, made)}


@errorlog.record_errors
def handler(event: Any, context: Any) -> Any:
    return ("the handler's own", event)


def kept_records(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What a table takes from now on."""
    import errorlog.recorder

    kept: list[dict[str, Any]] = []

    class Table:
        def put(self, table: str, record: dict[str, Any], *_: Any) -> None:
            kept.append(record)

    recorder = errorlog.recorder.Recorder(Table())  # type: ignore[arg-type]
    monkeypatch.setattr(errorlog.recorder, "_default", recorder)
    return kept


def answered(event: Any) -> bool:
    """Whether errorlog answered in the handler's place."""
    return handler(event, Context()) == {DRILL: "success"}


def test_a_signed_event_is_answered_in_the_handlers_place() -> None:
    assert answered({DRILL: request()})


@errorlog.record_errors
async def coroutine(event: Any, context: Any) -> Any:
    return ("the handler's own", event)


@errorlog.record_errors
def generator(event: Any, context: Any) -> Any:
    yield ("the handler's own", event)


@errorlog.record_errors
async def async_generator(event: Any, context: Any) -> Any:
    yield ("the handler's own", event)


async def _only(generated: Any) -> Any:
    (found,) = [item async for item in generated]
    return found


OTHER_KINDS = {
    "a coroutine": lambda event, context: asyncio.run(coroutine(event, context)),
    "a generator": lambda event, context: next(generator(event, context)),
    "an async generator": lambda event, context: asyncio.run(
        _only(async_generator(event, context))
    ),
}


@pytest.mark.parametrize("kind", OTHER_KINDS)
def test_handlers_of_other_kinds_are_answered_for_too(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    call, kept = OTHER_KINDS[kind], kept_records(monkeypatch)
    assert call({DRILL: request()}, Context()) == {DRILL: "success"}
    with pytest.raises(drill.DrillFailure):
        call({DRILL: request("exception")}, Context())
    assert [record["errorType"] for record in kept] == ["DrillFailure"]
    forged = {DRILL: request(key="x" * 64)}
    assert call(forged, Context()) == ("the handler's own", forged)


def test_inside_of_a_durable_execution_lambdas_own_context_counts() -> None:
    slept: list[float] = []

    class Durable:
        __module__ = "aws_durable_execution_sdk_python.context"
        lambda_context = Context()

    asked = {"kind": "timeout", "milliseconds": 0}
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(drill.time, "sleep", slept.append)
        with pytest.raises(drill.DrillFailure, match="went on"):
            handler({DRILL: request(**asked)}, Durable())
    assert slept


def test_an_exception_is_raised_and_recorded_without_what_could_be_sent_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    kept = kept_records(monkeypatch)
    with pytest.raises(drill.DrillFailure, match="the drill asked for an exception"):
        handler({DRILL: request("exception")}, Context())
    (record,) = kept
    assert record["errorType"] == "DrillFailure"
    assert record["event"] == {DRILL: {"kind": "exception", "milliseconds": 0}}


def test_a_slow_answer_takes_the_time_that_was_asked_for(slept) -> None:
    waited = slept(drill)
    assert handler({DRILL: request("slow", milliseconds=700)}, Context()) == {DRILL: "slow"}
    assert waited == [0.7]


def test_a_time_out_is_slept_for_beyond_the_end(slept) -> None:
    waited = slept(drill)
    context = Context()
    with pytest.raises(drill.DrillFailure, match="went on after its time was over"):
        handler({DRILL: request("timeout")}, context)
    assert waited[0] > context.get_remaining_time_in_millis() / 1000


def test_an_exit_ends_the_process_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    class Ended(BaseException):
        pass

    def end(status: int) -> None:
        assert status == 1
        raise Ended

    monkeypatch.setattr(drill.os, "_exit", end)
    with pytest.raises(Ended):
        handler({DRILL: request("exit")}, Context())


def test_memory_is_taken_within_bounds_and_held(monkeypatch: pytest.MonkeyPatch) -> None:
    """What looks at it may come late, and a failure raised meanwhile would be recorded, too."""
    slept: list[float] = []
    monkeypatch.setattr(drill.time, "sleep", slept.append)
    with pytest.raises(drill.DrillFailure, match="2 MB were taken"):
        drill.carry_out({"kind": "memory"}, type("Small", (), {"memory_limit_in_mb": "1"})())
    assert max(slept) >= 30


@pytest.mark.parametrize(
    ("kind", "answers", "reported"),
    [
        ("answer", "", {"statusCode": 500}),
        ("answer", "items,4xx,5xx", {"statusCode": 400}),
        ("answer", "503", {"statusCode": 503}),
        ("items", "items", {"batchItemFailures": [{"itemIdentifier": "drill"}]}),
    ],
)
def test_an_answer_that_reports_a_failure_is_recorded_as_the_drills(
    kind: str,
    answers: str,
    reported: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """By its type, that nobody takes it for a bug, also where no event is kept."""
    monkeypatch.setenv("ERROR_LOG_ANSWERS", answers)
    kept = kept_records(monkeypatch)
    assert handler({DRILL: request(kind)}, Context()) == {DRILL: kind, **reported}
    assert [(record["errorType"], record["handled"]) for record in kept] == [("DrillFailure", True)]
    assert '"FailedAnswers"' in capfd.readouterr().out


def test_an_answer_that_does_not_count_is_not_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ERROR_LOG_ANSWERS", "items")
    kept = kept_records(monkeypatch)
    assert handler({DRILL: request("answer")}, Context())["statusCode"] == 500
    assert kept == []


@pytest.mark.parametrize("kind", ["answer", "items"])
def test_who_only_writes_such_an_event_hides_no_failure(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = kept_records(monkeypatch)

    @errorlog.record_errors
    def fails(event: Any, context: Any) -> Any:
        return {"statusCode": 500, DRILL: kind}

    fails({DRILL: {"kind": kind, "milliseconds": 0}}, Context())
    assert [record["errorType"] for record in kept] == ["StatusCode500"]


REFUSED: dict[str, Any] = {
    "of another key": lambda: request(key="x" * 64),
    "of another function": lambda: request(function="payments-function-dev"),
    "expired": lambda: request(expires=int(time.time()) - 1),
    "good for too long": lambda: request(expires=int(time.time()) + 2 * drill.LONGEST_S),
    "another kind": lambda: request("delete-everything"),
    "kind of another type": lambda: request(kind=["exit"]),  # type: ignore[arg-type]
    "a pause that is none": lambda: request(milliseconds=-1),
    "a pause beyond Lambda's": lambda: request(milliseconds=900_001),
    "a pause of another type": lambda: request(milliseconds=True),
    "expiry of another type": lambda: request(expires=float(int(time.time()) + 60)),
    "a short nonce": lambda: request(nonce="1"),
    "a member more": lambda: {**request(), "more": 1},
    "a member less": lambda: {k: v for k, v in request().items() if k != "nonce"},
    "no signature": lambda: {**request(), "signature": ""},
    "a signature of another type": lambda: {**request(), "signature": 0},
    "a signature that is no ASCII": lambda: {**request(), "signature": "é" * 64},
    "changed after it was signed": lambda: {**request(), "kind": "exit"},
    "no mapping": lambda: ["exit"],
    "nothing": lambda: None,
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_signed_so_is_the_handlers_own(name: str) -> None:
    assert not answered({DRILL: REFUSED[name]()})


@pytest.mark.parametrize("member", ["kind", "function", "expires", "nonce", "milliseconds"])
def test_every_member_is_signed(member: str) -> None:
    other = {"kind": "slow", "function": "x", "expires": int(time.time()) + 700, "nonce": "f" * 32,
             "milliseconds": 1}[member]  # fmt: skip
    made = request()
    assert drill.signature(KEY, {**made, member: other}) != made["signature"]


def test_an_event_with_more_in_it_is_the_handlers_own() -> None:
    assert not answered({DRILL: request(), "Records": []})


def test_an_event_is_answered_once() -> None:
    event = {DRILL: request()}
    assert [answered(event), answered(event)] == [True, False]


@pytest.mark.parametrize("key", ["", "short", None])
def test_without_a_key_nothing_is_answered(monkeypatch: pytest.MonkeyPatch, key) -> None:
    monkeypatch.delenv(drill.KEY_VARIABLE)
    if key is not None:
        monkeypatch.setenv(drill.KEY_VARIABLE, key)
    assert not answered({DRILL: request(key=key or "")})


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
members = st.dictionaries(st.sampled_from(sorted(drill._MEMBERS)), json_values, max_size=6)


@given(members | json_values)
def test_whatever_an_event_holds_it_is_the_handlers_own_and_nothing_is_raised(value: Any) -> None:
    assert drill.asked({DRILL: value}) is None


def test_a_function_that_is_sent_other_events_loads_nothing_for_it() -> None:
    import subprocess
    import sys

    code = (
        "import sys, errorlog\n"
        "handler = errorlog.record_errors(lambda event, context: 1)\n"
        "handler({'orderId': '1'}, None)\n"
        "print(sorted(m for m in ('hmac', 'hashlib', 'errorlog.drill') if m in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
