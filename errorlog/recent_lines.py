"""The last lines that a call logged, for the record of its failure: opt-in, and bounded.

Loaded only where ``ERROR_LOG_LINES`` is set. A handler of Python's root logger keeps what passes
it, so what goes through ``logging``, Powertools' Logger included; what is printed it does not see,
nor lines below their logger's level or held back in a buffer.
"""

from __future__ import annotations

import logging
import time
from collections import deque

from errorlog import invocation

TYPE_CHECKING = False
if TYPE_CHECKING:
    from errorlog.plain_data import Plain

MAX_LINES = 200
MAX_LINE_CHARS = 500
MAX_CHARS = 8_192
"""Of all lines of a record."""
_OWN = "errorlog"


class RecentLines(logging.Handler):
    """Keeps the last ``most`` lines of the process, each with the call that it is of."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self._lines: deque[tuple[float, int, str, str, str]] = deque(maxlen=most)

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a line; never raises, whatever its arguments do."""
        try:
            here = invocation.current()
            if here is None:
                return
            text = record.getMessage()[:MAX_LINE_CHARS]
            self._lines.append(
                (record.created, _call(here), record.levelname[:16], record.name[:64], text)
            )
        except Exception:
            return

    def addFilter(self, filter: object) -> None:
        """Take none: Powertools puts one on the root's handlers, so that no line is printed twice,
        and this one prints nothing."""

    def handleError(self, record: logging.LogRecord) -> None:
        """Nothing: logging would print."""

    def of_call(self, here: invocation.Invocation) -> list[Plain]:
        """The lines of the call ``here``, oldest first; the newest where all are too long."""
        call, room = _call(here), MAX_CHARS
        found: list[Plain] = []
        for created, of, level, name, text in reversed(list(self._lines)):
            if of != call:
                continue
            line = f"{_time(created)} {level} {name}: {text}"
            room -= len(line)
            if room < 0:
                break
            found.append(line)
        return found[::-1]


_kept: RecentLines | None = None


def keep(text: str) -> None:
    """Keep as many lines as ``text`` says, at most ``MAX_LINES``; none where it is no number."""
    global _kept
    most = int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0
    if most and _kept is None:
        _kept = RecentLines(min(most, MAX_LINES))
        logging.getLogger().addHandler(_kept)


def kept() -> RecentLines | None:
    """What keeps the lines of this process, if something does."""
    return _kept


def _call(here: invocation.Invocation) -> int:
    """The same for all decorated handlers of a call, and for no two calls at once."""
    while here.outer is not None:
        here = here.outer
    return hash((id(here), here.started))


def _time(created: float) -> str:
    return time.strftime("%H:%M:%S", time.gmtime(created)) + f".{int(created * 1000) % 1000:03d}"
