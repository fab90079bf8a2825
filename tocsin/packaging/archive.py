"""Zip archives that depend on their content alone: the same files give the same bytes."""

import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path

# What a developer's machine leaves beside sources and Lambda has no use for.
IGNORED_NAMES = frozenset({"__pycache__", ".DS_Store", ".mypy_cache", ".pytest_cache"})
IGNORED_SUFFIXES = frozenset({".pyc", ".pyo"})
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest date a zip entry can hold
_REGULAR_FILE_0644 = 0o100644 << 16


def files_below(folder: Path, inside: str = "") -> dict[str, Path]:
    """The files of ``folder`` by their name in an archive, ``inside`` a folder of it."""
    return {
        (Path(inside) / path.relative_to(folder)).as_posix(): path
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not _ignored(path.relative_to(folder))
    }


def write(target: Path, files: Mapping[str, Path]) -> None:
    """Write ``files`` (name in the archive -> source) to ``target``.

    Names are sorted, times and modes fixed; written beside the target and
    moved, so that an interrupted run leaves no half archive.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_suffix(".part")
    with zipfile.ZipFile(unfinished, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.external_attr = _REGULAR_FILE_0644
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
