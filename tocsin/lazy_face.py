"""The public face of a room whose modules are each imported when a name of theirs is first used.

Most commands use little of a room: `errors` of triage, and all that reads monitoring.yml of the
engine, whose numpy alone takes longer to import than the file to read.
"""

import ast
import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any


def lazy_face(package: str) -> Callable[[str], Any]:
    """The ``__getattr__`` of a package that imports its face below ``if TYPE_CHECKING:``.

    What is imported there, for readers and type checkers, is all there is to say: this takes from
    it which module has which name (https://peps.python.org/pep-0562/). No module of the package may
    have one of these names: its import would put it in the place of what it gives.
    """
    modules: dict[str, str] = {}

    def get(name: str) -> Any:
        if not modules:
            modules.update(face(package))
        if name not in modules:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        given = getattr(import_module(modules[name]), name)
        setattr(sys.modules[package], name, given)
        return given

    return get


def face(package: str) -> Iterator[tuple[str, str]]:
    """(name, its module) of each name in the block ``if TYPE_CHECKING:``."""
    source = Path(str(sys.modules[package].__file__)).read_text(encoding="utf-8")
    for statement in ast.parse(source).body:
        if isinstance(statement, ast.If) and ast.unparse(statement.test) == "TYPE_CHECKING":
            for line in statement.body:
                if isinstance(line, ast.ImportFrom) and line.module:
                    yield from ((alias.name, line.module) for alias in line.names)
