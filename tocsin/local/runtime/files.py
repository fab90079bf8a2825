"""The directories a function sees: its code, its layers and AWS's runtime libraries.

Archives are unpacked once per content and shared by every environment that runs them.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import re
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

_RUNTIME_DISTRIBUTIONS = ("awslambdaric", "boto3")
"""What AWS's Python runtime brings along; their own requirements come with them."""


class FunctionFiles:
    """Unpacked archives under ``root``, by the hash of what is in them."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def task_root(self, archive: bytes) -> Path:
        """``/var/task``: the function's own code.

        Raises:
            zipfile.BadZipFile: the archive is not a zip.
        """
        return self._unpacked("task", [archive])

    def opt(self, layers: list[bytes]) -> Path:
        """``/opt``: the layers, one over the other in their order, later ones winning."""
        return self._unpacked("opt", layers)

    def runtime(self) -> Path:
        """``/var/runtime``: links to awslambdaric, boto3 and what they need, nothing else.

        The rest of the tool's own environment stays out of a function's sight, so that a
        package somebody forgot to ship is missing here as it would be on AWS.
        """
        place = self._root / "runtime"
        if not place.exists():
            with self._building() as building:
                for source in runtime_libraries():
                    (building / source.name).symlink_to(source)
                _publish(building, place)
        return place

    def _unpacked(self, kind: str, archives: list[bytes]) -> Path:
        digest = hashlib.sha256()
        for archive in archives:
            digest.update(hashlib.sha256(archive).digest())
        place = self._root / f"{kind}-{digest.hexdigest()[:20]}"
        if not place.exists():
            with self._building() as building:
                for archive in archives:
                    _extract(archive, building)
                _publish(building, place)
        return place

    @contextlib.contextmanager
    def _building(self) -> Iterator[Path]:
        self._root.mkdir(parents=True, exist_ok=True)
        building = Path(tempfile.mkdtemp(prefix="building-", dir=self._root))
        try:
            yield building
        finally:
            shutil.rmtree(building, ignore_errors=True)


def runtime_libraries() -> list[Path]:
    """Top-level files and folders of awslambdaric, boto3 and everything they require."""
    found: dict[str, Path] = {}
    waiting, seen = list(_RUNTIME_DISTRIBUTIONS), set()
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        try:
            distribution = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            continue  # required on other versions of Python only
        for file in distribution.files or ():
            top = file.parts[0]
            if top not in ("..", "__pycache__"):
                found[top] = Path(str(distribution.locate_file(top)))
        for requirement in distribution.requires or ():
            if "extra ==" not in requirement:
                waiting.append(re.split(r"[\s<>=!~;(\[]", requirement, maxsplit=1)[0])
    return [found[name] for name in sorted(found)]


def _extract(archive: bytes, into: Path) -> None:
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        for member in opened.infolist():
            written = Path(opened.extract(member, into))
            mode = member.external_attr >> 16 & 0o777
            if mode and not member.is_dir():
                written.chmod(mode | 0o600)


def _publish(building: Path, place: Path) -> None:
    # Another thread may have unpacked the same content meanwhile: then its copy serves.
    with contextlib.suppress(OSError):
        os.rename(building, place)
    if not place.exists():
        raise OSError(f"cannot unpack into {place}")
