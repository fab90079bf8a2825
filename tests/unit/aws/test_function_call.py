"""Calling a function once, and reading its log: what is typed, what comes back, what is bounded."""

import base64
import io
from types import SimpleNamespace

import pytest

from tests.conftest import DEMO
from tocsin import config
from tocsin.aws import function_call, log_lines
from tocsin.exceptions import InputError

ORDERS = config.load(DEMO, "dev").function("orders")


class Missing(Exception):
    pass


def account(**methods):
    client = SimpleNamespace(
        exceptions=SimpleNamespace(ResourceNotFoundException=Missing), **methods
    )
    return SimpleNamespace(region="us-east-1", client=lambda *_, **__: client)


@pytest.mark.parametrize(("text", "event"), [("", None), (" ", None), ('{"a": 1}', {"a": 1})])
def test_an_event_is_json(text, event) -> None:
    assert function_call.event_of(text) == event


@pytest.mark.parametrize("text", ["{", "{'a': 1}", "NaN", "[" * 100_000, '"' + "x" * 7_000_000])
def test_what_is_no_event_is_bad_input(text) -> None:
    with pytest.raises(InputError, match="--data: found"):
        function_call.event_of(text)


@pytest.mark.parametrize(
    ("answer", "payload", "error"),
    [
        ({"Payload": io.BytesIO(b'{"ok": 1}')}, {"ok": 1}, ""),
        ({"Payload": io.BytesIO(b"")}, None, ""),
        ({"Payload": io.BytesIO(b"\xff")}, "\ufffd", ""),
        (
            {"Payload": io.BytesIO(b'{"errorType": "X"}'), "FunctionError": "Unhandled"},
            {"errorType": "X"},
            "Unhandled",
        ),
    ],
)
def test_the_answer_and_the_log_come_back(answer, payload, error) -> None:
    log = base64.b64encode(b"START\nEND \xff\n").decode()
    called = []

    def invoke(**request):
        called.append(request)
        return {"StatusCode": 200, "LogResult": log, **answer}

    found = function_call.invoke(account(invoke=invoke), ORDERS, {"id": 7})
    assert (found.payload, found.error, found.log) == (payload, error, "START\nEND \ufffd\n")
    assert called == [
        {"FunctionName": "orders-function-dev", "LogType": "Tail", "Payload": b'{"id": 7}'}
    ]


def missing(**_):
    raise Missing


def test_a_function_that_is_not_there_is_said_so() -> None:
    with pytest.raises(function_call.NotDeployedFunction, match="is not deployed in us-east-1"):
        function_call.invoke(account(invoke=missing), ORDERS, None)
    with pytest.raises(log_lines.NoLog, match="/aws/lambda/orders-function-dev"):
        log_lines.newest(account(filter_log_events=missing), ORDERS, 60)


def event(number, message="said\n"):
    return {
        "eventId": f"{number}",
        "timestamp": number,
        "logStreamName": "a",
        "message": message,
    }


def test_all_pages_are_read_and_the_newest_lines_are_kept() -> None:
    pages = {None: ([event(1)] * 1_000, "b"), "b": ([event(2)] * 999 + [event(3)], None)}

    def pager(nextToken=None, **_):
        events, more = pages[nextToken]
        return {"events": events, **({"nextToken": more} if more else {})}

    lines = log_lines.newest(account(filter_log_events=pager), ORDERS, 60)
    assert len(lines) == log_lines.MOST
    assert (lines[0].id, lines[-1].id, lines[-1].message) == ("2", "3", "said")


def test_pages_without_end_are_not_followed_without_end() -> None:
    asked = []

    def pager(**request):
        asked.append(request)
        return {"events": [], "nextToken": f"{len(asked)}"}

    assert log_lines.newest(account(filter_log_events=pager), ORDERS, 60) == []
    assert len(asked) <= 50


def test_a_line_is_bounded() -> None:
    def one(**_):
        return {"events": [event(1, "x" * 100_000)]}

    (line,) = log_lines.newest(account(filter_log_events=one), ORDERS, 60)
    assert len(line.message) < 9_000
    assert line.message.endswith("(91,808 characters more)")


def test_a_tail_shows_a_line_once(monkeypatch) -> None:
    monkeypatch.setattr(log_lines, "_PAUSE_S", 0)
    asked = []

    def growing(**_):
        asked.append(1)
        return {"events": [event(number) for number in range(len(asked))]}

    coming = log_lines.tail(account(filter_log_events=growing), ORDERS, None)
    assert [next(coming).id for _ in range(3)] == ["0", "1", "2"]
