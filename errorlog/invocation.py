"""The invocation under way. Lambda runs one at a time in a process, so one global holds it."""

from __future__ import annotations

import time

TYPE_CHECKING = False  # typing.TYPE_CHECKING, without loading typing in every cold start
if TYPE_CHECKING:
    from typing import Any


DRILL = "tocsin_drill"
"""The one key of an event that asks for a failure (``errorlog.drill``)."""


class Invocation:
    """What a record says about the call: its event, context, beginning, and what it recorded."""

    __slots__ = ("cold_start", "context", "event", "outer", "record_event", "recorded", "started")

    def __init__(self, event: Any = None, context: Any = None, record_event: bool = True) -> None:
        self.event = event
        self.context = context
        self.record_event = record_event
        self.started = time.perf_counter()
        self.cold_start = False
        self.outer: Invocation | None = None
        # Strong references, since built-in exceptions have no weak ones; gone with the call.
        self.recorded: list[BaseException] | None = None


current: Invocation | None = None
_warm = False


def enter(invocation: Invocation) -> None:
    """Make ``invocation`` the current one; the first of a process is its cold start."""
    global current, _warm
    invocation.outer = current
    if current is not None:
        # One decorated handler calls another: still the same call of Lambda's.
        invocation.cold_start = current.cold_start
    elif not _warm:
        _warm = True
        invocation.cold_start = True
    current = invocation


def leave(invocation: Invocation) -> None:
    global current
    current = invocation.outer


def is_recorded(invocation: Invocation, error: BaseException) -> bool:
    """Whether ``error`` has its record already, from a nested handler or a capture."""
    return invocation.recorded is not None and any(each is error for each in invocation.recorded)


def mark_recorded(invocation: Invocation | None, error: BaseException) -> None:
    """Remember ``error`` until the outermost call ends."""
    while invocation is not None:
        if invocation.recorded is None:
            invocation.recorded = []
        invocation.recorded.append(error)
        invocation = invocation.outer
