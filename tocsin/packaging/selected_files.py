"""What ``package.patterns`` of a function leaves of its files, as Serverless has it.

Patterns are of paths from the project's folder; of those that fit a file, the last one decides, and
an exclamation mark in front takes the file away.
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

_PIECE = re.compile(r"\*\*/|\*\*|\*|\?|\{[^{}]*\}|\[[^\]]+\]|.", re.DOTALL)


def chosen(files: Mapping[str, Path], root: Path, patterns: Sequence[str]) -> dict[str, Path]:
    """Those of ``files`` (name in the archive -> source) that the patterns leave.

    What is not of the project, such as an installed package, goes by its name in the archive.
    """
    rules = [(not pattern.startswith("!"), glob(pattern.lstrip("!"))) for pattern in patterns]
    if not rules:
        return dict(files)
    found = {}
    for name, path in files.items():
        kept = True
        place = path.relative_to(root).as_posix() if path.is_relative_to(root) else name
        for keeps, pattern in rules:
            if pattern.fullmatch(place) or pattern.fullmatch(name):
                kept = keeps
        if kept:
            found[name] = path
    return found


def glob(pattern: str) -> re.Pattern[str]:
    """``src/**/*.{py,json}`` as a regular expression over a whole path."""
    pattern = pattern.removeprefix("./")
    return re.compile("".join(_translated(piece[0]) for piece in _PIECE.finditer(pattern)))


def _translated(piece: str) -> str:
    match piece:
        case "**/":
            return "(?:[^/]+/)*"
        case "**":
            return ".*"
        case "*":
            return "[^/]*"
        case "?":
            return "[^/]"
    if piece.startswith("{") and len(piece) > 1:
        return f"(?:{'|'.join(glob(part).pattern for part in piece[1:-1].split(','))})"
    if piece.startswith("[") and len(piece) > 1:
        inside = piece[1:-1].replace("\\", "\\\\")
        return f"[{'^' + inside[1:] if inside.startswith('!') else inside}]"
    return re.escape(piece)
