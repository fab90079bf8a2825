"""Whether a handler goes through errorlog, as far as the text of its modules tells.

It may be decorated where it is defined, or be defined in another module of the function and only
imported here.
"""

import ast
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from tocsin.check.bindings import bound_by, reaching, stores
from tocsin.check.module_source import (
    ERRORLOG,
    RECORD,
    Dotted,
    ModuleSource,
    chain_of,
    last_name,
    mentions,
    origin_of,
    root_name,
    split_handler,
)
from tocsin.check.name_meanings import FunctionModules, imported_as
from tocsin.check.recording_decorators import RecordingDecorators
from tocsin.check.wrapping_verdicts import Wrapping, first_of, together
from tocsin.config.handlers import is_bound_unseen, is_global_of_a_function

# Of what may be around record_errors: what raises nothing of its own, or (of AWS's SDK for durable
# functions) makes an answer of it that is recorded.
_RAISE_NOTHING = frozenset({"staticmethod", "classmethod", "partial", "durable_execution"})
_IMPORT = ("import_module", "__import__")
_MAX_LAYERS = 20  # of names that stand for names, and of base classes


def wrapping(folders: tuple[Path, ...], handler: str) -> Wrapping | None:
    """What is known of ``module.function``, looked for in ``folders``; None where nothing binds it.

    A module that is in none of them is ``ELSEWHERE``.
    """
    module, attribute = split_handler(handler)
    handlers = _Handlers(FunctionModules(folders))
    try:
        return handlers.wrapping(module, attribute)
    except RecursionError:  # a thousand functions, each of which uses the next one
        return Wrapping.UNKNOWN


@dataclass
class _Handlers:
    """What the modules of a function bind to names, and what is around it."""

    modules: FunctionModules
    _asked: set[tuple[Dotted, str, int]] = field(default_factory=set)
    _unseen: dict[tuple[Dotted, str, bool], bool] = field(default_factory=dict)
    _known: dict[tuple[ast.stmt, str], Wrapping | None] = field(default_factory=dict)

    @cached_property
    def _decorators(self) -> RecordingDecorators:
        return RecordingDecorators(self.modules)

    def wrapping(
        self, module: Dotted, attribute: str, at: ast.stmt | None = None
    ) -> Wrapping | None:
        """Of ``attribute`` of a module, as it is before a statement or at its end.

        None where nothing binds it.
        """
        if self.modules.file(module) is None:
            return Wrapping.ELSEWHERE
        line = at.lineno if at is not None else 0
        if (module, attribute, line) in self._asked:  # modules that import each other
            return None
        self._asked.add((module, attribute, line))
        source = self.modules.source(module)
        if source is None:
            return Wrapping.BARE
        statements = self.modules.binding(attribute, source, at, only_before=True)
        key = source.name, attribute, bool(statements)
        if key not in self._unseen:
            tree = source.tree
            self._unseen[key] = (
                is_global_of_a_function(tree, attribute)
                if statements
                else is_bound_unseen(tree, attribute)
            )
        if self._unseen[key]:
            return Wrapping.UNKNOWN
        return together(self._bound(statement, source, attribute) for statement in statements)

    def _bound(self, statement: ast.stmt, source: ModuleSource, attribute: str) -> Wrapping | None:
        if (statement, attribute) not in self._known:
            self._known[statement, attribute] = None  # where what it binds is made of itself
            self._known[statement, attribute] = self._of_binding(statement, source, attribute)
        return self._known[statement, attribute]

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
            case ast.For(iter=values):
                return self._untold(values, source)
        return Wrapping.BARE

    def _of_function(
        self, function: ast.FunctionDef | ast.AsyncFunctionDef, source: ModuleSource
    ) -> Wrapping:
        around, perhaps = False, Wrapping.BARE
        for decorator in function.decorator_list:
            match self._decorators.of(decorator, source, function):
                case Wrapping.WRAPPED:
                    return Wrapping.INSIDE if around else Wrapping.WRAPPED
                case Wrapping.ITEMS:
                    return Wrapping.ITEMS
                case Wrapping.PARTLY | Wrapping.UNKNOWN as verdict:
                    perhaps = perhaps if perhaps is not Wrapping.BARE else verdict
            around = around or last_name(decorator) not in _RAISE_NOTHING
        return perhaps

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
                return together(self._of_value(value, source, at) for value in (one, other))
            case ast.BoolOp(values=values):
                return together(self._of_value(value, source, at) for value in values)
            case ast.Attribute():
                return self._of_attribute(value, source, at)
            case ast.Call():
                return self._of_call(value, source, at)
            case ast.Lambda():
                return Wrapping.BARE
        return self._untold(value, source)

    def _of_call(self, call: ast.Call, source: ModuleSource, at: ast.stmt) -> Wrapping | None:
        """Of what a function makes, of other functions or by itself, or of an object's own call."""
        part = source.part_of_errorlog(call)
        if part is not None:
            return Wrapping.WRAPPED if part == RECORD else Wrapping.ITEMS
        made = self._of_method(call.func, "__call__", source)
        if made is not None:
            return made
        verdict = self._decorators.of(call.func, source, at)
        if verdict is not Wrapping.BARE:
            return verdict
        given = [*call.args, *(keyword.value for keyword in call.keywords)]
        inner = first_of(self._of_value(argument, source, at) for argument in given)
        if inner is Wrapping.WRAPPED and last_name(call) not in _RAISE_NOTHING:
            return Wrapping.INSIDE
        if inner in (None, Wrapping.BARE) and self._decorators.named_around(call, source):
            return Wrapping.UNKNOWN
        return inner or Wrapping.BARE

    def _untold(self, value: ast.expr, source: ModuleSource) -> Wrapping:
        """Of one of several, ``HANDLERS["a"]``: nothing tells where record_errors is near."""
        if mentions(source.tree, source) or self._decorators.named_around(value, source):
            return Wrapping.UNKNOWN
        return Wrapping.BARE

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
            other = self.modules.source(module) if module else None
            if other is not None and name:
                found = self._class(ast.Name(id=name, ctx=ast.Load()), other, layers - 1)
                if found[0] is not None:
                    return found
        return None, source

    def _of_attribute(
        self, value: ast.Attribute, source: ModuleSource, at: ast.stmt
    ) -> Wrapping | None:
        """Of ``work.handler`` of a module, and of ``Orders().handle``."""
        made = value.value.func if isinstance(value.value, ast.Call) else value.value
        of_method = self._of_method(made, value.attr, source)
        if of_method is not None:
            return of_method
        chain = chain_of(value)
        if chain is None:
            return self._of_made(value, source)
        statements = self.modules.binding(chain[0], source, at, only_before=True)
        return together(
            self._of_attribute_of(statement, chain, source) for statement in statements
        ) or self._untold(value, source)

    def _of_attribute_of(
        self, statement: ast.stmt, chain: Dotted, source: ModuleSource
    ) -> Wrapping | None:
        """Of ``a.b.c`` where ``statement`` binds ``a``."""
        match statement:
            case ast.Import(names=aliases):
                found = [self._in(module, chain[1:]) for module in imported_as(aliases, chain[0])]
                return together(found)
            case ast.ImportFrom():
                origin, original = origin_of(statement, source, chain[0])
                return self._in(origin, (original, *chain[1:]))
            case ast.Assign(value=ast.Call() as made) if len(chain) == 2:
                named = ast.Attribute(value=made, attr=chain[1], ctx=ast.Load())
                return self._of_attribute(ast.copy_location(named, made), source, statement)
        return None

    def _in(self, module: Dotted, names: Dotted) -> Wrapping | None:
        """Of ``b.c`` in a module or package: a module of that package, or a name of its own."""
        while len(names) > 1:
            source = self.modules.source(module)
            bound, _ = reaching(source.tree.body, names[0]) if source is not None else ([], False)
            asked = module, ".".join(names), 0
            if source is not None and bound and asked not in self._asked:
                self._asked.add(asked)
                return together(self._of_attribute_of(one, names, source) for one in bound)
            module, names = (*module, names[0]), names[1:]
        return self.wrapping(module, names[0])

    def _of_made(self, value: ast.Attribute, source: ModuleSource) -> Wrapping:
        """Of ``importlib.import_module("work").handler`` and of what else a call has made."""
        match value.value:
            case ast.Call(func=func, args=[ast.Constant(value=str(name))]) if (
                last_name(func) in _IMPORT
            ):
                return self.wrapping(tuple(name.split(".")), value.attr) or Wrapping.UNKNOWN
            case ast.Call(func=func) if last_name(func) in _IMPORT:
                return Wrapping.UNKNOWN
        return self._untold(value, source)
