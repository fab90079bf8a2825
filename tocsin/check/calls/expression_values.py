"""What expressions stand for, and the calls of AWS that they make."""

import ast
from dataclasses import dataclass

from tocsin.check.calls import sdk_objects
from tocsin.check.calls.abstract_values import (
    ANYTHING,
    NOTHING,
    Class,
    Definition,
    ImportedName,
    Instance,
    Module,
    Scope,
    SdkMethod,
    SdkObject,
    Unknown,
    Value,
    Values,
    WrittenText,
)
from tocsin.check.calls.facts import RETURNED
from tocsin.check.calls.iam_actions import Need
from tocsin.check.calls.own_calls import Running
from tocsin.check.calls.scoped_names import FindModule
from tocsin.check.calls.scopes import AnyDefinition, module_of
from tocsin.check.calls.sdk_objects import Arguments

_LONGEST_TEXT = 200


@dataclass(frozen=True)
class SdkCall:
    """A call of AWS: the file in the archive and the line, what is called, what it needs."""

    place: str
    line: int
    words: str
    need: Need


class ExpressionValues(Running):
    """Expressions in their scopes."""

    def __init__(self, find_module: FindModule) -> None:
        super().__init__(find_module)
        self._calls: dict[SdkCall, None] = {}
        # One object for each place in the code, so that rounds agree on it.
        self._definitions: dict[ast.AST, Definition] = {}

    def _value(self, node: ast.expr, scope: Scope) -> Values:
        match node:
            case ast.Constant(value=None):
                return NOTHING
            case ast.Constant(value=str(text)) if len(text) <= _LONGEST_TEXT:
                return frozenset({WrittenText(text)})
            case ast.Name(id=name):
                return self._named(name, scope)
            case ast.Attribute(value=value, attr=name):
                found = (self._attribute(owner, name) for owner in self._value(value, scope))
                return frozenset().union(*found)
            case ast.Call():
                return self._called(node, scope)
            case ast.BoolOp(values=parts):
                return frozenset().union(*[self._value(part, scope) for part in parts])
            case ast.IfExp(test=test, body=body, orelse=orelse):
                self._value(test, scope)
                return self._value(body, scope) | self._value(orelse, scope)
            case ast.NamedExpr(target=target, value=value):
                values = self._value(value, scope)
                self._bind(target, values, scope)
                return values
            case ast.Await(value=value):
                return self._value(value, scope)
            case ast.Yield(value=ast.expr() as value) | ast.YieldFrom(value=value):
                self._facts.add(scope, RETURNED, self._value(value, scope))
                return ANYTHING
            case ast.Lambda():
                return frozenset({self._definition(node, scope)})
            case ast.ListComp() | ast.SetComp() | ast.GeneratorExp() | ast.DictComp():
                for generator in node.generators:
                    self._bind(generator.target, self._members(generator.iter, scope), scope)
        self._expressions(node, scope)
        return ANYTHING

    def _attribute(self, owner: Value, name: str) -> Values:
        match owner:
            case ImportedName() | SdkObject():
                return sdk_objects.attribute(owner, name)
            case Module():
                return self._of_module(owner, name)
            case Class() | Instance():
                return self._of_class(owner, name)
        return ANYTHING

    def _members(self, node: ast.expr, scope: Scope) -> Values:
        """What a loop over ``node`` gives: known where it is written out."""
        if isinstance(node, ast.Tuple | ast.List):
            return frozenset().union(*[self._value(part, scope) for part in node.elts])
        values = self._value(node, scope)
        return ANYTHING if values else NOTHING

    def _entered(self, values: Values) -> Values:
        """What ``with`` gives."""
        found: Values = NOTHING
        for value in values:
            if isinstance(value, Instance):
                for method in self._of_class(value, "__enter__"):
                    found |= self._run(method, Arguments())
            else:
                found |= {value}
        return found

    def _called(self, node: ast.Call, scope: Scope) -> Values:
        is_open = any(isinstance(argument, ast.Starred) for argument in node.args)
        positional = [self._value(argument, scope) for argument in node.args]
        named = {}
        for keyword in node.keywords:
            values = self._value(keyword.value, scope)
            if keyword.arg is None:
                is_open = True
            else:
                named[keyword.arg] = values
        arguments = Arguments(positional, named, is_open)
        callees = self._value(node.func, scope)
        # Of what may be anything, no call is certain.
        certain = Unknown() not in callees
        found: Values = NOTHING
        for callee in callees:
            found |= self._call(callee, arguments, node, scope, certain)
        return found

    def _call(
        self,
        callee: Value,
        arguments: Arguments,
        node: ast.expr | ast.stmt,
        scope: Scope,
        certain: bool = True,
    ) -> Values:
        match callee:
            case ImportedName():
                outcome = sdk_objects.called_foreign(callee, arguments)
                for values in (*arguments.positional, *(arguments.named or {}).values()):
                    for value in values:
                        self._hand_over(value)
            case SdkMethod():
                outcome = sdk_objects.called_method(callee, arguments)
            case _:
                return self._run(callee, arguments)
        if certain:
            place = module_of(scope).place
            for need in outcome.needs:
                self._calls.setdefault(SdkCall(place, node.lineno, outcome.words, need))
        return outcome.gives

    def _bind(self, target: ast.expr, values: Values, scope: Scope) -> None:
        match target:
            case ast.Name(id=name):
                self._name(name, values, scope)
            case ast.Attribute(value=value, attr=name):
                for owner in self._value(value, scope):
                    if isinstance(owner, Instance):
                        self._facts.add(owner.kind, name, values)
                    elif isinstance(owner, Class | Module):
                        self._facts.add(owner, name, values)
            case ast.Tuple(elts=parts) | ast.List(elts=parts):
                for part in parts:
                    self._bind(part, ANYTHING, scope)
            case ast.Starred(value=value):
                self._bind(value, ANYTHING, scope)
            case _:
                self._expressions(target, scope)

    def _definition(self, node: AnyDefinition, scope: Scope) -> Definition:
        if node not in self._definitions:
            of = scope if isinstance(scope, Class) else None
            self._definitions[node] = Definition(node, scope, of)
        definition = self._definitions[node]
        arguments = node.args
        several = [*arguments.posonlyargs, *arguments.args]
        with_default = several[len(several) - len(arguments.defaults) :]
        for parameter, default in zip(with_default, arguments.defaults, strict=True):
            self._facts.add(definition, parameter.arg, self._value(default, scope))
        for parameter, keyword_default in zip(
            arguments.kwonlyargs, arguments.kw_defaults, strict=True
        ):
            if keyword_default is not None:
                self._facts.add(definition, parameter.arg, self._value(keyword_default, scope))
        return definition

    def _expressions(self, node: ast.AST, scope: Scope) -> None:
        """What is inside of ``node``, for the calls in it."""
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr):
                self._value(child, scope)
            else:
                self._expressions(child, scope)
