"""Zip archives that depend on their files alone: the same ones give the same bytes."""

import stat
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path

# What a developer's machine leaves beside sources and Lambda has no use for.
IGNORED_NAMES = frozenset({"__pycache__", ".DS_Store", ".mypy_cache", ".pytest_cache"})
IGNORED_SUFFIXES = frozenset({".pyc", ".pyo"})
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest date a zip entry can hold
_REGULAR, _EXECUTABLE = 0o100644 << 16, 0o100755 << 16


def files_below(folder: Path, inside: str = "") -> dict[str, Path]:
    """The files of ``folder`` by their name in an archive, ``inside`` a folder of it."""
    return {
        (Path(inside) / path.relative_to(folder)).as_posix(): path
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not _ignored(path.relative_to(folder))
    }


def write(target: Path, files: Mapping[str, Path]) -> None:
    """Write ``files`` (name in the archive -> source) to ``target``.

    Names are sorted, times fixed; a mode is 0755 where the owner may execute, else 0644. It is
    written beside the target and moved, so that an interrupted run leaves no half archive.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_suffix(".part")
    with zipfile.ZipFile(unfinished, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, _EPOCH)
            executable = files[name].stat().st_mode & stat.S_IXUSR
            entry.external_attr = _EXECUTABLE if executable else _REGULAR
            entry.create_system = 3  # Unix, also when written elsewhere
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, files[name].read_bytes())
    unfinished.replace(target)


def names_in(archive: Path) -> list[str]:
    with zipfile.ZipFile(archive) as opened:
        return opened.namelist()


def _ignored(path: Path) -> bool:
    parts: Iterable[str] = path.parts
    return path.suffix in IGNORED_SUFFIXES or any(part in IGNORED_NAMES for part in parts)
