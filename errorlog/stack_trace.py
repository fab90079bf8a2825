"""The printed stack: Python's own form, with each exception's words redacted on their own.

Files, lines, functions and types are code: what a caller sent changes none of them.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator
from itertools import islice

from errorlog.frames import members, own_tail
from errorlog.printed_frames import Frames, printed_frames
from errorlog.type_names import type_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

MAX_GROUP = 15
MAX_NOTES = 20
MAX_EXCEPTIONS = 30
MAX_FRAMES = 3_000
_INNERMOST = 100

Redact = Callable[[str], str]


def _unchanged(text: str) -> str:
    return text


class _CodeFrames(Frames):
    """Frames whose lines are redacted as code."""

    code: Redact

    def format_frame_summary(self, frame_summary: traceback.FrameSummary, **options: Any) -> str:
        return self.code(super().format_frame_summary(frame_summary, **options))


# Of these Python prints more than frames, type and text.
_UNUSUAL = (SyntaxError, ImportError, NameError, AttributeError, BaseExceptionGroup)
_CAUSED = "\nThe above exception was the direct cause of the following exception:\n\n"
_MEANWHILE = "\nDuring handling of the above exception, another exception occurred:\n\n"
_MAX_USUAL = 5


def stack_trace(
    error: BaseException, redact: Redact = _unchanged, code: Redact = _unchanged
) -> str:
    """As Python prints it: causes, contexts and exception groups included, newest last.

    The decorator's own frames are left out. ``redact`` is given the text and the notes of each
    exception, ``code`` the lines of each frame. A chain of more than 30 exceptions is cut to its
    newest. Never raises.
    """
    try:
        usual = _usual(error, redact, code)
        if usual is not None:
            return usual
        chain = list(islice(chained(error), MAX_EXCEPTIONS + 1))
        frames = sum(_length(link.__traceback__) for link in chain)
        if len(chain) > MAX_EXCEPTIONS:
            return _newest(error, redact, code)
        printed = traceback.TracebackException(
            type(error), error, own_tail(error.__traceback__), compact=True,
            max_group_width=MAX_GROUP, limit=-_INNERMOST if frames > MAX_FRAMES else None,
        )  # fmt: skip
        _redact(printed, redact, code)
        return "".join(printed.format()).rstrip("\n")
    except BaseException as failure:  # attributes of the exception that raise, or exit
        return f"{_frames(error, code)}{type_name(error)}: [no stack trace: {type_name(failure)}]"


def _usual(error: BaseException, redact: Redact, code: Redact) -> str | None:
    """The stack of an error as nearly all are, without asking ``traceback`` for what it knows.

    None for all others: kinds with more to print, notes, deep or recursive stacks.
    """
    link, pieces = error, []
    entry = own_tail(error.__traceback__)
    for _ in range(_MAX_USUAL):
        kind = type(link)
        if type(kind) is not type or issubclass(kind, _UNUSUAL) or hasattr(link, "__notes__"):
            return None
        frames = printed_frames(entry)
        if not frames:
            return None
        module, name = kind.__module__, kind.__qualname__
        if module not in ("__main__", "builtins"):
            name = f"{module}.{name}"
        try:
            words = redact(str(link))
        except BaseException:  # Python says that it has none
            return None
        lines = "".join(map(code, frames))
        pieces.append(
            f"Traceback (most recent call last):\n{lines}{name}{': ' if words else ''}{words}\n"
        )
        following, between = link.__cause__, _CAUSED
        if following is None and not link.__suppress_context__:
            following, between = link.__context__, _MEANWHILE
        if following is None:
            return "".join(reversed(pieces)).rstrip("\n")
        pieces.append(between)
        link, entry = following, following.__traceback__
    return None


def chained(error: BaseException) -> Iterator[BaseException]:
    """``error``, what caused it and what a group holds, each once; the nearest first."""
    if error.__cause__ is None and error.__context__ is None and not members(error):
        yield error
        return
    seen: set[int] = set()
    waiting: list[BaseException | None] = [error]
    while waiting:
        link = waiting.pop(0)
        if link is None or id(link) in seen:
            continue
        seen.add(id(link))
        yield link
        waiting += members(link)[:MAX_GROUP]
        waiting += [link.__cause__, None if link.__suppress_context__ else link.__context__]


def _length(entry: object) -> int:
    length = 0
    while entry is not None and length <= MAX_FRAMES:
        entry, length = getattr(entry, "tb_next", None), length + 1
    return length


def _newest(error: BaseException, redact: Redact, code: Redact) -> str:
    head = f"[cut: more than {MAX_EXCEPTIONS} exceptions before this one]\n\n"
    return f"{head}{_frames(error, code)}{type_name(error)}: {redact(str(error))}"


def _frames(error: BaseException, code: Redact) -> str:
    """The frames of ``error`` alone; empty where there are none or they cannot be read."""
    try:
        frames = traceback.StackSummary.extract(
            traceback.walk_tb(own_tail(error.__traceback__)), limit=-_INNERMOST
        )
        printed = code("".join(frames.format()))
    except BaseException:
        return ""
    return f"Traceback (most recent call last):\n{printed}" if printed else ""


def _redact(printed: traceback.TracebackException, redact: Redact, code: Redact) -> None:
    """Redact the words of ``printed`` and of all that it is printed with.

    ``_str`` is the one part of it that is not public: there is no other way to the text alone.
    """
    waiting: list[traceback.TracebackException | None] = [printed]
    while waiting:
        link = waiting.pop()
        if link is None:
            continue
        link.stack = frames = _CodeFrames(link.stack)
        frames.code = code
        link._str = redact(str(link._str))  # type: ignore[attr-defined]
        notes = getattr(link, "__notes__", None)
        if isinstance(notes, list | tuple):
            link.__notes__ = [redact(_text(note)) for note in notes[:MAX_NOTES]]
        elif notes is not None:
            link.__notes__ = [redact(_text(notes))]
        for name in ("text", "msg"):  # of a syntax error, which may be in a caller's text
            words = getattr(link, name, None)
            if isinstance(words, str):
                setattr(link, name, redact(words))
        waiting += [link.__cause__, link.__context__, *(getattr(link, "exceptions", None) or ())]


def _text(note: object) -> str:
    try:
        return str(note)
    except BaseException as failure:
        return f"[no note: str() raised {type_name(failure)}]"
