"""Reads the code that a handler may run, and finds its calls of AWS.

Only what is certain is found: that a client, by whatever name and through whatever function, class
or module of the project, is one of boto3's, and that the line with the call may run. Where a name
may stand for anything else, nothing is said of it.
"""

import ast
from collections.abc import Iterable, Sequence

from tocsin.check.calls.abstract_values import (
    ANYTHING,
    Bound,
    Class,
    Definition,
    ImportedName,
    Module,
    Scope,
    Unknown,
    Values,
)
from tocsin.check.calls.expression_values import ExpressionValues, SdkCall
from tocsin.check.calls.facts import RETURNED
from tocsin.check.calls.own_calls import AS_PROPERTY, base
from tocsin.check.calls.scoped_names import FindModule
from tocsin.check.calls.scopes import last_word, parameters
from tocsin.check.calls.sdk_objects import Arguments

_ROUNDS = 40
# Of a framework's object: what it decorates is called when something arrives.
_ROUTES = frozenset(
    {
        "any", "app_context_processor", "delete", "exception_handler", "get", "head", "not_found",
        "on_message", "on_publish", "on_subscribe", "options", "patch", "post", "put", "resolver",
        "route", "schedule", "tool", "websocket",
    }
)  # fmt: skip

_NEVER_BOUND = frozenset({*AS_PROPERTY, "staticmethod", "classmethod", "setter"})


class CannotTell(Exception):
    """The code is beyond what is followed."""


def sdk_calls(find_module: FindModule, module: str, handler: str) -> list[SdkCall]:
    """The calls of AWS of what runs when ``handler`` of ``module`` is called.

    Raises:
        CannotTell: the code is too large or too deep to follow.
    """
    reader = ProgramReader(find_module)
    try:
        return reader.calls_of(module, handler)
    except RecursionError:
        raise CannotTell from None


class ProgramReader(ExpressionValues):
    """Statements, round by round until no name stands for anything new."""

    def __init__(self, find_module: FindModule) -> None:
        super().__init__(find_module)
        self._classes: dict[ast.AST, Class] = {}

    def calls_of(self, module: str, handler: str) -> list[SdkCall]:
        for _ in range(_ROUNDS):
            self._facts.has_grown = False
            self._calls = {}
            own = self._import(module)
            if own is None:
                return []
            for value in self._facts.of(own, handler):
                self._hand_over(value)
            for scope in list(self._facts.reached):
                self._read(scope)
            if not self._facts.has_grown:
                return list(self._calls)
        raise CannotTell

    def _read(self, scope: Scope) -> None:
        match scope:
            case Definition(node=ast.Lambda() as node):
                self._facts.add(scope, RETURNED, self._value(node.body, scope))
            case Definition(node=node) | Class(node=node):
                self._statements(node.body, scope)  # type: ignore[arg-type]
            case Module():
                self._statements(scope.tree.body, scope)

    def _statements(self, statements: Sequence[ast.stmt], scope: Scope) -> None:
        for statement in statements:
            self._statement(statement, scope)

    def _statement(self, statement: ast.stmt, scope: Scope) -> None:
        match statement:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                self._define(statement, scope)
            case ast.ClassDef():
                self._define_class(statement, scope)
            case ast.Import() | ast.ImportFrom():
                self._imports(statement, scope)
            case ast.Assign(targets=targets, value=value):
                values = self._value(value, scope)
                for target in targets:
                    self._bind(target, values, scope)
            case ast.AnnAssign(target=target, value=ast.expr() as value):
                self._bind(target, self._value(value, scope), scope)
            case ast.AugAssign(target=target, value=value):
                self._value(value, scope)
                self._bind(target, ANYTHING, scope)
            case ast.Return(value=ast.expr() as value):
                self._facts.add(scope, RETURNED, self._value(value, scope))
            case ast.For() | ast.AsyncFor():
                self._bind(statement.target, self._members(statement.iter, scope), scope)
                self._statements([*statement.body, *statement.orelse], scope)
            case ast.With() | ast.AsyncWith():
                for item in statement.items:
                    entered = self._entered(self._value(item.context_expr, scope))
                    if item.optional_vars is not None:
                        self._bind(item.optional_vars, entered, scope)
                self._statements(statement.body, scope)
            case ast.If(test=test, body=body, orelse=orelse):
                if not _never(test):
                    self._value(test, scope)
                    self._statements(body, scope)
                self._statements(orelse, scope)
            case _:
                self._parts(statement, scope)

    def _parts(self, node: ast.AST, scope: Scope) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr):
                self._value(child, scope)
            elif isinstance(child, ast.stmt):
                self._statement(child, scope)
            else:
                if isinstance(child, ast.ExceptHandler) and child.name:
                    self._facts.add(self._owner(child.name, scope), child.name, ANYTHING)
                self._parts(child, scope)

    def _define(self, node: ast.FunctionDef | ast.AsyncFunctionDef, scope: Scope) -> None:
        definition = self._definition(node, scope)
        values: Values = frozenset({definition})
        if isinstance(scope, Class):
            decorators = {last_word(decorator) for decorator in node.decorator_list}
            if decorators & _NEVER_BOUND:
                self._facts.add(scope, node.name, values)
                return
        for decorator in reversed(node.decorator_list):
            given = self._value(decorator, scope)
            for value in given:
                if isinstance(value, ImportedName):
                    if value.path.removesuffix("()").rpartition(".")[2] in _ROUTES:
                        self._hand_over(definition)
                elif isinstance(value, Definition | Bound):
                    values |= self._call(value, Arguments((frozenset({definition}),)), node, scope)
        if node.decorator_list and not isinstance(scope, Class):
            self._spoil_parameters(definition, node.decorator_list, scope)
        self._name(node.name, values - {Unknown()}, scope)

    def _spoil_parameters(
        self, definition: Definition, decorators: Iterable[ast.expr], scope: Scope
    ) -> None:
        """What a decorator of others calls it with is not known, nor with how much."""
        if any(
            isinstance(value, ImportedName | Unknown)
            for decorator in decorators
            for value in self._value(decorator, scope)
        ):
            for name in parameters(definition.node):
                if self._facts.is_known(definition, name):
                    self._facts.add(definition, name, ANYTHING)

    def _define_class(self, node: ast.ClassDef, scope: Scope) -> None:
        if node not in self._classes:
            self._classes[node] = Class(node, scope)
        own = self._classes[node]
        for decorator in node.decorator_list:
            self._value(decorator, scope)
        for index, expression in enumerate(node.bases):
            self._facts.add(own, base(index), self._value(expression, scope))
        self._facts.reach(own)
        self._name(node.name, frozenset({own}), scope)


def _never(test: ast.expr) -> bool:
    """Whether Lambda never comes by: type checkers, and a module that is started as a script."""
    match test:
        case ast.Compare(left=ast.Name(id="__name__"), comparators=[ast.Constant("__main__")]):
            return True
        case ast.Constant(value=value):
            return not value
    return last_word(test) == "TYPE_CHECKING"
