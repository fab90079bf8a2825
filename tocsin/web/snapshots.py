"""What was read of the account, when, and what went wrong since: old data stays, and says so.

One read serves all tabs: whoever asks while one is under way waits for it.
"""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Generic, TypeVar

from tocsin.web.troubles import Trouble, broken

_LOG = logging.getLogger(__name__)

Value = TypeVar("Value")


@dataclass(frozen=True)
class Snapshot(Generic[Value]):
    """``value`` as of ``read_at``; None before the first read that succeeded.

    ``trouble`` is how the newest read failed: a value beside it is stale. ``version`` grows when
    something of it changes.
    """

    value: Value | None = None
    read_at: datetime | None = None
    trouble: Trouble | None = None
    version: int = 0

    @property
    def stale(self) -> bool:
        return self.value is not None and self.trouble is not None


class Source(Generic[Value]):
    """Something of the account, read by ``read`` and kept for ``fresh_s`` seconds.

    ``explain`` makes a trouble of what a read raises, or raises it again: then it is a bug, which
    is said like a trouble, so that whoever reads on (events.py) sees it end, too. The terminal
    has its traceback.
    """

    def __init__(
        self,
        read: Callable[[], Value],
        explain: Callable[[Exception], Trouble],
        fresh_s: float,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._read = read
        self._explain = explain
        self._fresh_s = fresh_s
        self._now = now
        self._snapshot: Snapshot[Value] = Snapshot()
        self._asked_at: float | None = None
        self._lock = threading.Lock()

    @property
    def latest(self) -> Snapshot[Value]:
        """What was read last, without a read."""
        return self._snapshot

    def get(self, *, fresh_s: float | None = None) -> Snapshot[Value]:
        """What was read in the last ``fresh_s`` seconds, or is now."""
        wanted = self._fresh_s if fresh_s is None else fresh_s
        with self._lock:
            if self._asked_at is None or self._now() - self._asked_at >= wanted:
                self._snapshot = self._next()
                self._asked_at = self._now()
            return self._snapshot

    def amend(self, change: Callable[[Value], Value]) -> None:
        """Put in what was written since, without a read of all."""
        with self._lock:
            before = self._snapshot
            if before.value is not None:
                self._snapshot = replace(
                    before, value=change(before.value), version=before.version + 1
                )

    def _next(self) -> Snapshot[Value]:
        before = self._snapshot
        try:
            value = self._read()
            changed = value != before.value or before.trouble is not None or before.read_at is None
        except Exception as error:
            found = self._trouble(error)
            changed = found != before.trouble
            return Snapshot(before.value, before.read_at, found, before.version + changed)
        return Snapshot(value, datetime.now(UTC), None, before.version + changed)

    def _trouble(self, error: Exception) -> Trouble:
        try:
            return self._explain(error)
        except Exception as bug:
            found = broken(bug)
            if found != self._snapshot.trouble:  # it is read every few seconds
                _LOG.exception("A read of the console broke:")
            return found
