"""The frames of a stack as Python prints them, each made once: the same code fails again."""

from __future__ import annotations

import traceback
from types import CodeType, TracebackType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_COLUMNS = ("colno", "end_colno")
_MAX_PRINTED = 500
_MAX_FRAMES = 50
_REPEATED = 3  # of more of the same in a row Python prints how many
_printed: dict[tuple[Any, ...], str] = {}
# By the code's id and the instruction; the code is held, so that no id is used again.
_of_instruction: dict[tuple[int, int], tuple[CodeType, str]] = {}


class Frames(traceback.StackSummary):
    """A stack whose frames are looked up among those printed before."""

    def format_frame_summary(self, frame_summary: traceback.FrameSummary, **options: Any) -> str:
        frame = frame_summary
        key = (
            frame.filename, frame.lineno, frame.name, frame.line,
            getattr(frame, "end_lineno", 0), getattr(frame, "colno", 0),
            getattr(frame, "end_colno", 0), *options.items(),
        )  # fmt: skip
        printed = _printed.get(key)
        if printed is None:
            if len(_printed) >= _MAX_PRINTED:
                _printed.clear()
            if _is_one_raise(frame):
                # Nothing is to be underlined, and the parser that would tell is not loaded.
                frame = traceback.FrameSummary(frame.filename, frame.lineno, frame.name,
                                               lookup_line=False, line=frame.line)  # fmt: skip
            printed = super().format_frame_summary(frame, **options)
            _printed[key] = printed
        return printed


def _is_one_raise(frame: traceback.FrameSummary) -> bool:
    """Whether what failed is all of a line ``raise ...``."""
    line, begin, end = frame.line or "", *(getattr(frame, name, None) for name in _COLUMNS)
    return (
        line.startswith("raise ") and line.isascii() and begin is not None and end is not None
        and getattr(frame, "end_lineno", None) == frame.lineno and end - begin == len(line)
    )  # fmt: skip


def printed_frames(first: TracebackType | None) -> list[str] | None:
    """Each frame of a stack as Python prints it; None for a deep or a recursive one."""
    found: list[str] = []
    entry, missing, alike, last = first, False, 0, None
    while entry is not None:
        code = entry.tb_frame.f_code
        place = (id(code), entry.tb_lasti)
        alike = alike + 1 if place == last else 1
        if alike > _REPEATED or len(found) >= _MAX_FRAMES:
            return None
        last = place
        kept = _of_instruction.get(place)
        missing = missing or kept is None
        found.append("" if kept is None else kept[1])
        entry = entry.tb_next
    return _made(first) if missing else found


def _made(first: TracebackType | None) -> list[str] | None:
    stack = Frames(traceback.extract_tb(first))
    found = [stack.format_frame_summary(frame) for frame in stack]
    if len(_of_instruction) >= _MAX_PRINTED:
        _of_instruction.clear()
    entry = first
    for printed in found:
        if entry is None:
            return None
        code = entry.tb_frame.f_code
        _of_instruction[id(code), entry.tb_lasti] = code, printed
        entry = entry.tb_next
    return found
