"""The function's memory limit: what it used, and its end when it uses more.

AWS's sandbox kills a process that outgrows MemorySize. Here its resident memory is read while
it works, every few milliseconds, and the same happens; what it took between two looks, or before a
busy machine came to look, is seen at its end. A limit of the system's own (RLIMIT_AS)
would count address space, of which Python libraries map far more than they use, and would give
the handler a MemoryError to catch, which AWS does not.
https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
"""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

_EVERY_S = 0.02


class MemoryUse:
    """Peak resident memory of a process, in MB; 0 where the system does not tell."""

    def __init__(self, pid: int, limit_mb: int) -> None:
        self.limit_mb = limit_mb
        self.peak_mb = 0
        self.exceeded = False
        self._pid = pid

    @contextlib.contextmanager
    def watched(self) -> Iterator[None]:
        """Read it while the block runs; kill the process's group when it is over the limit.

        Whether it was at any time is in ``exceeded`` afterwards.
        """
        done = threading.Event()
        watcher = threading.Thread(
            target=self._watch, args=(done,), name="function-memory", daemon=True
        )
        watcher.start()
        try:
            yield
        finally:
            done.set()
            watcher.join()
            self._read()

    def _watch(self, done: threading.Event) -> None:
        while not done.wait(_EVERY_S):
            self._read()
            if self.exceeded:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(self._pid, signal.SIGKILL)
                return

    def _read(self) -> None:
        """The kernel's own high-water mark; a process that is gone leaves the last one."""
        with contextlib.suppress(OSError):
            for line in Path(f"/proc/{self._pid}/status").read_text().splitlines():
                if line.startswith("VmHWM:"):
                    peak_mb = -(-int(line.split()[1]) // 1024)
                    self.exceeded = self.exceeded or peak_mb > self.limit_mb
                    self.peak_mb = min(peak_mb, self.limit_mb)  # as REPORT says it: it has no more
