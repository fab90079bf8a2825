"""Whether a function's handler goes through errorlog, as far as the text of its modules tells.

A handler may be decorated where it is defined, or be defined in another module of the function and
only imported here.
"""

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

from tocsin.check.bindings import bound_by, reaching, stores
from tocsin.config import Function
from tocsin.findings import Finding, Severity

ERRORLOG = "errorlog"
_RECORD, _RECORD_ITEMS = "record_errors", "record_item_errors"
# Of what may be around record_errors: what raises nothing of its own, or (of AWS's SDK for durable
# functions) makes an answer of it that is recorded.
_RAISE_NOTHING = frozenset({"staticmethod", "durable_execution"})


class Wrapping(Enum):
    """What is known of a name; where it depends, the first of these counts."""

    WRAPPED = 1
    INSIDE = 2  # something is around record_errors, and may raise where nothing sees it
    PARTLY = 3  # on one path it is, on another it is not
    ELSEWHERE = 4  # it comes from a module that is not the project's
    ITEMS = 5  # as what handles one item of a batch
    BARE = 6


_FINDINGS = {
    Wrapping.INSIDE: (
        Severity.WARNING,
        "{} has another decorator around record_errors; what that raises is not recorded: put "
        "record_errors outermost",
    ),
    Wrapping.PARTLY: (Severity.WARNING, "{} is decorated with errorlog on one path and not on all"),
    Wrapping.ELSEWHERE: (
        Severity.WARNING,
        "{} comes from a package, and whether errorlog decorates it is not known",
    ),
    Wrapping.ITEMS: (
        Severity.ERROR,
        "{} is decorated with record_item_errors, which is for one item of a batch: take "
        "record_errors",
    ),
    Wrapping.BARE: (Severity.ERROR, "{} is not decorated with errorlog"),
}


def wrapper(function: Function) -> Iterator[Finding]:
    """A finding where errorlog does not see what the handler raises, or nobody can tell."""
    module, _, attribute = function.handler.rpartition(".")
    inside = f"{module.replace('.', '/')}.py"
    place = f"{attribute}() in {(Path(function.folder) / inside).as_posix()}"
    found = wrapping(function.folders, function.handler)
    if found not in _FINDINGS and found is not None:
        return
    severity, message = _FINDINGS[found or Wrapping.BARE]
    yield Finding(severity, "completeness/wrapper", function.key, message.format(place))


def wrapping(folders: tuple[Path, ...], handler: str) -> Wrapping | None:
    """What is known of ``module.function``, looked for in ``folders``; None where nothing binds it.

    A module that is in none of them is ``ELSEWHERE``.
    """
    module, _, attribute = handler.rpartition(".")
    return _Modules(folders).wrapping(tuple(re.split(r"[/.]", module)), attribute)


Dotted = tuple[str, ...]
"""A module by its parts: ``("api", "http")``."""


@dataclass(frozen=True)
class _Source:
    """One module's text, and what it calls the parts of errorlog."""

    name: Dotted
    package: Dotted
    tree: ast.Module
    names: dict[str, str]

    def part_of_errorlog(self, node: ast.expr) -> str | None:
        """``record_errors`` of ``log.record_errors(...)`` or ``guard``; None of anything else."""
        while isinstance(node, ast.Call):
            node = node.func
        root = _root_name(node)
        if root not in self.names:
            return None
        return node.attr if isinstance(node, ast.Attribute) else self.names[root]


@dataclass
class _Modules:
    """The modules of a function, by name; ``folders`` are where Python looks, first one first."""

    folders: tuple[Path, ...]
    _asked: set[tuple[Dotted, str, int]] = field(default_factory=set)

    def wrapping(
        self, module: Dotted, attribute: str, before: ast.stmt | None = None
    ) -> Wrapping | None:
        """Of ``attribute`` of a module, as it is before a statement or at its end.

        None where nothing binds it.
        """
        file = self._file(module)
        if file is None:
            return Wrapping.ELSEWHERE
        line = before.lineno if before is not None else 0
        if (module, attribute, line) in self._asked:  # modules that import each other
            return None
        self._asked.add((module, attribute, line))
        try:
            tree = ast.parse(file.read_text(encoding="utf-8"))
        except (SyntaxError, ValueError, RecursionError):
            return Wrapping.BARE
        package = module if file.name == "__init__.py" else module[:-1]
        source = _Source(module, package, tree, dict(_names_of_errorlog(tree)))
        body = [
            statement for statement in tree.body if not line or (statement.end_lineno or 0) < line
        ]
        statements, _ = reaching(body, attribute)
        return _together(self._of_binding(statement, source, attribute) for statement in statements)

    def _of_binding(self, statement: ast.stmt, source: _Source, attribute: str) -> Wrapping | None:
        match statement:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                return self._of_function(statement, source)
            case ast.ImportFrom():
                origin, original = _origin(statement, source, attribute)
                return (
                    Wrapping.BARE
                    if origin[:1] == (ERRORLOG,)
                    else (self.wrapping(origin, original))
                )
            case ast.Assign(value=value) | ast.AnnAssign(value=ast.expr() as value):
                return self._of_value(value, source, statement)
        return Wrapping.BARE

    def _of_function(
        self, function: ast.FunctionDef | ast.AsyncFunctionDef, source: _Source
    ) -> Wrapping:
        around = False
        for decorator in function.decorator_list:
            part = source.part_of_errorlog(decorator)
            if part == _RECORD or (part is None and self._records(decorator, source)):
                return Wrapping.INSIDE if around else Wrapping.WRAPPED
            if part == _RECORD_ITEMS:
                return Wrapping.ITEMS
            around = around or _last_name(decorator) not in _RAISE_NOTHING
        return Wrapping.BARE

    def _of_value(self, value: ast.expr, source: _Source, at: ast.stmt) -> Wrapping | None:
        """Of ``errorlog.record_errors(main)``, ``main``, ``cors(main)``, ``Orders().handle``."""
        match value:
            case ast.Constant():
                return None
            case ast.Name(id=name):
                return self.wrapping(source.name, name, at) or self.wrapping(source.name, name)
            case ast.IfExp(body=one, orelse=other):
                return _together(self._of_value(value, source, at) for value in (one, other))
            case ast.BoolOp(values=values):
                return _together(self._of_value(value, source, at) for value in values)
            case ast.Attribute():
                return self._of_attribute(value, source)
            case ast.Call():
                part = source.part_of_errorlog(value)
                if part is not None:
                    return Wrapping.WRAPPED if part == _RECORD else Wrapping.ITEMS
                if self._records(value.func, source):
                    return Wrapping.WRAPPED
                given = [*value.args, *(keyword.value for keyword in value.keywords)]
                known = [self._of_value(argument, source, at) for argument in given]
                inner = min(filter(None, known), key=lambda verdict: verdict.value, default=None)
                if inner is Wrapping.WRAPPED and _last_name(value) not in _RAISE_NOTHING:
                    return Wrapping.INSIDE
                return inner or Wrapping.BARE
        return Wrapping.BARE

    def _of_attribute(self, value: ast.Attribute, source: _Source) -> Wrapping | None:
        """Of ``work.handler`` of a module, and of ``Orders().handle``."""
        root = _root_name(value)
        for statement in source.tree.body:
            match statement:
                case ast.Import(names=aliases):
                    for alias in aliases:
                        if root in (alias.asname, alias.name.split(".")[0]):
                            return self.wrapping(tuple(alias.name.split(".")), value.attr)
                case ast.ImportFrom() if root in bound_by(statement):
                    origin, original = _origin(statement, source, root or "")
                    if self._file((*origin, original)) is not None:
                        return self.wrapping((*origin, original), value.attr)
                case ast.ClassDef(name=name, body=body) if name == root:
                    for method in body:
                        if (
                            isinstance(method, ast.FunctionDef | ast.AsyncFunctionDef)
                            and method.name == value.attr
                        ):
                            return self._of_function(method, source)
                case ast.Assign(targets=targets, value=ast.Call() as made) if root and stores(
                    targets, root
                ):
                    named = ast.Attribute(value=made, attr=value.attr, ctx=ast.Load())
                    if _root_name(made) != root:
                        return self._of_attribute(named, source)
        return Wrapping.BARE

    def _records(self, decorator: ast.expr, source: _Source) -> bool:
        """Whether ``decorator`` is one of the project's own that goes through record_errors."""
        root = _root_name(decorator)
        for statement in source.tree.body:
            match statement:
                case ast.FunctionDef(name=name) if name == root:
                    return _mentions(statement, source)
                case ast.Assign(targets=targets, value=value) if root and stores(targets, root):
                    return source.part_of_errorlog(value) == _RECORD
                case ast.ImportFrom() if root in bound_by(statement):
                    origin, original = _origin(statement, source, root or "")
                    return self._records_elsewhere(origin, original)
        return False

    def _records_elsewhere(self, module: Dotted, name: str) -> bool:
        file = self._file(module)
        if file is None or (module, name, -1) in self._asked:
            return False
        self._asked.add((module, name, -1))
        try:
            tree = ast.parse(file.read_text(encoding="utf-8"))
        except (SyntaxError, ValueError, RecursionError):
            return False
        package = module if file.name == "__init__.py" else module[:-1]
        source = _Source(module, package, tree, dict(_names_of_errorlog(tree)))
        return self._records(ast.Name(id=name, ctx=ast.Load()), source)

    def _file(self, module: Dotted) -> Path | None:
        for folder in self.folders:
            path = folder.joinpath(*module)
            for file in (path / "__init__.py", path.with_name(f"{path.name}.py")):
                if file.is_file():
                    return file
        return None


def _names_of_errorlog(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """What a module calls errorlog, or something of it, and what that is."""
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=aliases):
                for alias in aliases:
                    if alias.name.split(".")[0] == ERRORLOG:
                        yield alias.asname or ERRORLOG, ERRORLOG
            case ast.ImportFrom(module=str(module), names=aliases, level=0):
                if module.split(".")[0] == ERRORLOG:
                    for alias in aliases:
                        yield alias.asname or alias.name, alias.name


def _mentions(function: ast.FunctionDef, source: _Source) -> bool:
    return any(
        isinstance(node, ast.Name | ast.Attribute) and source.part_of_errorlog(node) == _RECORD
        for node in ast.walk(function)
    )


def _together(found: Iterable[Wrapping | None]) -> Wrapping | None:
    """Of what may be bound on one path or another."""
    known = {verdict for verdict in found if verdict is not None}
    if {Wrapping.WRAPPED, Wrapping.INSIDE} & known and {Wrapping.BARE, Wrapping.ITEMS} & known:
        return Wrapping.PARTLY
    if known == {Wrapping.WRAPPED, Wrapping.INSIDE}:
        return Wrapping.INSIDE
    return min(known, key=lambda verdict: verdict.value, default=None)


def _origin(statement: ast.ImportFrom, source: _Source, attribute: str) -> tuple[Dotted, str]:
    """The module that ``attribute`` is imported from, and what it is called there."""
    level = statement.level
    before = source.package[: len(source.package) - level + 1] if level else ()
    module = tuple(part for part in (*before, *(statement.module or "").split(".")) if part)
    for alias in statement.names:
        if (alias.asname or alias.name) == attribute:
            return module, alias.name
    return module, attribute  # of a star import


def _root_name(node: ast.expr) -> str | None:
    while isinstance(node, ast.Attribute | ast.Call):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else None


def _last_name(node: ast.expr) -> str | None:
    """``inject_lambda_context`` of ``@logger.inject_lambda_context(log_event=True)``."""
    while isinstance(node, ast.Call):
        node = node.func
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", None)
