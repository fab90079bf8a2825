"""The locks of a project: each pins, with hashes, what a file beside it declares.

Versions are resolved by uv, which is itself installed from a lock, where none of it is there.
https://docs.astral.sh/uv/pip/compile/
"""

import subprocess
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from tocsin import product
from tocsin.exceptions import InputError, TocsinError
from tocsin.nearest import nearest
from tocsin.packaging import wheels

DECLARED, LOCKED = "requirements.in", "requirements.txt"
FOLDER = Path("requirements")
UV = FOLDER / "uv.lock"
_TOOLS, _PROJECT = "tools.in", "project.in"
_NEVER = frozenset({"build", "node_modules", "tests", FOLDER.name})
_OPTIONS = (
    "--quiet", "--upgrade", "--universal", "--python-version", "3.11", "--generate-hashes",
    "--no-header", "--no-emit-index-url", "--no-emit-find-links",
)  # fmt: skip


class LockingError(TocsinError):
    """uv found no versions that go together, or could not ask for them."""


@dataclass(frozen=True)
class RequirementsLock:
    """One lock: what it is made of, and where it stands. ``name`` is what asks for it."""

    name: str
    declared: Path
    locked: Path


def locks_of(root: Path) -> tuple[RequirementsLock, ...]:
    """Every lock that the project can have, those of ``requirements/`` first."""
    found = [
        RequirementsLock(file.stem, file, file.with_suffix(".lock"))
        for file in sorted((root / FOLDER).glob("*.in"), reverse=True)
    ]
    for pattern in (DECLARED, f"*/{DECLARED}", f"*/*/{DECLARED}"):
        for file in sorted(root.glob(pattern)):
            folder = file.parent.relative_to(root)
            if not any(part.startswith(".") or part in _NEVER for part in folder.parts):
                found.append(RequirementsLock(folder.as_posix(), file, file.with_name(LOCKED)))
    return tuple(found)


def chosen(root: Path, only: str) -> tuple[RequirementsLock, ...]:
    """The locks that ``--only`` names, separated by commas; all where it is empty.

    Raises:
        InputError: there is no such lock.
    """
    known = locks_of(root)
    if not only:
        return known
    wanted = [name.strip() for name in only.split(",")]
    found = []
    for name in wanted:
        fitting = [lock for lock in known if name and name in (lock.name, Path(lock.name).name)]
        if not fitting:
            names = nearest(name, [lock.name for lock in known])
            raise InputError(f"--only: found {name!r}; accepted: {names or 'nothing: no lock'}")
        found += fitting
    return tuple(dict.fromkeys(found))


def pin(root: Path, locks: Collection[RequirementsLock]) -> None:
    """Write each of ``locks`` anew, with the newest versions that go together.

    Raises:
        InputError: a folder is where a lock, or what it is made of, has to be.
        LockingError: uv says no; the message ends with what it said.
    """
    for file in (file for lock in locks for file in (lock.declared, lock.locked)):
        if file.is_dir():
            place = file.relative_to(root).as_posix()
            raise InputError(f"{place}: found a folder; accepted: a file, or nothing")
    uv = wheels.installed(root, product.folder() / UV, wheels.this_machine()) / "bin" / "uv"
    for lock in locks:
        command = [
            str(uv), "pip", "compile", *_OPTIONS, "--no-emit-package", product.DISTRIBUTION,
            *_made_of(root, lock.declared), "--output-file", lock.locked.name,
        ]  # fmt: skip
        done = subprocess.run(
            command, cwd=lock.declared.parent, capture_output=True, text=True, check=False
        )
        if done.returncode:
            place = lock.declared.relative_to(root).as_posix()
            raise LockingError(f"{place}: uv found no versions for it\n{done.stderr.strip()}")


def _made_of(root: Path, declared: Path) -> Sequence[str]:
    """The files that a lock is made of: in a checkout the tools' is of what tocsin needs, too.

    What a project of its own is given is what this checkout is tested with.
    """
    files = [declared.name]
    if root == product.folder() and declared.parent == root / FOLDER:
        if declared.name in (_TOOLS, _PROJECT):
            files.insert(0, "../pyproject.toml")
        if declared.name == _PROJECT:
            files += ["--constraint", _TOOLS.replace(".in", ".lock")]
    return files
