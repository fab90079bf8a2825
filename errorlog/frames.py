"""An exception's frames: which of them is the team's own."""

from __future__ import annotations

import os
import sys
from functools import cache, lru_cache
from types import CodeType, TracebackType

from errorlog import environment_variables

_OWN_FOLDER = os.path.dirname(os.path.abspath(__file__)) + os.sep
_STANDARD_LIBRARY = os.path.join(os.path.dirname(os.__file__), "")
_MAX_GROUP = 15
_MAX_LAYERS = 50
MAX_SOURCE = 1_000
_MAX_FRAMES = 256
# By the code's id and the instruction; the code is held, so that no id is used again.
_frames: dict[tuple[object, ...], tuple[CodeType, TopFrame]] = {}


class TopFrame:
    """The innermost frame of the team's own code; ``path`` is relative to the task root.

    ``words`` are those of its line, with a space between them.
    """

    __slots__ = ("function", "line", "module", "path", "words")

    def __init__(self, module: str, path: str, function: str, line: int, source: str) -> None:
        self.module = module
        self.path = path
        self.function = function
        self.line = line
        self.words = " ".join(source.split())

    def __str__(self) -> str:
        return f"{self.path}:{self.line} in {self.function}"


def top_frame(error: BaseException) -> TopFrame | None:
    """The innermost frame in the team's code; else the innermost of all; None without frames.

    An exception group points to its first member, where something really went wrong. Never raises.
    """
    try:
        seen = 0
        while members(error) and seen < _MAX_GROUP:
            error, seen = members(error)[0], seen + 1
        entry, found, last = own_tail(error.__traceback__), None, None
        root = _task_root()
        while entry is not None:
            last = entry
            if _is_own_code(entry.tb_frame.f_code.co_filename, root):
                found = entry
            entry = entry.tb_next
        chosen = found or last
        return None if chosen is None else _described(chosen, root)
    except BaseException:  # an exception whose own attributes raise, or a file that is gone
        return None


def beginning(handler: object) -> TopFrame | None:
    """Where ``handler`` is defined; None where it has no code of its own. Never raises."""
    try:
        for _ in range(_MAX_LAYERS):
            inner = getattr(handler, "__wrapped__", None) or getattr(handler, "func", None)
            if inner is None:
                break
            handler = inner
        code = handler.__code__  # type: ignore[attr-defined]
        # Its line is where it is found; of a fingerprint it is no part.
        name = str(getattr(handler, "__module__", ""))
        path = _relative(code.co_filename, _task_root())
        return TopFrame(name, path, code.co_qualname, code.co_firstlineno, "")
    except BaseException:
        return None


def members(error: BaseException) -> tuple[BaseException, ...]:
    """What a group holds, whatever its class says it is; nothing where ``error`` is none."""
    if not issubclass(type(error), BaseExceptionGroup):
        return ()
    held: tuple[BaseException, ...] = getattr(error, "exceptions", ())
    return held


def _described(entry: TracebackType, root: str) -> TopFrame:
    """As described before, where the same code failed at the same place."""
    code, module = entry.tb_frame.f_code, str(entry.tb_frame.f_globals.get("__name__"))
    place = (id(code), entry.tb_lasti, entry.tb_lineno, module, root)
    kept = _frames.get(place)
    if kept is None:
        if len(_frames) >= _MAX_FRAMES:
            _frames.clear()
        kept = _frames[place] = code, _read(entry, module, root)
    return kept[1]


def _read(entry: TracebackType, module: str, root: str) -> TopFrame:
    import linecache

    code = entry.tb_frame.f_code
    line = entry.tb_lineno or code.co_firstlineno
    source = linecache.getline(code.co_filename, line, entry.tb_frame.f_globals).strip()[
        :MAX_SOURCE
    ]
    return TopFrame(module, _relative(code.co_filename, root), code.co_qualname, line, source)


def own_tail(entry: TracebackType | None) -> TracebackType | None:
    while entry is not None and entry.tb_frame.f_code.co_filename.startswith(_OWN_FOLDER):
        entry = entry.tb_next
    return entry


def _relative(path: str, root: str) -> str:
    if path.startswith(root):
        return path[len(root) :]
    for folder in sys.path:
        if folder and path.startswith(folder.rstrip(os.sep) + os.sep):
            return path[len(folder.rstrip(os.sep)) + 1 :]
    return os.path.basename(path)


def _task_root() -> str:
    root = environment_variables.get(b"LAMBDA_TASK_ROOT") or os.getcwd()
    return root if root.endswith(os.sep) else root + os.sep


@lru_cache(maxsize=512)
def _is_own_code(path: str, root: str) -> bool:
    if not path.startswith(root) or path.startswith(_STANDARD_LIBRARY):
        return False
    inner = path[len(root) :]
    if "site-packages" in inner or path.startswith(_OWN_FOLDER):
        return False
    return inner.split(os.sep)[0].removesuffix(".py") not in _vendored(root)


@cache
def _vendored(root: str) -> frozenset[str]:
    """Packages that pip installed into the task root, beside the team's modules."""
    names: set[str] = set()
    try:
        for folder in os.listdir(root):
            if folder.endswith(".dist-info"):
                with open(os.path.join(root, folder, "RECORD"), encoding="utf-8") as record:
                    names.update(line.split(",")[0].split("/")[0] for line in record)
    except OSError:
        pass  # some installers leave RECORD out: then those frames count as the team's own
    return frozenset(name.removesuffix(".py") for name in names)
