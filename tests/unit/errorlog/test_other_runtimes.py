"""Calls under libraries that put their own threads, loops or cancellations in place of Python's.

None of them is among what tests install, so what each does to a process is done here: gevent and
eventlet patch ``_thread``, and their greenlets run in copies of one context in one thread; trio has
an exception of its own for what it cancels.
"""

import _thread
import sys
import types
from contextvars import copy_context

import pytest

import errorlog
from errorlog import invocation
from tests.unit.errorlog.surroundings import Context


class Greenlets:
    """Several in one thread; whoever is asked which one is under way says ``current``."""

    def __init__(self, count: int) -> None:
        self.current = 0
        self._contexts = [copy_context() for _ in range(count)]

    def run(self, number, function, *args):
        before, self.current = self.current, number + 1
        try:
            return self._contexts[number].run(function, *args)
        finally:
            self.current = before


@pytest.fixture
def greenlets(monkeypatch):
    """Made by a context that has seen a call before, as a container's mostly has."""

    def made(count: int) -> Greenlets:
        errorlog.record_errors(lambda event, context: None)({}, None)
        made = Greenlets(count)
        monkeypatch.setattr(_thread, "get_ident", lambda: made.current)
        return made

    return made


def test_greenlets_of_one_thread_keep_their_calls_apart(greenlets, stage) -> None:
    several = greenlets(3)
    begun = [
        several.run(number, invocation.begin, {"n": number}, Context(), True) for number in range(3)
    ]
    assert [several.run(number, invocation.current) for number in range(3)] == begun
    for number in (1, 0, 2):
        assert several.run(number, invocation.current) is begun[number]
        several.run(number, invocation.end, begun[number])
        assert several.run(number, invocation.current) is not begun[number]
    assert invocation.current() is None


def test_each_of_their_failures_is_one_record_of_its_own_call(greenlets, stage) -> None:
    several = greenlets(2)

    @errorlog.record_errors
    def handler(event, context):
        if event["n"] == 0:
            # Where it waits, the next one runs from its beginning to its end.
            with pytest.raises(ValueError, match="1"):
                several.run(1, handler, {"n": 1}, Context(aws_request_id="r-1"))
        errorlog.capture_exception(KeyError("inside"))
        raise ValueError(event["n"])

    with stage.watch() as outcome, pytest.raises(ValueError, match="0"):
        several.run(0, handler, {"n": 0}, Context(aws_request_id="r-0"))
    told = [(record["requestId"], record["errorType"]) for record in outcome.stored]
    assert sorted(told) == [
        ("r-0", "KeyError"), ("r-0", "ValueError"), ("r-1", "KeyError"), ("r-1", "ValueError"),
    ]  # fmt: skip


class Cancelled(BaseException):
    """As trio's."""


@pytest.fixture
def trio(monkeypatch):
    monkeypatch.setitem(sys.modules, "trio", types.SimpleNamespace(Cancelled=Cancelled))


def cancelled(running):
    """``running``, to the point where it waits, and then told to stop."""
    running.send(None)
    return running.throw(Cancelled())


@types.coroutine
def waiting():
    yield


def test_a_part_that_trio_cancels_has_not_failed(trio, stage) -> None:
    @errorlog.record_errors
    async def part(event, context):
        await waiting()

    @errorlog.record_errors
    async def whole(event, context):
        with pytest.raises(Cancelled):
            await part(event, context)
        return "without it"

    with stage.watch() as outcome, pytest.raises(StopIteration) as end:
        cancelled(whole({}, Context()))
    assert end.value.value == "without it"
    assert outcome.stored == []
    with stage.watch() as outcome, pytest.raises(Cancelled):
        cancelled(part({}, Context()))
    assert [record["errorType"] for record in outcome.stored] == ["Cancelled"]


def test_an_async_generator_that_trio_cancels_has_not_failed(trio, stage) -> None:
    @errorlog.record_errors
    async def handler(event, context):
        await waiting()
        yield 1

    with stage.watch() as outcome, pytest.raises(Cancelled):
        cancelled(anext(handler({}, Context())))
    assert outcome.stored == []
