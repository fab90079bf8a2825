"""Types before evaluation: S, TS and TS[] checked over the whole tree."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from tocsin.cloudwatch.errors import ExpressionError, UnsupportedFunctionError
from tocsin.cloudwatch.metric_math.operators import ARITHMETIC
from tocsin.cloudwatch.metric_math.parser import parse
from tocsin.cloudwatch.metric_math.signatures import (
    FUNCTIONS,
    NOT_EVALUATED,
    Accepted,
    DatapointScope,
    FunctionSignature,
    Special,
)
from tocsin.cloudwatch.metric_math.syntax import (
    Array,
    FunctionCall,
    Negation,
    Node,
    Number,
    Operation,
    Reference,
    Text,
    ValueKind,
    Word,
)
from tocsin.cloudwatch.metric_math.transparent import Arithmetic, arithmetic


@dataclass(frozen=True, slots=True)
class TypedExpression:
    """An expression that has passed the checker.

    ``references`` are the ids it uses, in order of appearance; ``scope`` is the widest scope of
    its functions; ``all_metrics`` tells that METRICS() brings in every metric of the request;
    ``arithmetic`` is the fast path, for plain arithmetic alone.
    """

    text: str
    root: Node
    kind: ValueKind
    references: tuple[str, ...]
    scope: DatapointScope
    all_metrics: bool
    arithmetic: Arithmetic | None


def check(
    expression: str,
    kinds: Mapping[str, ValueKind],
    metrics: frozenset[str],
    *,
    search: bool = False,
) -> TypedExpression:
    """Parse and type-check an expression.

    ``kinds`` gives the kind of each id that may be used, ``metrics`` the ids which are metrics and
    not expressions. SEARCH is refused unless ``search``. Raises ExpressionError or
    UnsupportedFunctionError.
    """
    return _checked(expression, tuple(kinds.items()), metrics, search)


@lru_cache(maxsize=4096)
def _checked(
    expression: str,
    kinds: tuple[tuple[str, ValueKind], ...],
    metrics: frozenset[str],
    search: bool,
) -> TypedExpression:
    checker = _Checker(expression, dict(kinds), metrics, search)
    root = parse(expression)
    kind = checker.kind(root)
    if kind is ValueKind.SCALAR:
        raise ExpressionError(
            expression, 1, "the result is a scalar", "a time series, as TIME_SERIES(...) gives"
        )
    return TypedExpression(
        expression,
        root,
        kind,
        tuple(dict.fromkeys(checker.references)),
        checker.scope,
        checker.all_metrics,
        arithmetic(root) if checker.only_series else None,
    )


class _Checker:
    def __init__(
        self, text: str, kinds: dict[str, ValueKind], metrics: frozenset[str], search: bool
    ) -> None:
        self._text = text
        self._kinds = kinds
        self._metrics = metrics
        self._search = search
        self.references: list[str] = []
        self.scope = DatapointScope.TIMESTAMP
        self.all_metrics = False
        self.only_series = True

    def kind(self, node: Node) -> ValueKind:
        """The kind of a node that stands for a value."""
        match node:
            case Number():
                return ValueKind.SCALAR
            case Reference():
                return self._reference(node)
            case Negation(operand=operand):
                return self.kind(operand)
            case Operation():
                return self._operation(node)
            case Array(items=items):
                return self._array(node, items)
            case FunctionCall():
                return self._call(node)
            case Text():
                raise self._error(node, "a string stands here", "a value")
            case Word():
                raise self._error(node, f"{node.value!r} stands here", "a value")

    def _reference(self, node: Reference) -> ValueKind:
        if node.id not in self._kinds:
            known = ", ".join(self._kinds) or "none is defined"
            raise self._error(node, f"unknown id {node.id!r}", f"one of the other ids: {known}")
        self.references.append(node.id)
        self.only_series &= self._kinds[node.id] is ValueKind.SERIES
        return self._kinds[node.id]

    def _operation(self, node: Operation) -> ValueKind:
        left, right = self.kind(node.left), self.kind(node.right)
        if ValueKind.ARRAY not in (left, right):
            return ValueKind.SERIES if ValueKind.SERIES in (left, right) else ValueKind.SCALAR
        if node.symbol not in ARITHMETIC:
            wrong = node.left if left is ValueKind.ARRAY else node.right
            raise self._error(
                wrong, f"an array of time series beside {node.symbol!r}", "TS or S on both sides"
            )
        if left is right:
            raise self._error(
                node.right, f"two arrays of time series around {node.symbol!r}", "TS or S on one"
            )
        return ValueKind.ARRAY

    def _array(self, node: Array, items: tuple[Node, ...]) -> ValueKind:
        if not items:
            raise self._error(node, "empty array", "at least one time series")
        for item in items:
            if self.kind(item) is ValueKind.SCALAR:
                raise self._error(item, "a scalar in an array", "TS or TS[]")
        return ValueKind.ARRAY

    def _call(self, node: FunctionCall) -> ValueKind:
        if node.name in NOT_EVALUATED or (node.name == "SEARCH" and not self._search):
            why = NOT_EVALUATED.get(node.name, "an alarm or a nested expression cannot search")
            raise UnsupportedFunctionError(
                self._text, node.column, f"{node.name} is not evaluated here: {why}"
            )
        function = FUNCTIONS.get(node.name)
        if function is None:
            raise self._error(
                node, f"unknown function {node.name!r}", f"one of {', '.join(sorted(FUNCTIONS))}"
            )
        arguments = [self._argument(argument) for argument in node.arguments]
        signature = self._matching(node, function.signatures, arguments)
        on_array = bool(arguments) and ValueKind.ARRAY in arguments[0]
        self._widen(function.array_scope if on_array else function.scope)
        if node.name == "FILL" and isinstance(node.arguments[1], Word):
            self._widen(DatapointScope.WINDOW)
        if node.name == "METRICS":
            self.all_metrics = True
        return signature.result

    def _argument(self, node: Node) -> set[Accepted]:
        """Everything an argument could be taken for."""
        match node:
            case Text():
                return {Special.TEXT}
            case Word(value=word):
                return {word}
            case Number(value=value) if value.is_integer():
                return {ValueKind.SCALAR, Special.WHOLE}
            case Reference(id=id) if id in self._metrics:
                return {self.kind(node), Special.METRIC}
        return {self.kind(node)}

    def _matching(
        self,
        node: FunctionCall,
        signatures: tuple[FunctionSignature, ...],
        arguments: list[set[Accepted]],
    ) -> FunctionSignature:
        furthest = 0
        for signature in signatures:
            fits = 0
            for parameter, argument in zip(signature.parameters, arguments, strict=False):
                if not argument & set(parameter):
                    break
                fits += 1
            if fits == len(arguments) == len(signature.parameters):
                return signature
            furthest = max(furthest, fits)
        culprit: Node = node.arguments[furthest] if furthest < len(arguments) else node
        raise self._error(
            culprit,
            f"wrong arguments for {node.name}",
            " or ".join(signature.shown(node.name) for signature in signatures),
        )

    def _widen(self, scope: DatapointScope) -> None:
        if scope.value > self.scope.value:
            self.scope = scope

    def _error(self, node: Node, problem: str, expected: str) -> ExpressionError:
        return ExpressionError(self._text, node.column, problem, expected)
