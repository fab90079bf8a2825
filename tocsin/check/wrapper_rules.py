"""Whether a function's handler goes through errorlog, as far as the text of its modules tells.

A handler may be decorated where it is defined, or be defined in another module of the function and
only imported here.
"""

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

from tocsin.config import Function
from tocsin.findings import Finding, Severity

ERRORLOG = "errorlog"
SHARED = "_shared"  # beside the functions' folders; in every archive, below a function's own files


class Wrapping(Enum):
    """What is known of a name; of several bindings of one name the best counts."""

    WRAPPED = 1
    ELSEWHERE = 2  # it comes from a module that is not the project's
    BARE = 3


def wrapper(function: Function) -> Iterator[Finding]:
    """A finding where errorlog does not see what the handler raises, or nobody can tell."""
    module, _, attribute = function.handler.rpartition(".")
    folders = (function.source, function.source.parent / SHARED)
    place = f"{attribute}() in functions/{function.key}/{module}.py"
    found = _Modules(folders).wrapping(tuple(module.split("/")), attribute)
    if found is Wrapping.BARE:
        message = f"{place} is not decorated with errorlog"
        yield Finding(Severity.ERROR, "completeness/wrapper", function.key, message)
    elif found is Wrapping.ELSEWHERE:
        message = f"{place} comes from a package, and whether errorlog decorates it is not known"
        yield Finding(Severity.WARNING, "completeness/wrapper", function.key, message)


Dotted = tuple[str, ...]
"""A module by its parts: ``("api", "http")``."""


@dataclass
class _Modules:
    """The modules of a function, by name; ``folders`` are where Python looks, first one first."""

    folders: tuple[Path, ...]
    _asked: set[tuple[Dotted, str]] = field(default_factory=set)

    def wrapping(self, module: Dotted, attribute: str) -> Wrapping:
        file = self._file(module)
        if file is None:
            return Wrapping.ELSEWHERE
        if (module, attribute) in self._asked:  # modules that import each other
            return Wrapping.BARE
        self._asked.add((module, attribute))
        try:
            tree = ast.parse(file.read_text(encoding="utf-8"))
        except (SyntaxError, ValueError):
            return Wrapping.BARE
        package = module if file.name == "__init__.py" else module[:-1]
        names = set(_names_of_errorlog(tree))
        found = [
            self._of_binding(statement, module, package, attribute, names)
            for statement in _bindings(tree, attribute)
        ]
        return min(found, key=lambda each: each.value, default=Wrapping.BARE)

    def _of_binding(
        self, statement: ast.stmt, module: Dotted, package: Dotted, attribute: str, names: set[str]
    ) -> Wrapping:
        match statement:
            case ast.FunctionDef(decorator_list=decorators):
                wrapped = any(_root_name(decorator) in names for decorator in decorators)
                return Wrapping.WRAPPED if wrapped else Wrapping.BARE
            case ast.ImportFrom():
                before = package[: len(package) - statement.level + 1] if statement.level else ()
                source = (*before, *(statement.module or "").split("."))
                source = tuple(part for part in source if part)
                if source[:1] == (ERRORLOG,):
                    return Wrapping.BARE
                original = next(
                    (
                        alias.name
                        for alias in statement.names
                        if (alias.asname or alias.name) == attribute
                    ),
                    attribute,  # of a star import
                )
                return self.wrapping(source, original)
            case ast.Assign(value=value) | ast.AnnAssign(value=ast.expr() as value):
                return self._of_value(value, module, names)
        return Wrapping.BARE

    def _of_value(self, value: ast.expr, module: Dotted, names: set[str]) -> Wrapping:
        """Of ``errorlog.record_errors(main)``, ``main``, ``cors(main)``."""
        inside = list(ast.walk(value))
        if any(isinstance(node, ast.Call) and _root_name(node) in names for node in inside):
            return Wrapping.WRAPPED
        passed = {node.id for node in inside if isinstance(node, ast.Name)}
        found = [self.wrapping(module, name) for name in sorted(passed)]
        return min(found, key=lambda each: each.value, default=Wrapping.BARE)

    def _file(self, module: Dotted) -> Path | None:
        for folder in self.folders:
            path = folder.joinpath(*module)
            for file in (path / "__init__.py", path.with_name(f"{path.name}.py")):
                if file.is_file():
                    return file
        return None


def _names_of_errorlog(tree: ast.Module) -> Iterator[str]:
    """What a module calls errorlog, or something of it."""
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=aliases):
                for alias in aliases:
                    if alias.name.split(".")[0] == ERRORLOG:
                        yield alias.asname or ERRORLOG
            case ast.ImportFrom(module=str(module), names=aliases, level=0):
                if module.split(".")[0] == ERRORLOG:
                    yield from (alias.asname or alias.name for alias in aliases)


def _bindings(tree: ast.Module, attribute: str) -> Iterator[ast.stmt]:
    """The statements of a module's own scope that bind ``attribute``, also below ``if`` and
    ``try``."""
    waiting: list[ast.AST] = [tree]
    while waiting:
        match waiting.pop():
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef() as definition:
                if definition.name == attribute:
                    yield definition
            case ast.ImportFrom(names=aliases) as statement:
                if {attribute, "*"} & {alias.asname or alias.name for alias in aliases}:
                    yield statement
            case ast.Assign(targets=targets) as statement:
                if _stores(targets, attribute):
                    yield statement
            case ast.AnnAssign(target=target) as statement:
                if _stores([target], attribute):
                    yield statement
            case ast.expr():
                pass
            case node:
                waiting += ast.iter_child_nodes(node)


def _stores(targets: Iterable[ast.expr], attribute: str) -> bool:
    return any(
        isinstance(node, ast.Name) and node.id == attribute
        for target in targets
        for node in ast.walk(target)
    )


def _root_name(node: ast.expr) -> str | None:
    while isinstance(node, ast.Attribute | ast.Call):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else None
