"""`tocsin upgrade`: a project gets the files of the installed version, and loses nothing."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tocsin import product
from tocsin.exceptions import InputError
from tocsin.nearest import first_of
from tocsin.scaffold.project_answers import BASE, FILE, Answers, read_answers
from tocsin.scaffold.project_files import ProjectFile, project_files
from tocsin.scaffold.three_way import (
    MERGE_SUFFIX,
    NEW_SUFFIX,
    FileOutcome,
    Merge,
    UpgradeChange,
    change,
    git_merge,
)
from tocsin.scaffold.writing import refuse_obstacles, write_file

_NUMBERS = re.compile(r"\d+")
_QUIET = frozenset({FileOutcome.SAME, FileOutcome.KEPT, FileOutcome.LEFT_OUT})


class Unfinished(InputError):
    """What an earlier upgrade showed was not looked at: this one would write over it."""


@dataclass(frozen=True)
class Upgrade:
    """All that will be done, known before anything of it is."""

    root: Path
    before: str
    after: str
    changes: tuple[UpgradeChange, ...]
    files: dict[str, ProjectFile]

    @property
    def conflicts(self) -> tuple[UpgradeChange, ...]:
        """Where the owner has to look: the file is theirs still, and another one lies beside it."""
        return tuple(planned for planned in self.changes if planned.outcome is FileOutcome.CONFLICT)

    @property
    def told(self) -> tuple[UpgradeChange, ...]:
        """What is worth a line: not what stays as it is."""
        return tuple(planned for planned in self.changes if planned.outcome not in _QUIET)

    def apply(self) -> None:
        """Write it. Cut off anywhere, it can be done again: each file is whole, its base last.

        Raises:
            InputError: something is where a file has to go; nothing is written.
        """
        written = [
            planned.name + planned.suffix for planned in self.changes if planned.content is not None
        ]
        kept = [(BASE / name).as_posix() for name in (*self.files, FILE.name)]
        refuse_obstacles(self.root, [*written, *kept])
        for planned in sorted(
            self.changes, key=lambda planned: planned.outcome is not FileOutcome.CONFLICT
        ):
            if planned.outcome is FileOutcome.REMOVED:
                (self.root / planned.name).unlink(missing_ok=True)
            elif planned.content is not None:
                made = self.files[planned.name]
                target = self.root / (planned.name + planned.suffix)
                write_file(target, ProjectFile(planned.content, made.executable))
        base = self.root / BASE
        for name, made in self.files.items():
            write_file(base / name, ProjectFile(made.content))
        for name in _names_below(base):
            if name not in self.files and base / name != self.root / FILE:
                (base / name).unlink()
        answers = Answers(self.after, read_answers(self.root).service)
        write_file(self.root / FILE, ProjectFile(answers.text().encode()))


def plan_upgrade(root: Path, merge: Merge = git_merge) -> Upgrade:
    """What an upgrade of the project in ``root`` to the installed version does.

    Raises:
        NotMadeHere: ``init`` did not make it.
        Unfinished: files of an earlier upgrade are still there.
        InputError: the project is of a newer version, or a link leads out of it.
    """
    answers = read_answers(root)
    after = product.version()
    if _numbers(answers.version) > _numbers(after):
        raise InputError(
            f"{FILE}: found version {answers.version}; accepted: at most {after}, which is "
            "installed; install the newer one first"
        )
    files = project_files(Answers(after, answers.service))
    base = root / BASE
    names = sorted({*files, *_names_below(base)} - {FILE.name})
    left = [
        name + suffix
        for name in names
        for suffix in (MERGE_SUFFIX, NEW_SUFFIX)
        if (root / (name + suffix)).exists()
    ]
    if left:
        raise Unfinished(
            f"found {first_of(left)} of an earlier upgrade; accepted: a project without; take from "
            "each what you need, then delete it"
        )
    changes = tuple(
        change(name, _read(base, name), _read(root, name), _content(files, name), merge)
        for name in names
    )
    return Upgrade(root, answers.version, after, changes, files)


def _content(files: dict[str, ProjectFile], name: str) -> bytes | None:
    return files[name].content if name in files else None


def _read(root: Path, name: str) -> bytes | None:
    """The content of a file; None where there is none.

    Raises:
        InputError: a folder is in its place, or it is somewhere else by a link.
    """
    file = root / name
    if not file.resolve().is_relative_to(root.resolve()):
        raise InputError(
            f"{name}: found a link to {file.resolve()}, outside of the project; accepted: a file "
            "of the project, or a link to one"
        )
    try:
        return file.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except IsADirectoryError:
        raise InputError(f"{name}: found a folder; accepted: a file, or nothing") from None


def _names_below(folder: Path) -> Iterator[str]:
    """The files below ``folder``, by their names from there; links are not followed."""
    for above, _, names in os.walk(folder):
        for name in names:
            yield Path(above, name).relative_to(folder).as_posix()


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in _NUMBERS.findall(version)[:3])
