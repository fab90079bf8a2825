"""The modules of a function that are the project's own: in its archive, from its folders."""

import ast
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

_MOST_BYTES = 1_000_000


class HasCode(Protocol):
    """A function, as far as its modules are looked for."""

    @property
    def handler(self) -> str: ...

    @property
    def folders(self) -> tuple[Path, ...]:
        """Where the files of its archive come from."""


def handlers_module(function: HasCode) -> str:
    """``src.handlers.orders`` of ``src/handlers/orders.handler``."""
    return function.handler.rpartition(".")[0].replace("/", ".")


def own_file(function: HasCode, inside: frozenset[str], name: str) -> tuple[Path, str] | None:
    """The module's file in the project, where the archive has it from there, and its name in it."""
    path = name.replace(".", "/")
    for archived in (f"{path}/__init__.py", f"{path}.py"):
        if archived in inside:
            for folder in function.folders:
                if (folder / archived).is_file():
                    return folder / archived, archived
    return None


def tree_of(file: Path) -> ast.Module | None:
    """A module; None where it cannot be read, is no Python, or is so large that it is data."""
    try:
        if file.stat().st_size > _MOST_BYTES:
            return None
        return ast.parse(file.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, SyntaxError, RecursionError, MemoryError):
        return None


def imported(statement: ast.stmt, package: str) -> Iterator[str]:
    """The dotted names that ``statement`` imports, or may import as parts of a package."""
    match statement:
        case ast.Import(names=names):
            yield from (alias.name for alias in names)
        case ast.ImportFrom(names=names):
            start = imported_from(statement, package)
            if start:
                yield start
                yield from (f"{start}.{alias.name}" for alias in names)


def imported_from(statement: ast.ImportFrom, package: str) -> str:
    """The module that ``from ... import`` takes from; empty where it is above all packages."""
    if not statement.level:
        return statement.module or ""
    above = package.split(".")[: len(package.split(".")) - statement.level + 1]
    return ".".join([*filter(None, above), *filter(None, [statement.module])])


def and_packages(name: str) -> list[str]:
    """``a.b.c`` -> a, a.b, a.b.c: Python imports them in this order."""
    parts = name.split(".")
    return [".".join(parts[: count + 1]) for count in range(len(parts))]


def archived_names(file: Path) -> list[str]:
    """The names in an archive; none where it cannot be read."""
    try:
        with zipfile.ZipFile(file) as opened:
            return opened.namelist()
    except (OSError, zipfile.BadZipFile):
        return []
