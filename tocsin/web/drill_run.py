"""A drill that was begun from the page: a process of its own, which says each check as it is known.

In a process of its own it is interrupted as from the terminal, and gives back what it holds also
where the console ends before it.
"""

import contextlib
import json
import signal
import subprocess
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from tocsin.drill.checks import Check, Kind, Link, Result
from tocsin.exceptions import TocsinError

_NOTES_KEPT = 30
_MOST_CHECKS = 50_000


class DrillRuns(TocsinError):
    """One is under way."""


@dataclass(frozen=True)
class DrillProgress:
    """How far a drill is; ``exit_code`` None while it runs, ``notes`` the last lines of stderr."""

    options: tuple[str, ...]
    began: datetime
    checks: tuple[Check, ...]
    notes: tuple[str, ...]
    exit_code: int | None
    stopping: bool

    @property
    def running(self) -> bool:
        return self.exit_code is None


class DrillRun:
    """At most one drill at a time; ``changed`` is called whenever there is more to show."""

    def __init__(
        self, root: Path, command: Sequence[str], changed: Callable[[], None] = lambda: None
    ) -> None:
        self._root = root
        self._command = tuple(command)
        self._changed = changed
        self._process: subprocess.Popen[str] | None = None
        self._options: tuple[str, ...] = ()
        self._began = datetime.now(UTC)
        self._checks: list[Check] = []
        self._notes: deque[str] = deque(maxlen=_NOTES_KEPT)
        self._exit_code: int | None = None
        self._stopping = False
        self._lock = threading.Lock()
        self._readers: list[threading.Thread] = []

    def begin(self, *options: str) -> None:
        """Hold a drill with these options of smoke-test.

        Raises:
            DrillRuns: one is under way.
        """
        with self._lock:
            if self._process is not None and self._exit_code is None:
                raise DrillRuns("a drill is under way; wait for it, or stop it")
            self._options, self._began = options, datetime.now(UTC)
            self._checks, self._exit_code, self._stopping = [], None, False
            self._notes.clear()
            process = subprocess.Popen(
                [*self._command, "--json", *options],
                cwd=self._root,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                encoding="utf-8",
                errors="replace",
                # Ctrl-C at the terminal is the console's to pass on.
                start_new_session=True,
            )
            self._process = process
            self._readers = [
                threading.Thread(target=self._read_checks, args=(process,)),
                threading.Thread(target=self._read_notes, args=(process,)),
            ]
        for reader in self._readers:
            reader.start()

    def stop(self) -> None:
        """Interrupt it, as Ctrl-C does: it still gives back what it holds."""
        with self._lock:
            process = self._process
            if process is None or self._exit_code is not None:
                return
            self._stopping = True
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGINT)
        self._changed()

    def close(self) -> None:
        """Stop it, and wait until it has given everything back."""
        self.stop()
        for reader in self._readers:
            reader.join()

    @property
    def progress(self) -> DrillProgress | None:
        """How far the newest is; None where none was begun."""
        with self._lock:
            if self._process is None:
                return None
            return DrillProgress(
                self._options,
                self._began,
                tuple(self._checks),
                tuple(self._notes),
                self._exit_code,
                self._stopping,
            )

    def _read_checks(self, process: "subprocess.Popen[str]") -> None:
        assert process.stdout is not None  # noqa: S101 - it is a pipe
        for line in process.stdout:
            check = _check(line)
            with self._lock:
                if check is not None and len(self._checks) < _MOST_CHECKS:
                    self._checks.append(check)
            self._changed()
        exit_code = process.wait()
        with self._lock:
            self._exit_code = exit_code
        self._changed()

    def _read_notes(self, process: "subprocess.Popen[str]") -> None:
        assert process.stderr is not None  # noqa: S101 - it is a pipe
        for line in process.stderr:
            with self._lock:
                self._notes.append(line.rstrip("\n")[:500])
            self._changed()


def _check(line: str) -> Check | None:
    """A line of `smoke-test --json`; None for another one."""
    try:
        said = json.loads(line)
        return Check(
            str(said["function"]),
            Kind(said["kind"]),
            Link(said["link"]),
            Result(said["result"]),
            float(said["seconds"]),
            str(said["detail"]),
        )
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
