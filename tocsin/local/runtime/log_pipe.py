"""What a function writes, as log events.

Two kinds of bytes come out of one pipe, in the order they were written: plain lines from
``print`` and stderr, one event each; and frames from awslambdaric's own logging, which keep
a multi-line message (a traceback) one event, as on AWS. The frame layout is described in
awslambdaric's ``FramedTelemetryLogSink``.
"""

from __future__ import annotations

import os
import re
import select
import threading
import time
from dataclasses import dataclass

_FRAME = re.compile(rb"(?<![\xc2-\xf4])\xa5\x5a\x00[\x02-\x1f]")
"""A frame's type, four bytes. Text has the first two in "¥Z", but after a lead byte."""
_HEADER = 16
_CHUNK = 65536


@dataclass(frozen=True)
class LogEvent:
    """One event of a function's log stream; ``at`` is wall time in epoch seconds."""

    at: float
    message: str


class LogPipe:
    """The reading end of a function's output; drains it continuously so that it never blocks."""

    def __init__(self) -> None:
        self._read, self.write_fd = os.pipe()
        os.set_blocking(self._read, False)
        self._buffer = b""
        self._events: list[LogEvent] = []
        self._latest = 0.0
        self._lock = threading.Lock()
        self._wake_read, self._wake_write = os.pipe()
        self._thread = threading.Thread(target=self._pump, name="function-log", daemon=True)
        self._thread.start()

    def hand_over(self) -> None:
        """The process holds the writing end now; ours is closed, so its exit ends the pipe."""
        os.close(self.write_fd)

    def take(self) -> list[LogEvent]:
        """Every event written so far.

        A runtime posts its response after its last write, so once the response is here, so
        are the bytes: no waiting is needed to have an invocation's whole log.
        """
        with self._lock:
            self._read_available()
            taken, self._events = self._events, []
            return taken

    def close(self) -> None:
        """Stop reading and release the descriptors."""
        os.write(self._wake_write, b"x")
        self._thread.join()
        for fd in (self._read, self._wake_read, self._wake_write):
            os.close(fd)

    def _pump(self) -> None:
        while True:
            ready, _, _ = select.select([self._read, self._wake_read], [], [])
            if self._wake_read in ready:
                return
            with self._lock:
                if not self._read_available():
                    return

    def _read_available(self) -> bool:
        """Read until the pipe is empty; False once its writers are gone."""
        while True:
            try:
                data = os.read(self._read, _CHUNK)
            except BlockingIOError:
                return True
            if not data:
                self._parse(final=True)
                return False
            self._buffer += data
            self._parse(final=False)

    def _parse(self, *, final: bool) -> None:
        while self._buffer:
            taken = self._frame() if _FRAME.match(self._buffer) else self._line(final)
            if not taken:
                return

    def _frame(self) -> bool:
        if len(self._buffer) < _HEADER:
            return False
        end = _HEADER + int.from_bytes(self._buffer[4:8], "big")
        if len(self._buffer) < end:
            return False
        at = int.from_bytes(self._buffer[8:_HEADER], "big") / 1e6
        self._add(at, self._buffer[_HEADER:end])
        self._buffer = self._buffer[end:]
        return True

    def _line(self, final: bool) -> bool:
        newline = self._buffer.find(b"\n")
        found = _FRAME.search(self._buffer)
        frame = found.start() if found else -1
        if newline >= 0 and (frame < 0 or newline < frame):
            end, following = newline, newline + 1
        elif frame >= 0:
            end = following = frame  # text without a newline, cut short by a frame
        elif final:
            end = following = len(self._buffer)
        else:
            return False
        self._add(time.time(), self._buffer[:end])
        self._buffer = self._buffer[following:]
        return True

    def _add(self, at: float, raw: bytes) -> None:
        message = raw.decode(errors="replace").rstrip("\r\n")
        if message:
            # A line is stamped when it is read, a frame when it was written: keep the order.
            self._latest = max(self._latest, at)
            self._events.append(LogEvent(self._latest, message))
