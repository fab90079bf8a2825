"""The printed stack: Python's own form, with each exception's words redacted on their own.

Files, lines, functions and types are code: what a caller sent changes none of them.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator
from itertools import islice

from errorlog.frames import members, own_tail
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


class _Frames(traceback.StackSummary):
    """Frames whose lines are made once, and redacted as code."""

    code: Redact

    def format_frame_summary(self, frame_summary: traceback.FrameSummary, **options: Any) -> str:
        frame = frame_summary
        key = (
            frame.filename, frame.lineno, frame.name, frame.line,
            getattr(frame, "end_lineno", 0), getattr(frame, "colno", 0),
            getattr(frame, "end_colno", 0), *options.items(),
        )  # fmt: skip
        printed = _printed_frames.get(key)
        if printed is None:
            if len(_printed_frames) >= _MAX_PRINTED:
                _printed_frames.clear()
            if _is_one_raise(frame):
                # Nothing is to be underlined, and the parser that would tell is not loaded.
                frame = traceback.FrameSummary(frame.filename, frame.lineno, frame.name,
                                               lookup_line=False, line=frame.line)  # fmt: skip
            printed = super().format_frame_summary(frame, **options)
            _printed_frames[key] = printed
        return self.code(printed)


def _is_one_raise(frame: traceback.FrameSummary) -> bool:
    """Whether what failed is all of a line ``raise ...``."""
    line, begin, end = frame.line or "", *(getattr(frame, name, None) for name in _COLUMNS)
    return (
        line.startswith("raise ") and line.isascii() and begin is not None and end is not None
        and getattr(frame, "end_lineno", None) == frame.lineno and end - begin == len(line)
    )  # fmt: skip


_COLUMNS = ("colno", "end_colno")
_MAX_PRINTED = 500
_printed_frames: dict[tuple[Any, ...], str] = {}


def stack_trace(
    error: BaseException, redact: Redact = _unchanged, code: Redact = _unchanged
) -> str:
    """As Python prints it: causes, contexts and exception groups included, newest last.

    The decorator's own frames are left out. ``redact`` is given the text and the notes of each
    exception, ``code`` the lines of each frame. A chain of more than 30 exceptions is cut to its
    newest. Never raises.
    """
    try:
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


def chained(error: BaseException) -> Iterator[BaseException]:
    """``error``, what caused it and what a group holds, each once; the nearest first."""
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
        link.stack = frames = _Frames(link.stack)
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
