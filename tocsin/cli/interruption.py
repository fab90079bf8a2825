"""Ctrl-C before a task has begun, while modules and tasks are read: the process ends at once.

There is nothing to clean up, and Python's traceback, or invoke's exit code 1 without a word, would
tell nobody what has happened. Tasks are interrupted by :class:`KeyboardInterrupt` as always.
Of the standard library alone, since it comes before anything else is imported.
"""

import os
import signal
from collections.abc import Callable
from types import FrameType

EXIT_CODE = 128 + signal.SIGINT
MESSAGE = "interrupted"
_Handler = Callable[[int, FrameType | None], object]


def _end(number: int, frame: FrameType | None) -> None:
    os.write(2, f"{MESSAGE}\n".encode())
    os._exit(EXIT_CODE)


def ends_at_once() -> None:
    """From here on; where Ctrl-C is ignored, as by a shell's background job, it stays so."""
    _exchange(signal.default_int_handler, _end)


def raises_again() -> None:
    """From the first task on."""
    _exchange(_end, signal.default_int_handler)


def _exchange(old: _Handler, new: _Handler) -> None:
    if signal.getsignal(signal.SIGINT) is old:
        signal.signal(signal.SIGINT, new)
