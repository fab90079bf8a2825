"""Tasks that run at once, each in processes of its own; what they say follows one another."""

import codecs
import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from tocsin import terminal
from tocsin.typed_command import PROGRAM

LOOKED_AFTER_S = 0.2
"""From one look at what a process has said to the next."""
_GIVES_WAY = ("nice", "-n", "3")
"""A little: where the machine has other work, too, each still comes forward."""
_ENDS_WITHIN_S = 60
"""An interrupted task that takes longer is killed: one that ignores the signal would never end."""
_IN_COLOUR = {"PY_COLORS": "1", "MYPY_FORCE_COLOR": "1"}


@dataclass(frozen=True)
class _Running:
    """``said`` reads the file that the processes of the task write to."""

    task: str
    process: subprocess.Popen[bytes]
    said: IO[bytes]
    decoder: codecs.IncrementalDecoder = field(
        default_factory=lambda: codecs.getincrementaldecoder("utf-8")("replace")
    )

    def send(self, number: signal.Signals) -> None:
        """To all of its processes, which are a group of their own."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, number)

    def pass_on(self) -> None:
        """What it has said since the last time, to where this process says it."""
        sys.stdout.write(self.decoder.decode(self.said.read()))
        sys.stdout.flush()


def run(root: Path, tasks: Sequence[str], giving_way: Collection[str] = ()) -> dict[str, int]:
    """Run ``tasks``, as they are typed, in the project's folder; the exit code of each.

    What the first says is told as it comes, then what the second has said and says, and so on.
    Those that are ``giving_way`` have the processor after the others. On Ctrl-C all of them are
    interrupted and end as they do alone; a second one kills them.
    """
    # A shell's background job ignores Ctrl-C, and so would all that is started here.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with ExitStack() as opened:
        running = [
            opened.enter_context(_started(root, task, gives_way=task in giving_way))
            for task in tasks
        ]
        try:
            return {of.task: _told(of) for of in running}
        except KeyboardInterrupt:
            for of in running:
                of.send(signal.SIGINT)
            given_up = time.monotonic() + _ENDS_WITHIN_S
            for of in running:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    of.process.wait(max(0.0, given_up - time.monotonic()))
                of.pass_on()
            raise


@contextmanager
def _started(root: Path, task: str, *, gives_way: bool) -> Iterator[_Running]:
    """The task while the block runs; killed with all that it started if that ends before."""
    colours = _IN_COLOUR if sys.stdout.isatty() else {}
    with tempfile.NamedTemporaryFile() as written, open(written.name, "rb") as said:
        process = subprocess.Popen(
            [*(_GIVES_WAY if gives_way else ()), sys.executable, "-m", PROGRAM, *task.split()],
            cwd=root,
            env={**os.environ, **colours},
            stdin=subprocess.DEVNULL,
            stdout=written,
            stderr=subprocess.STDOUT,
            process_group=0,
        )
        started = _Running(task, process, said)
        try:
            yield started
        finally:
            if process.poll() is None:
                started.send(signal.SIGKILL)
                process.wait()


def _told(of: _Running) -> int:
    """Pass on what it says until it ends; its exit code."""
    terminal.note(f"{of.task} ...")
    exit_code = None
    while exit_code is None:
        with contextlib.suppress(subprocess.TimeoutExpired):
            exit_code = of.process.wait(LOOKED_AFTER_S)
        of.pass_on()
    terminal.note(f"{of.task}: " + (f"failed, exit code {exit_code}" if exit_code else "passed"))
    return exit_code
