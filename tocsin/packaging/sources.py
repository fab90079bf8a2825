"""The files of a team's own folder that belong into an archive, and no others."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

from tocsin import product
from tocsin.exceptions import InputError
from tocsin.packaging.archive import IGNORED_NAMES, IGNORED_SUFFIXES

# Beside names with a dot in front: secrets (.env), histories (.git), caches, environments.
_TESTS = "tests"
_LEFT_OUT = IGNORED_NAMES | {_TESTS, "conftest.py", "node_modules"}
_ENVIRONMENT = "pyvenv.cfg"  # https://docs.python.org/3/library/venv.html
_INSTALLED = ".egg-info"


# Of a folder that is the project as a whole: what is there for other reasons than to be run.
_NOT_RUN = frozenset(
    {
        "build", "docs", "functions", "resources", "requirements", "Dockerfile", "LICENSE",
        "Makefile", "inv", "monitoring.yml", "package-lock.json", "package.json", "pyproject.toml",
        "serverless.yml", "serverless.yml.j2", "setup.cfg", "setup.py", "stacks.lock.yml",
        "attached.lock.json", "external.lock.json", "tasks.py",
        # Tocsin itself, where the project is a checkout of it.
        product.DISTRIBUTION, product.ERRORLOG, *product.LAMBDAS,
    }
)  # fmt: skip


class LinkError(InputError):
    """A link in a folder that is to be packaged leads where no archive may follow."""


def left_out_of_a_project(project: Path, folder: Path, handler: str) -> frozenset[str]:
    """Names at the top of ``folder`` that no archive needs; none where it is not all of a project.

    Where the handler is, is never one of them.
    """
    if folder != project:
        return frozenset()
    return _NOT_RUN - {re.split(r"[/.]", handler)[0]}


def source_files(
    project: Path, folder: Path, left_out: frozenset[str] = frozenset()
) -> dict[str, Path]:
    """The files of ``folder`` by their name in an archive, in the order of their names.

    ``left_out`` are names at its top that are passed over beside those that always are. Links are
    followed as long as they stay inside of ``project``: what is elsewhere is on one machine only,
    or is nobody's to ship.

    Raises:
        LinkError: a link leads out of the project, nowhere, or to a folder that it is in.
    """
    found = _below(project.resolve(), folder, "", (folder.resolve(),), left_out)
    return dict(sorted(found))


def _below(
    project: Path,
    folder: Path,
    inside: str,
    around: tuple[Path, ...],
    left_out: frozenset[str] = frozenset(),
) -> Iterator[tuple[str, Path]]:
    if not folder.is_dir() or (inside and (folder / _ENVIRONMENT).is_file()):
        return
    for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
        name, path = f"{inside}{entry.name}", Path(entry.path)
        if _left_out(entry.name) or entry.name in left_out:
            continue
        if entry.is_symlink():
            target = _target(project, path, around)
            if _left_out(target.name):
                continue
        if entry.is_dir():
            yield from _below(project, path, f"{name}/", (*around, path.resolve()))
        elif entry.is_file():
            yield name, path


def _target(project: Path, link: Path, around: tuple[Path, ...]) -> Path:
    try:
        target = link.resolve(strict=True)
    except (OSError, RuntimeError):
        raise LinkError(
            f"{link}: found a link that leads nowhere; accepted: one to a file or folder of the "
            "project"
        ) from None
    if not target.is_relative_to(project):
        raise LinkError(
            f"{link}: found a link to {target}, outside of the project; accepted: one to a file "
            f"or folder below {project}"
        )
    if target in around:
        raise LinkError(
            f"{link}: found a link to a folder that it is in; accepted: one to another folder"
        )
    return target


def _left_out(name: str) -> bool:
    return (
        name.startswith(".")
        or name in _LEFT_OUT
        or name.endswith((*IGNORED_SUFFIXES, _INSTALLED))
        or (name.startswith("test_") and name.endswith(".py"))
    )
