"""For any event and any exception a decorated handler behaves as the bare one does, and the
failure is in the table or in the log, whatever the store does."""

import asyncio
import contextlib
import datetime
import decimal
import gc
import io
import json
import traceback
import uuid
import weakref

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import errorlog
from errorlog.dynamodb import failure
from errorlog.dynamodb.background import NotStarted
from errorlog.dynamodb.connection import Answer
from errorlog.table import MAX_ATTEMPTS
from tests.conftest import examples
from tests.unit.errorlog.surroundings import Context, Stage, Store


class Hostile:
    """Whatever one does with it raises."""

    def __repr__(self) -> str:
        raise RuntimeError("repr")

    __str__ = __repr__

    def __hash__(self) -> int:
        return 1


class HostileMapping(dict):
    def items(self):
        raise RuntimeError("items")


def cyclic() -> list:
    cycle: list = [1]
    cycle.append({"again": cycle})
    return cycle


def deep() -> list:
    inner: list = []
    for _ in range(3_000):
        inner = [inner]
    return inner


leaves = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(),
    st.characters(categories=["Cs"]),  # lone surrogates
    st.binary(max_size=50),
    st.decimals(),
    st.datetimes(),
    st.uuids(),
    st.sets(st.integers(), max_size=3),
    st.builds(Hostile),
    st.builds(lambda: HostileMapping(a=1)),
    st.builds(cyclic),
    st.builds(deep),
    st.builds(lambda: "x" * 300_000),
    st.builds(lambda: 10**5_000),
    st.builds(lambda: {"password": Hostile()}),
)
events = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.tuples(inner, inner),
        st.dictionaries(st.one_of(st.text(max_size=10), st.integers(), st.none()), inner),
    ),
    max_leaves=8,
)


class Mute(Exception):
    def __str__(self) -> str:
        raise RuntimeError("no words")


class Unhashable(Exception):
    __hash__ = None

    def __eq__(self, other):
        raise RuntimeError("not comparable")


class Slotted(Exception):
    __slots__ = ()


class Suggestive(AttributeError):
    """Printing its stack trace asks the object for names it might have meant."""

    def __init__(self) -> None:
        super().__init__("no such", name="nme", obj=Hostile())


def chained() -> BaseException:
    outer = ValueError("outer")
    outer.__cause__ = KeyError("inner")
    outer.__context__ = OSError("other")
    outer.add_note("a note")
    return outer


def looped() -> BaseException:
    first, second = ValueError("first"), ValueError("second")
    first.__context__, second.__context__ = second, first
    return first


MAKERS = {
    "value error": lambda: ValueError("no stock for order 12"),
    "no message": KeyError,
    "object as message": lambda: Exception(Hostile()),
    "unprintable": Mute,
    "unhashable": Unhashable,
    "slotted": Slotted,
    "suggestive": Suggestive,
    "chained": chained,
    "looped": looped,
    "group": lambda: ExceptionGroup("two", [ValueError(1), ExceptionGroup("in", [Mute()])]),
    "base group": lambda: BaseExceptionGroup("base", [KeyboardInterrupt()]),
    "huge": lambda: ValueError("x" * 2_000_000),
    "surrogate": lambda: ValueError("\ud800"),
    "exit": lambda: SystemExit(3),
    "exit without code": SystemExit,
    "interrupt": KeyboardInterrupt,
    "generator exit": GeneratorExit,
    "stop": lambda: StopIteration("result"),
    "memory": MemoryError,
    "recursion": RecursionError,
    "assertion": lambda: AssertionError({"a": Hostile()}),
}


def failing(make):
    def handler(event, context):
        def inner():
            raise make()

        try:
            raise LookupError("before")
        except LookupError:
            inner()

    return handler


def ending(handler, event):
    """How a call ends, in every respect that a caller can see."""
    try:
        return ("returned", handler(event, Context()))
    except BaseException as error:
        frames = traceback.extract_tb(error.__traceback__)[1:]  # without this function's own
        return (
            type(error),
            [
                repr(argument)[:200] if not isinstance(argument, Hostile | dict) else ""
                for argument in error.args
            ],
            type(error.__cause__),
            type(error.__context__),
            error.__suppress_context__,
            getattr(error, "__notes__", None),
            sorted(vars(error)),
            [frame.name for frame in frames if not frame.filename.endswith("errorlog/handler.py")],
        )


@settings(max_examples=examples(60))
@given(event=events, kind=st.sampled_from(sorted(MAKERS)))
def test_any_exception_over_any_event_goes_on_unchanged_and_is_recorded_once(event, kind) -> None:
    bare = failing(MAKERS[kind])
    stage = Stage(Store())
    with stage.watch() as outcome:
        wrapped = ending(errorlog.record_errors(bare), event)
    assert wrapped == ending(bare, event)
    (record,) = outcome.records
    assert record["errorType"] == wrapped[0].__name__
    assert record["requestId"] == Context().aws_request_id
    assert len(json.dumps(record).encode()) < 200_000


@settings(max_examples=examples(60))
@given(result=events)
def test_any_result_is_the_handlers_own_object_and_leaves_nothing(result) -> None:
    stage = Stage(Store())
    with stage.watch() as outcome:
        assert errorlog.record_errors(lambda event, context: result)({}, Context()) is result
    assert outcome.records == outcome.lines == []


def test_the_exception_is_the_very_object_with_one_frame_more(stage, context) -> None:
    error = ValueError("once")

    @errorlog.record_errors
    def handler(event, context):
        raise error

    with stage.watch(), pytest.raises(ValueError, match="once") as caught:
        handler({}, context)
    assert caught.value is error
    names = [frame.name for frame in traceback.extract_tb(error.__traceback__)]
    assert names[1:] == ["recorded", "handler"]


@pytest.mark.parametrize("context", [None, object(), Hostile()], ids=["none", "object", "hostile"])
def test_any_context_will_do(stage, context) -> None:
    @errorlog.record_errors
    def handler(event, context):
        raise ValueError("x")

    with stage.watch() as outcome, pytest.raises(ValueError, match="x"):
        handler({}, context)
    (record,) = outcome.stored
    assert record["functionName"] == "unknown"


def _raises(error):
    def fault():
        raise error

    return fault


def _answers(status: int, body: bytes, **headers: str):
    return lambda: Answer(status, headers, body)


def _aws_error(status: int, code: str):
    body = {"__type": f"com.amazonaws.dynamodb.v20120810#{code}", "message": "from the store"}
    return _answers(status, json.dumps(body).encode())


FAULTS = {
    "timeout": _raises(failure.TimedOut("answer: nothing came within 0.25 s")),
    "refused": _raises(failure.Unreachable("ConnectionRefused")),
    "closed": _raises(failure.Unreachable("ConnectionClosed")),
    "tls": _raises(failure.NotConfigured("Certificate: self-signed certificate")),
    "no credentials": _raises(failure.NotConfigured("NoCredentialsError")),
    "no thread": _raises(NotStarted("ThreadNotStarted: can't start new thread")),
    "throttled": _aws_error(400, "ProvisionedThroughputExceededException"),
    "throttling": _aws_error(400, "ThrottlingException"),
    "denied": _aws_error(400, "AccessDeniedException"),
    "validation": _aws_error(400, "ValidationException"),
    "no table": _aws_error(400, "ResourceNotFoundException"),
    "internal": _aws_error(500, "InternalServerError"),
    "unavailable": _answers(503, b"<html>Service Unavailable</html>"),
    "garbage": _answers(200, b"\x00\xff{not json"),
    "a login page": _answers(200, b"<html>Welcome to the airport</html>"),
    "another service": _answers(200, b'{"message": "hello"}'),
    "no content": _answers(204, b""),
    "damaged": _answers(200, b"{}", **{"x-amz-crc32": "1"}),
    "empty error": _answers(418, b""),
    "python error": _raises(RuntimeError("a bug of ours")),
    "interrupt": _raises(KeyboardInterrupt()),
    "exit": _raises(SystemExit(1)),
}


@settings(max_examples=examples(60))
@given(
    faults=st.lists(st.sampled_from(sorted(FAULTS)), min_size=1, max_size=4),
    kind=st.sampled_from(sorted(MAKERS)),
)
def test_any_fault_of_the_store_is_invisible_and_the_record_is_in_table_or_log(
    faults, kind
) -> None:
    bare = failing(MAKERS[kind])
    stage = Stage(Store(faults=[FAULTS[fault] for fault in faults]))
    with stage.watch() as outcome:
        wrapped = ending(errorlog.record_errors(bare), {"orderId": "1"})
    assert wrapped == ending(bare, {"orderId": "1"})
    (record,) = outcome.records
    assert record["event"] == {"orderId": "1"}


@pytest.mark.parametrize("fault", sorted(FAULTS))
def test_a_lasting_fault_leaves_the_whole_record_in_one_line(fault, context) -> None:
    stage = Stage(Store(faults=[FAULTS[fault]] * 10))

    @errorlog.record_errors
    def handler(event, context):
        raise ValueError("no stock")

    with stage.watch() as outcome, pytest.raises(ValueError, match="no stock"):
        handler({"orderId": "1"}, context)
    (line,) = outcome.lines
    assert line["ErrorLogFailures"] == 1
    assert line["reason"]
    assert line["error_log_fallback"]["errorMessage"] == "no stock"
    assert line["error_log_fallback"]["errorId"]


@pytest.mark.parametrize("fault", ["timeout", "internal", "damaged", "closed"])
def test_a_record_that_was_taken_and_printed_all_the_same_has_one_id(fault, context) -> None:
    stage = Stage(Store())

    def taken():
        stage.store.items.append(dict(sent[-1]))
        return FAULTS[fault]()

    sent: list[dict[str, object]] = []
    send = stage.store.send

    def seen(body):
        sent.append(json.loads(body)["Item"])
        return send(body)

    stage.store.send = seen  # type: ignore[method-assign]
    stage.store.faults = [taken] * MAX_ATTEMPTS
    with stage.watch() as outcome:
        ending(errorlog.record_errors(failing(ValueError)), {})
    assert outcome.stored
    assert len(outcome.fallen_back) == 1
    assert len({record["errorId"] for record in outcome.records}) == 1


@pytest.mark.parametrize(
    "fault", ["throttled", "internal", "unavailable", "refused", "closed", "damaged"]
)
def test_what_may_pass_is_repeated(fault, context) -> None:
    stage = Stage(Store(faults=[FAULTS[fault]] * 2))
    with stage.watch() as outcome:
        ending(errorlog.record_errors(failing(ValueError)), {})
    assert (len(outcome.stored), outcome.lines, stage.store.requests) == (1, [], 3)


@pytest.mark.parametrize(
    "fault", ["denied", "validation", "no table", "timeout", "tls", "no credentials", "garbage"]
)
def test_what_will_not_pass_is_not_repeated(fault, context) -> None:
    stage = Stage(Store(faults=[FAULTS[fault]] * 2))
    with stage.watch() as outcome:
        ending(errorlog.record_errors(failing(ValueError)), {})
    assert (len(outcome.fallen_back), stage.store.requests) == (1, 1)


class Closed:
    def write(self, text):
        raise ValueError("I/O operation on closed file")


@pytest.mark.parametrize("stdout", [Closed(), None, io.StringIO()], ids=["closed", "none", "own"])
@pytest.mark.parametrize("way", ["raised", "captured"])
def test_a_stdout_that_the_function_replaced_loses_nothing(stdout, way, monkeypatch, capfd) -> None:
    """The line goes to the process's own output, where Lambda reads it."""
    monkeypatch.delenv("ERROR_LOG_TABLE")
    monkeypatch.setattr("errorlog.recorder._default", None)

    @errorlog.record_errors
    def handler(event, context):
        with contextlib.redirect_stdout(stdout):
            if way == "captured":
                return errorlog.capture_exception(KeyError("a"))
            raise KeyError("a")

    with monkeypatch.context() as replaced:
        replaced.setattr("sys.stdout", stdout)
        ending(handler, {})
    lines = [json.loads(line) for line in capfd.readouterr().out.splitlines()]
    (record,) = [line["error_log_fallback"] for line in lines if "error_log_fallback" in line]
    assert record["errorType"] == "KeyError"


def test_a_record_that_cannot_be_built_still_leaves_a_line(stage, context, monkeypatch) -> None:
    def broken(*args, **kwargs):
        raise RuntimeError("a bug of ours")

    monkeypatch.setattr("errorlog.recorder.build", broken)
    with stage.watch() as outcome:
        ending(errorlog.record_errors(failing(ValueError)), {})
    (line,) = outcome.lines
    assert line["reason"] == "RecordNotBuilt: RuntimeError: a bug of ours"
    assert line["error_log_fallback"]["errorType"] == "ValueError"
    assert line["error_log_fallback"]["requestId"] == context.aws_request_id


def test_values_that_json_lacks_keep_their_text() -> None:
    stage = Stage(Store())
    event = {
        "at": datetime.date(2026, 11, 23),
        "amount": decimal.Decimal("49.90"),
        "id": uuid.UUID(int=1),
        "raw": b"caf\xc3\xa9",
        "binary": b"\xff\xfe",
        "nan": float("nan"),
        "set": {1},
        "tuple": (1, 2),
        "": "no key",
    }
    with stage.watch() as outcome:
        ending(errorlog.record_errors(failing(ValueError)), event)
    (record,) = outcome.stored
    assert record["event"] == {
        "at": "2026-11-23",
        "amount": "49.90",
        "id": "00000000-0000-0000-0000-000000000001",
        "raw": "café",
        "binary": "[2 bytes]",
        "nan": "nan",
        "set": [1],
        "tuple": [1, 2],
        "[empty key]": "no key",
    }


class Event(dict):
    """One that a weak reference may point to."""


def returns(event, context):
    return event["orderId"]


def yields(event, context):
    yield event["orderId"]
    yield event["orderId"]


async def answers(event, context):
    await asyncio.sleep(0)
    return event["orderId"]


async def yields_in_turn(event, context):
    yield event["orderId"]
    await asyncio.sleep(0)


async def _all_of(generator):
    return [item async for item in generator]


@pytest.mark.parametrize(
    ("handler", "drain"),
    [
        (returns, str),
        (yields, list),
        (answers, asyncio.run),
        (yields_in_turn, lambda generator: asyncio.run(_all_of(generator))),
    ],
)
def test_an_event_is_gone_with_its_call(handler, drain) -> None:
    """And not when garbage is collected next: it may have megabytes."""
    recorded = errorlog.record_errors(handler)

    def call() -> weakref.ref:
        event = Event(orderId="o-1")
        drain(recorded(event, None))
        return weakref.ref(event)

    call()  # what an event loop and imports leave
    gc.disable()
    try:
        assert call()() is None
    finally:
        gc.enable()


def test_an_event_is_gone_with_the_classes_that_its_call_made(stage) -> None:
    """Which have a hold of it: what is kept of a type is not to keep the type."""

    def call() -> weakref.ref:
        event = Event(orderId="o-1")

        class Failed(Exception):
            def __str__(self) -> str:
                return event["orderId"]

        class Made(Context):
            held = event

        @errorlog.record_errors
        def handler(event, context):
            raise Failed

        with stage.watch(), contextlib.suppress(Failed):
            handler(event, Made())
        return weakref.ref(event)

    event = call()
    gc.collect()
    assert event() is None
