"""Whether a handler goes through errorlog, as far as the text of its modules tells.

It may be decorated where it is defined, or be defined in another module of the function and only
imported here.
"""

import ast
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

from tocsin.check.bindings import bound_by, reaching, stores
from tocsin.check.module_source import (
    ERRORLOG,
    RECORD,
    RECORD_ITEMS,
    Dotted,
    ModuleSource,
    last_name,
    mentions,
    names_of_errorlog,
    origin_of,
    root_name,
)

# Of what may be around record_errors: what raises nothing of its own, or (of AWS's SDK for durable
# functions) makes an answer of it that is recorded.
_RAISE_NOTHING = frozenset({"staticmethod", "classmethod", "partial", "durable_execution"})
_MAX_LAYERS = 20  # of names that stand for names, and of base classes


class Wrapping(Enum):
    """What is known of a name; where it depends, the first of these counts."""

    WRAPPED = 1
    INSIDE = 2  # something is around record_errors, and may raise where nothing sees it
    PARTLY = 3  # on one path it is, on another it is not
    ELSEWHERE = 4  # it comes from a module that is not the project's
    UNKNOWN = 5  # its module names record_errors, and makes of it what its text does not tell
    ITEMS = 6  # as what handles one item of a batch
    BARE = 7


def wrapping(folders: tuple[Path, ...], handler: str) -> Wrapping | None:
    """What is known of ``module.function``, looked for in ``folders``; None where nothing binds it.

    A module that is in none of them is ``ELSEWHERE``.
    """
    module, _, attribute = handler.rpartition(".")
    return _Modules(folders).wrapping(tuple(re.split(r"[/.]", module)), attribute)


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
        if self._file(module) is None:
            return Wrapping.ELSEWHERE
        line = before.lineno if before is not None else 0
        if (module, attribute, line) in self._asked:  # modules that import each other
            return None
        self._asked.add((module, attribute, line))
        source = self._source(module)
        if source is None:
            return Wrapping.BARE
        tree = source.tree
        body = [
            statement for statement in tree.body if not line or (statement.end_lineno or 0) < line
        ]
        statements, _ = reaching(body, attribute)
        if not statements and _may_bind(tree, attribute) and mentions(tree, source):
            return Wrapping.UNKNOWN
        return _together(self._of_binding(statement, source, attribute) for statement in statements)

    def _of_binding(
        self, statement: ast.stmt, source: ModuleSource, attribute: str
    ) -> Wrapping | None:
        match statement:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                return self._of_function(statement, source)
            case ast.ImportFrom():
                origin, original = origin_of(statement, source, attribute)
                return (
                    Wrapping.BARE
                    if origin[:1] == (ERRORLOG,)
                    else (self.wrapping(origin, original))
                )
            case ast.Assign(value=value) | ast.AnnAssign(value=ast.expr() as value):
                return self._of_value(value, source, statement)
        return Wrapping.BARE

    def _of_function(
        self, function: ast.FunctionDef | ast.AsyncFunctionDef, source: ModuleSource
    ) -> Wrapping:
        around = False
        for decorator in function.decorator_list:
            part = source.part_of_errorlog(decorator)
            if part == RECORD or (part is None and self._records(decorator, source)):
                return Wrapping.INSIDE if around else Wrapping.WRAPPED
            if part == RECORD_ITEMS:
                return Wrapping.ITEMS
            around = around or last_name(decorator) not in _RAISE_NOTHING
        return Wrapping.BARE

    def _of_value(self, value: ast.expr, source: ModuleSource, at: ast.stmt) -> Wrapping | None:
        """Of ``errorlog.record_errors(main)``, ``main``, ``cors(main)``, ``Orders().handle``."""
        match value:
            case ast.Constant():
                return None
            case ast.Name(id=name):
                return self.wrapping(source.name, name, at) or self.wrapping(source.name, name)
            case ast.NamedExpr(value=inner_value):
                return self._of_value(inner_value, source, at)
            case ast.IfExp(body=one, orelse=other):
                return _together(self._of_value(value, source, at) for value in (one, other))
            case ast.BoolOp(values=values):
                return _together(self._of_value(value, source, at) for value in values)
            case ast.Attribute():
                return self._of_attribute(value, source)
            case ast.Call():
                part = source.part_of_errorlog(value)
                if part is not None:
                    return Wrapping.WRAPPED if part == RECORD else Wrapping.ITEMS
                if self._records(value.func, source):
                    return Wrapping.WRAPPED
                called = self._of_method(value.func, "__call__", source)
                if called is not None:
                    return called
                given = [*value.args, *(keyword.value for keyword in value.keywords)]
                known = [self._of_value(argument, source, at) for argument in given]
                inner = min(filter(None, known), key=lambda verdict: verdict.value, default=None)
                if inner is Wrapping.WRAPPED and last_name(value) not in _RAISE_NOTHING:
                    return Wrapping.INSIDE
                return inner or Wrapping.BARE
            case ast.Lambda():
                return Wrapping.BARE
        return Wrapping.UNKNOWN if mentions(source.tree, source) else Wrapping.BARE

    def _of_method(
        self, kind: ast.expr, method: str, source: ModuleSource, layers: int = _MAX_LAYERS
    ) -> Wrapping | None:
        """Of a method of the class that ``kind`` names, or of its bases; None where none has it."""
        definition, source = self._class(kind, source, layers)
        if definition is None:
            return None
        for part in definition.body:
            match part:
                case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) if name == method:
                    return self._of_function(part, source)
                case ast.Assign(targets=targets, value=value) if stores(targets, method):
                    return self._of_value(value, source, part)
        for base in definition.bases if layers else ():
            found = self._of_method(base, method, source, layers - 1)
            if found is not None:
                return found
        return None

    def _class(
        self, kind: ast.expr, source: ModuleSource, layers: int
    ) -> tuple[ast.ClassDef | None, ModuleSource]:
        """The definition of ``Orders``, ``orders.Orders`` or ``Orders[str]``, and its module."""
        if isinstance(kind, ast.Subscript):  # of a generic class
            kind = kind.value
        root, name = root_name(kind), last_name(kind)
        for statement in source.tree.body if layers else ():
            module: Dotted = ()
            match statement:
                case ast.ClassDef() if isinstance(kind, ast.Name) and statement.name == root:
                    return statement, source
                case ast.ImportFrom() if bound_by(statement) & {root, "*"}:
                    origin, original = origin_of(statement, source, root or "")
                    module = origin if isinstance(kind, ast.Name) else (*origin, original)
                    name = original if isinstance(kind, ast.Name) else name
                case ast.Import(names=aliases) if isinstance(kind, ast.Attribute):
                    said = ast.unparse(kind.value)
                    for alias in aliases:
                        if said == (alias.asname or alias.name):
                            module = tuple(alias.name.split("."))
            other = self._source(module) if module else None
            if other is not None and name:
                found = self._class(ast.Name(id=name, ctx=ast.Load()), other, layers - 1)
                if found[0] is not None:
                    return found
        return None, source

    def _of_attribute(self, value: ast.Attribute, source: ModuleSource) -> Wrapping | None:
        """Of ``work.handler`` of a module, and of ``Orders().handle``."""
        made = value.value.func if isinstance(value.value, ast.Call) else value.value
        of_method = self._of_method(made, value.attr, source)
        if of_method is not None:
            return of_method
        root = root_name(value)
        for statement in source.tree.body:
            match statement:
                case ast.Import(names=aliases):
                    for alias in aliases:
                        if root in (alias.asname, alias.name.split(".")[0]):
                            return self.wrapping(tuple(alias.name.split(".")), value.attr)
                case ast.ImportFrom() if root in bound_by(statement):
                    origin, original = origin_of(statement, source, root or "")
                    if self._file((*origin, original)) is not None:
                        return self.wrapping((*origin, original), value.attr)
                case ast.Assign(targets=targets, value=ast.Call() as made) if root and stores(
                    targets, root
                ):
                    named = ast.Attribute(value=made, attr=value.attr, ctx=ast.Load())
                    if root_name(made) != root:
                        return self._of_attribute(named, source)
        return Wrapping.BARE

    def _records(
        self, decorator: ast.expr, source: ModuleSource, layers: int = _MAX_LAYERS
    ) -> bool:
        """Whether ``decorator`` is one of the project's own that goes through record_errors."""
        root = root_name(decorator)
        for statement in source.tree.body:
            match statement:
                case ast.FunctionDef(name=name) | ast.ClassDef(name=name) if name == root:
                    return mentions(statement, source)
                case ast.Assign(targets=targets, value=value) if root and stores(targets, root):
                    if mentions(value, source):
                        return True
                    return layers > 0 and self._records(value, source, layers - 1)
                case ast.ImportFrom() if root in bound_by(statement):
                    origin, original = origin_of(statement, source, root or "")
                    return self._records_elsewhere(origin, original)
        return False

    def _records_elsewhere(self, module: Dotted, name: str) -> bool:
        if (module, name, -1) in self._asked:
            return False
        self._asked.add((module, name, -1))
        source = self._source(module)
        return source is not None and self._records(ast.Name(id=name, ctx=ast.Load()), source)

    def _source(self, module: Dotted) -> ModuleSource | None:
        """The text of ``module``; None where it is not the project's, or no Python."""
        file = self._file(module)
        if file is None:
            return None
        try:
            tree = ast.parse(file.read_text(encoding="utf-8"))
        except (SyntaxError, ValueError, RecursionError):
            return None
        package = module if file.name == "__init__.py" else module[:-1]
        return ModuleSource(module, package, tree, dict(names_of_errorlog(tree)))

    def _file(self, module: Dotted) -> Path | None:
        for folder in self.folders:
            path = folder.joinpath(*module)
            for file in (path / "__init__.py", path.with_name(f"{path.name}.py")):
                if file.is_file():
                    return file
        return None


def _may_bind(tree: ast.Module, attribute: str) -> bool:
    """Whether a name may be bound where no statement of the module itself does."""
    return any(
        (isinstance(node, ast.Global) and attribute in node.names)
        or (isinstance(node, ast.Call) and root_name(node) in ("globals", "setattr", "exec"))
        or (isinstance(node, ast.FunctionDef) and node.name == "__getattr__")
        for node in ast.walk(tree)
    )


def _together(found: Iterable[Wrapping | None]) -> Wrapping | None:
    """Of what may be bound on one path or another."""
    known = {verdict for verdict in found if verdict is not None}
    if {Wrapping.WRAPPED, Wrapping.INSIDE} & known and {Wrapping.BARE, Wrapping.ITEMS} & known:
        return Wrapping.PARTLY
    if known == {Wrapping.WRAPPED, Wrapping.INSIDE}:
        return Wrapping.INSIDE
    return min(known, key=lambda verdict: verdict.value, default=None)
