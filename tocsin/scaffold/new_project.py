"""`tocsin init`: an empty folder becomes a project, or stays as it was."""

import contextlib
import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from tocsin import product
from tocsin.config.field_types import NAME
from tocsin.exceptions import InputError
from tocsin.nearest import first_of
from tocsin.project_folder import MONITORING
from tocsin.scaffold.project_answers import BASE, FILE, Answers
from tocsin.scaffold.project_files import ProjectFile, project_files
from tocsin.scaffold.writing import refuse_obstacles, write_file

THEIRS = frozenset({"README.md", ".gitignore"})
"""What a repository may be begun with; it stays as it is."""
_LONGEST_SERVICE = 50
_FALLBACK = "monitoring"


@dataclass(frozen=True)
class ProjectFiles:
    """What ``init`` wrote: names below ``root``, and those that were there and were left."""

    root: Path
    service: str
    written: tuple[str, ...]
    left: tuple[str, ...]


def init(folder: Path, service: str = "") -> ProjectFiles:
    """Make a project in ``folder``, which may be new; its service is named after it by default.

    Raises:
        InputError: ``service`` is no name, or the folder has files that a project has, too.
            Nothing is written.
    """
    root = _usable(folder)
    answers = Answers(product.version(), service_of(root, service))
    files = project_files(answers)
    taken = {name for name in files if _differs(root / name, files[name])}
    left = taken & THEIRS
    if root.is_dir() and (refused := sorted(taken - THEIRS) or _serverless(root)):
        raise InputError(
            f"{root}: found {first_of(refused)}; accepted: an empty folder, or one with nothing "
            f"but {' and '.join(sorted(THEIRS))}"
        )
    if _blocked(root):
        raise InputError(f"{root}: found a file; accepted: a folder, or a name that is free")
    written = {name: file for name, file in files.items() if name not in left}
    base = {(BASE / name).as_posix(): ProjectFile(file.content) for name, file in files.items()}
    base[FILE.as_posix()] = ProjectFile(answers.text().encode())
    refuse_obstacles(root, written | base)
    _write_all(root, written | base)
    return ProjectFiles(root, answers.service, tuple(written), tuple(sorted(left)))


def _usable(folder: Path) -> Path:
    """The folder by its whole path, which may be new.

    Raises:
        InputError: no file system has such a name.
    """
    try:
        root = folder.resolve()
        root.exists()
    except (OSError, ValueError, RuntimeError) as error:
        said = getattr(error, "strerror", None) or error
        raise InputError(f"{folder}: {said}; accepted: a folder, or a name that is free") from None
    return root


def service_of(root: Path, given: str) -> str:
    """``given``, where it is a name; else a name made of the folder's.

    Raises:
        InputError: ``given`` is none.
    """
    if given:
        if not re.fullmatch(NAME, given) or len(given) > _LONGEST_SERVICE:
            raise InputError(
                f"--service: found {given!r}; accepted: a letter, then letters, digits and "
                f"hyphens, at most {_LONGEST_SERVICE}"
            )
        return given
    # Letters without their accents: a folder Ünï is the service uni, and no service n.
    plain = unicodedata.normalize("NFKD", root.name).encode("ascii", "ignore").decode()
    made = re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")[:_LONGEST_SERVICE].strip("-")
    return made if re.fullmatch(NAME, made) else _FALLBACK


def _differs(file: Path, wanted: ProjectFile) -> bool:
    """Whether something else is in a file's place; what a run that was cut off wrote is not."""
    if not (file.exists() or file.is_symlink()):
        return False
    return file.is_symlink() or not file.is_file() or file.read_bytes() != wanted.content


def _serverless(root: Path) -> list[str]:
    """A project of somebody's, which a new one would be put into."""
    kinds = [f"serverless.{kind}" for kind in ("yml", "yaml", "json", "js", "ts")]
    return [name for name in (*kinds, "template.yaml", "cdk.json") if (root / name).exists()]


def _blocked(root: Path) -> bool:
    return any(folder.exists() and not folder.is_dir() for folder in (root, *root.parents))


def _write_all(root: Path, files: dict[str, ProjectFile]) -> None:
    """monitoring.yml comes last: with it, the folder is a project."""
    made: list[Path] = []
    needed = {folder for name in files for folder in (root / name).parents}
    folders = [folder for folder in needed if not folder.exists()]
    try:
        for name in sorted(files, key=lambda name: (name == MONITORING, name)):
            target = root / name
            made += [target] if not target.exists() else []
            write_file(target, files[name])
    except BaseException:
        for file in made:
            file.unlink(missing_ok=True)
        for folder in sorted(folders, reverse=True):
            with contextlib.suppress(OSError):  # not empty, or never made
                folder.rmdir()
        raise
