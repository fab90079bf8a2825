"""A file is written whole or not at all, and never through what stands in its way."""

import os
from collections.abc import Iterable
from pathlib import Path

from tocsin.exceptions import InputError
from tocsin.file_replacement import replace_file
from tocsin.scaffold.project_files import ProjectFile


def write_file(target: Path, file: ProjectFile) -> None:
    """Write ``file`` to ``target``, whose folders are made; the mode of one that is there stays."""
    target.parent.mkdir(parents=True, exist_ok=True)
    mode = 0o755 if file.executable else 0o644
    if target.is_file():
        mode = target.stat().st_mode & 0o777
    replace_file(target, file.content, mode)


def refuse_obstacles(root: Path, names: Iterable[str]) -> None:
    """Nothing where each of the files ``names`` can be written below ``root``; looks alone.

    Raises:
        InputError: a file stands where a folder has to be, or the other way round, a link leads
            out of ``root``, or a folder takes no files from who runs this.
    """
    inside = root.resolve()
    existing = next(folder for folder in (root, *root.parents) if folder.exists())
    _refuse_closed(existing, existing)
    for name in names:
        file = root / name
        above = [folder for folder in file.parents if folder.is_relative_to(root)]
        for folder in reversed(above):
            shown = folder if folder == root else folder.relative_to(root).as_posix()
            if not folder.resolve().is_relative_to(inside):
                raise InputError(
                    f"{shown}: found a link to {folder.resolve()}, outside of the project; "
                    "accepted: a folder of the project"
                )
            if folder.exists() and not folder.is_dir():
                raise InputError(f"{shown}: found a file; accepted: a folder, or nothing")
            _refuse_closed(folder, shown)
        if file.is_dir():
            raise InputError(f"{name}: found a folder; accepted: a file, or nothing")


def _refuse_closed(folder: Path, shown: object) -> None:
    if folder.exists() and not os.access(folder, os.W_OK | os.X_OK):
        raise InputError(
            f"{shown}: found a folder that takes no files from you; accepted: one that does"
        )
