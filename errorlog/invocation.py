"""The invocation under way, of each context of its own.

Lambda runs one at a time in a process, Managed Instances run several at once: each in a thread or
a task, which a context variable tells apart. A thread that the handler started has no context of
its handler's; there the invocation is known as long as no other is under way.
"""

from __future__ import annotations

import time
from contextvars import ContextVar

TYPE_CHECKING = False  # typing.TYPE_CHECKING, without loading typing in every cold start
if TYPE_CHECKING:
    from collections.abc import Iterator
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
        "cold_start", "context", "event", "outer", "record_event", "recorded", "started",
    )  # fmt: skip

    def __init__(self, event: Any = None, context: Any = None, record_event: bool = True) -> None:
        self.event = event
        self.context = context
        self.record_event = record_event
        self.started = time.perf_counter()
        self.cold_start = False
        self.outer: Invocation | None = None
        self.recorded: Recorded | None = None


_current: ContextVar[Invocation | None] = ContextVar("errorlog_invocation", default=None)
_under_way: set[Invocation] = set()  # the outermost ones
_warm = False


def enter(invocation: Invocation) -> None:
    """Make ``invocation`` the current one; the first of a process is its cold start."""
    global _warm
    invocation.outer = outer = _current.get()
    if outer is not None:
        # One decorated handler calls another: still the same call of Lambda's.
        invocation.cold_start = outer.cold_start
    else:
        _under_way.add(invocation)
        if not _warm:
            _warm = True
            invocation.cold_start = True
    _current.set(invocation)


def leave(invocation: Invocation) -> None:
    # A coroutine or a generator may be ended in a context that it did not begin in.
    if _current.get() is invocation:
        _current.set(invocation.outer)
    if invocation.outer is None:
        _under_way.discard(invocation)


def current() -> Invocation | None:
    """The invocation of the caller's context, or else the only one there is."""
    here = _current.get()
    if here is not None:
        return here
    under_way = list(_under_way)
    if not under_way or any(not _same_call(other, under_way[0]) for other in under_way[1:]):
        return None
    return max(under_way, key=lambda invocation: invocation.started)


def is_recorded(invocation: Invocation, error: BaseException) -> bool:
    """Whether ``error`` has its record already, from a nested handler or a capture."""
    return any(
        recorded is error
        for part in _parts(invocation)
        if part.recorded is not None
        for recorded in part.recorded.errors
    )


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


def _recorded(invocation: Invocation | None) -> Iterator[Recorded]:
    for part in () if invocation is None else _parts(invocation):
        if part.recorded is None:
            part.recorded = Recorded()
        yield part.recorded


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
