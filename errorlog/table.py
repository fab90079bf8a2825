"""The write to DynamoDB: one PutItem, bounded in time whatever the network does.

The call runs in a thread, which is waited for only so long. Timeouts of the SDK alone are not
enough: they bound neither name resolution nor credentials, nor an answer that trickles in.
"""

from __future__ import annotations

import os
import random
import threading
import time
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any

from errorlog.attributes import item
from errorlog.redaction import Plain

# Of the time that the function has left, recording takes at most this share. It is as large as
# it is for the first record of an environment: loading the SDK takes a third of a second of CPU,
# and a function of 128 MB has a fourteenth of one.
# https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
SHARE_OF_REMAINING = 0.5
MAX_ATTEMPTS = 3
_PAUSE_S = 0.02
_SOCKET_TIMEOUT_S = 2.0
_COOL_DOWN_S = 2.0
_MAX_COOL_DOWN_S = 30.0

_BUSY = {
    "InternalServerError",
    "LimitExceededException",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "ServiceUnavailable",
    "ThrottlingException",
}


class NotWritten(Exception):
    """The record is not known to be in the table; the text says why."""


class Table:
    """The error table. Keeps its client, and after a failure leaves the store alone for a while."""

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, client: Any | None = None
    ) -> None:
        self._clock = clock
        self._client = client
        self._running: _Attempt | None = None
        self._attempts: SimpleQueue[_Attempt] | None = None
        self._process = 0
        self._cool_until = 0.0
        self._failures = 0
        self._last_failure = ""

    def put(
        self, table: str, record: dict[str, Plain], timeout_s: float, remaining_ms: int | None
    ) -> None:
        """Write ``record`` or raise :class:`NotWritten`.

        ``timeout_s`` bounds the call; loading the SDK before the first one may take longer, but
        both together never more than a share of ``remaining_ms``.
        """
        if not table:
            raise NotWritten("ERROR_LOG_TABLE is not set")
        if self._clock() < self._cool_until:
            raise NotWritten(f"cooling down after {self._last_failure}")
        if self._running is not None and not self._running.done.is_set():
            raise NotWritten(f"an earlier write still hangs: {self._last_failure}")
        share_s = SHARE_OF_REMAINING * (remaining_ms if remaining_ms is not None else 5_000) / 1000
        try:
            self._within(share_s, timeout_s, table, record)
        except NotWritten as failure:
            self._cool_down(str(failure))
            raise
        self._failures = 0

    def _within(
        self, share_s: float, timeout_s: float, table: str, record: dict[str, Plain]
    ) -> None:
        began = time.monotonic()
        attempt = _Attempt(self, table, record, timeout_s)
        self._running = attempt
        self._queue().put(attempt)
        loaded = self._client is not None or attempt.ready.wait(share_s)
        loading_s = time.monotonic() - began
        if not loaded:
            attempt.abandoned = True
            raise NotWritten(f"TimeLeft: the SDK took more than {share_s:.2f} s to load")
        patience_s = min(_patience_s(timeout_s, loading_s), share_s - loading_s)
        if not attempt.done.wait(max(0.0, patience_s)):
            attempt.abandoned = True
            raise NotWritten(f"ReadTimeout: no answer within {patience_s:.2f} s")
        if attempt.failure is not None:
            raise NotWritten(describe(attempt.failure))

    def _queue(self) -> SimpleQueue[_Attempt]:
        """The worker's queue. One thread for all writes: the scheduler lets new ones wait."""
        if self._attempts is None or self._process != os.getpid():  # a fork has no threads
            self._attempts, self._process = SimpleQueue(), os.getpid()
            worker = threading.Thread(
                target=_work, args=(self._attempts,), name="errorlog", daemon=True
            )
            worker.start()
        return self._attempts

    def _cool_down(self, reason: str) -> None:
        length = min(_MAX_COOL_DOWN_S, _COOL_DOWN_S * 2**self._failures)
        # Jitter, so that a thousand containers do not all come back at once.
        self._cool_until = self._clock() + length * random.uniform(0.75, 1.25)
        self._failures = min(self._failures + 1, 10)
        self._last_failure = reason

    def client(self, timeout_s: float) -> Any:
        """A low-level client, made once; loads the SDK."""
        if self._client is None:
            # botocore rather than boto3: the same client without the resources around it.
            from botocore.config import Config
            from botocore.session import Session

            self._client = Session().create_client(
                "dynamodb",
                config=Config(
                    # Only so that the thread ends: nobody waits for it as long.
                    connect_timeout=max(timeout_s, _SOCKET_TIMEOUT_S),
                    read_timeout=max(timeout_s, _SOCKET_TIMEOUT_S),
                    # The pauses between its retries would be longer than the whole budget.
                    retries={"mode": "standard", "total_max_attempts": 1},
                    parameter_validation=False,
                    max_pool_connections=1,
                ),
            )
        return self._client


def _patience_s(timeout_s: float, loading_s: float) -> float:
    """How long to wait for the call: longer where loading the SDK has shown that CPU is scarce.

    The first call makes a TLS connection with what CPU the function has. Where loading took
    seconds, a connection does not take the quarter of one that is plenty elsewhere.
    """
    return max(timeout_s, loading_s / 2)


class _Attempt:
    """One write, on a thread of its own."""

    def __init__(self, table: Table, name: str, record: dict[str, Plain], timeout_s: float) -> None:
        self._table = table
        self._name = name
        self._record = record
        self._timeout_s = timeout_s
        self.ready = threading.Event()
        self.done = threading.Event()
        self.failure: BaseException | None = None
        self.abandoned = False

    def run(self) -> None:
        try:
            client = self._table.client(self._timeout_s)
            values = item(self._record)
            self.ready.set()
            self._put(client, values)
        except BaseException as failure:  # a thread has nobody else to tell
            self.failure = failure
        finally:
            self.ready.set()
            self.done.set()

    def _put(self, client: Any, values: dict[str, Any]) -> None:
        for attempt in range(1, MAX_ATTEMPTS + 1):
            try:
                # The key is the record's own: a repeated write of it changes nothing.
                client.put_item(TableName=self._name, Item=values)
                return
            except Exception as failure:
                if attempt == MAX_ATTEMPTS or self.abandoned or not _worth_repeating(failure):
                    raise
            time.sleep(_PAUSE_S * attempt * random.uniform(0.5, 1.5))


def _work(attempts: SimpleQueue[_Attempt]) -> None:
    while True:
        attempts.get().run()


def _worth_repeating(failure: Exception) -> bool:
    """Whether the same call may succeed in a moment: throttled, 5xx, connection closed.

    A connection that was kept while Lambda froze the process is closed at its next use.
    """
    answer = getattr(failure, "response", None)
    if isinstance(answer, dict):
        code = answer.get("Error", {}).get("Code")
        status = answer.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        return code in _BUSY or status >= 500
    return type(failure).__name__ in ("ConnectionClosedError", "EndpointConnectionError")


def describe(failure: BaseException) -> str:
    """``AccessDeniedException: ...``: AWS's code where there is one, then the message."""
    answer = getattr(failure, "response", None)
    code = answer.get("Error", {}).get("Code") if isinstance(answer, dict) else None
    return f"{code or type(failure).__name__}: {failure}"[:1_000]
