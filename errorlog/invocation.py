"""The invocation under way, of each context of its own.

Lambda runs one at a time in a process, Managed Instances run several at once: each in a thread or
a task, which a context variable tells apart. A thread that the handler started has no context of
its handler's; there the invocation is known as long as no other is under way.
"""

from __future__ import annotations

import _thread  # not get_ident of it: gevent and eventlet put there one that tells greenlets apart
import time
from contextvars import ContextVar

TYPE_CHECKING = False  # typing.TYPE_CHECKING, without loading typing in every cold start
if TYPE_CHECKING:
    from typing import Any


DRILL = "tocsin_drill"
"""The one key of an event that asks for a failure (``errorlog.drill``)."""


class Recorded:
    """What an invocation has its records of."""

    __slots__ = ("ended", "errors", "item_ids")

    def __init__(self) -> None:
        # Strong references, since built-in exceptions have no weak ones; gone with the call.
        self.errors: list[BaseException] = []
        self.item_ids: set[str] = set()
        self.ended = False  # whether one of the errors was not handled


class Invocation:
    """What a record says about the call: its event, context, beginning, and what it recorded."""

    __slots__ = (
        "cold_start", "context", "event", "outer", "record_event", "recorded", "scope", "started",
    )  # fmt: skip
    scope: Scope  # of the context it runs in, while it does

    def __init__(self, event: Any = None, context: Any = None, record_event: bool = True) -> None:
        self.event = event
        self.context = context
        self.record_event = record_event
        self.started = time.perf_counter()
        self.cold_start = False
        self.outer: Invocation | None = None
        self.recorded: Recorded | None = None


class Scope:
    """Where a context, and the copies that tasks and threads have of it, find the invocation.

    To set a context variable is half of what a call that succeeds would cost. So it is set once,
    to a scope, and each call changes that; only in the thread that made it, since a copy of the
    context may be at work in another one.
    """

    __slots__ = ("around", "current", "thread")

    def __init__(self, current: Invocation | None, around: Scope | None = None) -> None:
        self.current = current
        self.around = around
        self.thread = _thread.get_ident()


_new = object.__new__
_scope: ContextVar[Scope | None] = ContextVar("errorlog_scope", default=None)
_under_way: set[Invocation] = set()  # the outermost ones
_warm = False


def begin(event: Any, context: Any, record_event: bool) -> Invocation:
    """A new invocation, the current one until :func:`end` in the same thread."""
    here = _new(Invocation)  # its __init__ would be a third of what this takes
    here.event = event
    here.context = context
    here.record_event = record_event
    here.recorded = None
    scope = _scope.get()
    if scope is None or scope.thread != _thread.get_ident():
        scope = Scope(None if scope is None else scope.current)
        _scope.set(scope)
    here.scope = scope
    here.cold_start = False
    here.outer = outer = scope.current
    if _warm and outer is None:
        _under_way.add(here)  # as nearly always
    else:
        _enter(here, outer)
    scope.current = here
    here.started = time.perf_counter()
    return here


def end(invocation: Invocation) -> None:
    invocation.scope.current = outer = invocation.outer
    if outer is None:
        _under_way.discard(invocation)


def resume(invocation: Invocation) -> None:
    """Make ``invocation``, which others may run beside, the current one of this context alone."""
    around = _scope.get()
    _enter(invocation, None if around is None else around.current)
    invocation.scope = scope = Scope(invocation, around)
    _scope.set(scope)


def suspend(invocation: Invocation) -> None:
    scope = invocation.scope
    del invocation.scope  # which has it: both, and the event, would stay until garbage is collected
    # A coroutine or a generator may be ended in a context that it did not begin in, and in one that
    # another thread has gone on with, whose calls had a scope of their own.
    here = _scope.get()
    if here is not None and here.current is invocation:
        _scope.set(scope.around)
    if invocation.outer is None:
        _under_way.discard(invocation)


def _enter(invocation: Invocation, outer: Invocation | None) -> None:
    """The first invocation of a process is its cold start."""
    global _warm
    invocation.outer = outer
    if outer is not None:
        # One decorated handler calls another: still the same call of Lambda's.
        invocation.cold_start = outer.cold_start
    else:
        _under_way.add(invocation)
        if not _warm:
            _warm = True
            invocation.cold_start = True


def current() -> Invocation | None:
    """The invocation of the caller's context, or else the only one there is."""
    scope = _scope.get()
    if scope is not None and scope.current is not None:
        return scope.current
    under_way = list(_under_way)
    if not under_way or any(not _same_call(other, under_way[0]) for other in under_way[1:]):
        return None
    return max(under_way, key=lambda invocation: invocation.started)


def is_recorded(invocation: Invocation, error: BaseException) -> bool:
    """Whether ``error`` has its record already, from a nested handler or a capture."""
    for part in _parts(invocation):
        if part.recorded is not None and any(one is error for one in part.recorded.errors):
            return True
    return False


def mark_recorded(
    invocation: Invocation | None, error: BaseException, handled: bool = True
) -> None:
    """Remember ``error`` until the outermost call ends."""
    for recorded in _recorded(invocation):
        recorded.errors.append(error)
        recorded.ended = recorded.ended or not handled


def mark_item(invocation: Invocation | None, item_id: str) -> None:
    """Remember that the item of that id has its record."""
    for recorded in _recorded(invocation):
        recorded.item_ids.add(item_id)


def _recorded(invocation: Invocation | None) -> list[Recorded]:
    found: list[Recorded] = []
    for part in () if invocation is None else _parts(invocation):
        if part.recorded is None:
            part.recorded = Recorded()
        found.append(part.recorded)
    return found


def is_nested(invocation: Invocation) -> bool:
    """Whether another decorated handler is around ``invocation``, which has been left."""
    return invocation.outer is not None or any(
        _same_call(other, invocation) for other in list(_under_way)
    )


def is_within_another(invocation: Invocation) -> bool:
    """Whether another decorated handler is around ``invocation``, which is under way."""
    return len(_parts(invocation)) > 1


def _parts(invocation: Invocation) -> list[Invocation]:
    """``invocation`` and the decorated handlers around it, also of other threads."""
    parts, outer = [invocation], invocation.outer
    if outer is None and len(_under_way) == 1 and invocation in _under_way:
        return parts  # as nearly always
    while outer is not None:
        parts.append(outer)
        outer = outer.outer
    outermost = parts[-1]
    return parts + [
        other for other in list(_under_way)
        if other is not outermost and _same_call(other, outermost)
    ]  # fmt: skip


def _same_call(one: Invocation, other: Invocation) -> bool:
    if one.context is None or other.context is None:
        return False
    from errorlog.durable import lambda_context

    return lambda_context(one.context) is lambda_context(other.context)
