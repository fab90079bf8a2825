"""The Python that an attached function is deployed with, read where its archive is on this machine.

Nothing of it is run.
"""

import contextlib
import os
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

MOST_FILES = 50_000
_MOST_BYTES = 50_000_000
"""Of all modules together."""
_RECORD = ".dist-info/RECORD"
_MOST_BYTES_OF_MODULE = 1_000_000
"""Beyond, it is data."""


@dataclass(frozen=True)
class PackagedCode:
    """The names of all that is in an archive, and the folder that has its modules."""

    names: frozenset[str]
    folder: Path
    own: frozenset[str]
    """The modules that no installed distribution brought."""
    handler: str = ""

    def of(self, handler: str) -> "PackagedCode":
        """The same as the code of the function that ``handler`` names."""
        return replace(self, handler=handler)

    @property
    def folders(self) -> tuple[Path, ...]:
        return (self.folder,)


@contextlib.contextmanager
def packaged_code(archive: Path) -> Iterator[PackagedCode | None]:
    """What ``archive``, a zip file or a folder, has; None where it cannot be read, or is too large.

    What is unpacked for it is gone afterwards.
    """
    if archive.is_dir():
        names = _names_below(archive)
        yield None if names is None else _code(archive.resolve(), names)
        return
    with tempfile.TemporaryDirectory(prefix="tocsin-code-") as made:
        try:
            folder = Path(made).resolve()
            names = _unpack_modules(archive, folder)
        except (OSError, ValueError, RuntimeError, zipfile.BadZipFile):
            names = None
        yield None if names is None else _code(folder, names)


def _code(folder: Path, names: frozenset[str]) -> PackagedCode:
    """https://packaging.python.org/en/latest/specifications/recording-installed-packages/"""
    brought: set[str] = set()
    for name in names:
        if not name.endswith(_RECORD) or not (folder / name).resolve().is_relative_to(folder):
            continue
        with contextlib.suppress(OSError, ValueError):
            with (folder / name).open(encoding="utf-8") as file:
                text = file.read(_MOST_BYTES_OF_MODULE)
            above = name.removesuffix(_RECORD).rpartition("/")[0]
            brought |= {
                f"{above}/{line.partition(',')[0]}".lstrip("/") for line in text.split("\n")
            }
    own = {name for name in names if name.endswith(".py") and name not in brought}
    return PackagedCode(names, folder, frozenset(own))


def _names_below(folder: Path) -> frozenset[str] | None:
    names = set()
    for here, _, files in os.walk(folder):
        names |= {Path(here, file).relative_to(folder).as_posix() for file in files}
        if len(names) > MOST_FILES:
            return None
    return frozenset(names)


def _unpack_modules(archive: Path, folder: Path) -> frozenset[str] | None:
    with zipfile.ZipFile(archive) as opened:
        entries = opened.infolist()
        modules = [entry for entry in entries if entry.filename.endswith((".py", _RECORD))]
        if len(entries) > MOST_FILES or sum(entry.file_size for entry in modules) > _MOST_BYTES:
            return None
        for entry in modules:
            path = (folder / entry.filename).resolve()
            if entry.file_size > _MOST_BYTES_OF_MODULE or not path.is_relative_to(folder):
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            with opened.open(entry) as source:
                # A size that an entry only claims does not count.
                path.write_bytes(source.read(_MOST_BYTES_OF_MODULE))
        return frozenset(entry.filename for entry in entries if not entry.is_dir())
