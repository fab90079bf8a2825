"""Calls that know no time-out, waited for only so long: name resolution, botocore's credentials.

``getaddrinfo`` asks name servers that may never answer and takes no time-out, so it is the one
step of a write that needs a thread. A thread that nobody waits for any more ends with its call;
frozen between two invocations it ends later, and stands in nobody's way.
"""

from __future__ import annotations

from _thread import allocate_lock, start_new_thread

from errorlog.dynamodb.failure import WriteFailed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


class NotStarted(WriteFailed):
    """There is no thread to be had, as where a process has all that its limits allow."""


class StillRunning(Exception):
    """The call has not ended within the time given."""


class Background:
    """``call()`` on a thread of its own, from now on."""

    def __init__(self, call: Callable[[], Any]) -> None:
        """Raises:
        NotStarted: no thread could be started.
        """
        self._call = call
        self._value: Any = None
        self._error: BaseException | None = None
        self._done = allocate_lock()
        self._done.acquire()
        try:
            # Not threading.Thread: its start() waits, without a bound, for the thread to run.
            start_new_thread(self._run, ())
        except RuntimeError as error:
            raise NotStarted(f"ThreadNotStarted: {error}") from error

    def result(self, timeout_s: float) -> Any:
        """What the call returned or raised.

        Raises:
            StillRunning: neither within ``timeout_s``.
        """
        if not self._done.acquire(timeout=max(0.0, timeout_s)):
            raise StillRunning
        self._done.release()
        if self._error is not None:
            raise self._error
        return self._value

    def _run(self) -> None:
        try:
            self._value = self._call()
        except BaseException as error:  # a thread has nobody else to tell
            self._error = error
        finally:
            self._done.release()
