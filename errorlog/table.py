"""The write to DynamoDB: bounded in time whatever the network does, left alone after a failure.

It runs where the failure is handled, not on a thread: from its answer to the next call Lambda
freezes a function, and a write that is under way then is neither done nor given up.
"""

from __future__ import annotations

import os
import time

from errorlog.attributes import item_json
from errorlog.dynamodb.deadline import Deadline
from errorlog.dynamodb.failure import WriteFailed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Protocol

    from errorlog.plain_data import Plain

    class PutItem(Protocol):
        """What a record is written with: :class:`errorlog.dynamodb.client.Client`."""

        def put_item(self, table: str, item: str, deadline: Deadline) -> None: ...


# Of the time that the function has left, recording takes at most this share.
SHARE_OF_REMAINING = 0.5
MAX_ATTEMPTS = 3
# CPU seconds of a process's first write: loading what it needs, and TLS.
FIRST_WRITE_CPU_S = 0.06
# A function of so much memory has a core to itself, one of less that part of one.
# https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
_MB_OF_A_CORE = 1_769
_REMAINING_UNKNOWN_MS = 5_000
_PAUSE_S = 0.02
_COOL_DOWN_S = 2.0
_MAX_COOL_DOWN_S = 30.0


class NotWritten(Exception):
    """The record is not known to be in the table; the text says why."""


class Table:
    """The error table. After a sign that the store is down it is left alone for a while."""

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, client: PutItem | None = None
    ) -> None:
        self._clock = clock
        self._client = client
        self._cool_until = 0.0
        self._failures = 0
        self._last_failure = ""

    def put(
        self, table: str, record: dict[str, Plain], timeout_s: float, remaining_ms: int | None
    ) -> None:
        """Write ``record`` or raise :class:`NotWritten`.

        ``timeout_s`` bounds how long others are waited for; with the CPU time of the first write
        it takes never more than a share of ``remaining_ms``.
        """
        if not table:
            raise NotWritten("ERROR_LOG_TABLE is not set")
        if self._clock() < self._cool_until:
            raise NotWritten(f"cooling down after {self._last_failure}")
        remaining_s = (_REMAINING_UNKNOWN_MS if remaining_ms is None else remaining_ms) / 1000
        share_s = SHARE_OF_REMAINING * remaining_s
        needed_s = 0.0 if self._client is not None else first_write_s()
        if share_s <= needed_s:
            # Loading cannot be interrupted, and an error must not become a time-out.
            raise NotWritten(
                f"TimeLeft: the first write takes {needed_s:.2f} s of {remaining_s:.2f} s left"
            )
        began = self._clock()
        values = item_json(record)
        deadline = Deadline(timeout_s, share_s - (self._clock() - began))
        try:
            self._put(table, values, deadline)
        except WriteFailed as failure:
            if failure.down:
                self._cool_down(str(failure))
            raise NotWritten(str(failure)) from failure
        self._failures = 0

    def _put(self, table: str, values: str, deadline: Deadline) -> None:
        client = self._client
        if client is None:
            with deadline.work:
                from errorlog.dynamodb.client import Client

                client = self._client = Client()
        for attempt in range(1, MAX_ATTEMPTS + 1):
            try:
                # The key is the record's own: a repeated write of it changes nothing.
                client.put_item(table, values, deadline)
                return
            except WriteFailed as failure:
                pause_s = _PAUSE_S * attempt * _between(0.5, 1.5)
                if attempt == MAX_ATTEMPTS or not failure.repeat or deadline.left() <= pause_s:
                    raise
            time.sleep(pause_s)

    def _cool_down(self, reason: str) -> None:
        length = min(_MAX_COOL_DOWN_S, _COOL_DOWN_S * 2**self._failures)
        # Jitter, so that a thousand containers do not all come back at once.
        self._cool_until = self._clock() + length * _between(0.75, 1.25)
        self._failures = min(self._failures + 1, 10)
        self._last_failure = reason


def _between(least: float, most: float) -> float:
    """Any number; loading random for a jitter takes longer than a write."""
    return least + (most - least) * int.from_bytes(os.urandom(4), "big") / 2**32


def first_write_s() -> float:
    """Seconds that the CPU time of a first write takes with the function's share of a core."""
    try:
        memory_mb = float(os.environ.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", ""))
    except ValueError:
        memory_mb = _MB_OF_A_CORE
    return FIRST_WRITE_CPU_S / min(1.0, max(128.0, memory_mb) / _MB_OF_A_CORE)


def describe(failure: BaseException) -> str:
    """``KeyError: ...``: the class's name, then the message."""
    return f"{type(failure).__name__}: {failure}"[:1_000]
