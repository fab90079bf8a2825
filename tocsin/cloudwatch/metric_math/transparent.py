"""A fast path for plain arithmetic, which most alarms are.

An expression is transparent when anything unusual on the way to a result, a missing operand or a
division by zero, shows in the result as a number that is not finite. Its bare arithmetic is then
right wherever the result is finite, and only the other timestamps need the careful evaluator.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from operator import itemgetter
from typing import Any

import numpy as np

from tocsin.cloudwatch.metric_math.operators import ARITHMETIC
from tocsin.cloudwatch.metric_math.parser import children
from tocsin.cloudwatch.metric_math.syntax import Negation, Node, Number, Operation, Reference
from tocsin.cloudwatch.metrics import FloatArray

Values = Mapping[str, FloatArray]
Arithmetic = Callable[[Values], FloatArray]
"""The series of an expression from those of its ids, all of one shape."""


def arithmetic(root: Node) -> Arithmetic | None:
    """The arithmetic of a transparent expression and nothing else; None for any other.

    It writes to no series that it is given, so that a mere id, whose series would be its result,
    is none either.
    """
    compute, result = _compiled(root) if _is_transparent(root) else (None, _NUMBER)
    return compute if result == _OWN else None


def _is_transparent(node: Node) -> bool:
    """Whether an expression is transparent.

    ``+ - * /`` hand on what is not finite, except that x / inf is 0: what could be infinite must
    not stand below a fraction line. Ids are no such thing, they hold finite numbers and gaps.
    """
    match node:
        case Number() | Reference():
            return True
        case Negation(operand=operand):
            return _is_transparent(operand)
        case Operation(symbol="+" | "-" | "*", left=left, right=right):
            return _is_transparent(left) and _is_transparent(right)
        case Operation(symbol="/", left=left, right=right):
            return _is_transparent(left) and _stays_finite(right)
    return False


def _stays_finite(node: Node) -> bool:
    if isinstance(node, Operation) and node.symbol not in "+-":
        return False
    return isinstance(node, Number | Reference | Negation | Operation) and all(
        _stays_finite(child) for child in children(node)
    )


_NUMBER, _GIVEN, _OWN = range(3)
"""What comes of a node: a number, a series of the source's, or one that nobody else holds."""


def _compiled(node: Node) -> tuple[Callable[[Values], Any], int]:
    """What computes a node, and what comes of it.

    Results take over the arrays of their operands where nobody else holds them: fresh memory costs
    more than the arithmetic, since the system hands it out page by page.
    """
    match node:
        case Number(value=value):
            number = np.float64(value)
            return (lambda _: number), _NUMBER
        case Reference(id=id):
            return itemgetter(id), _GIVEN
        case Negation(operand=operand):
            value_of, result = _compiled(operand)
            return _negative(value_of, result == _OWN), _OWN if result else _NUMBER
        case Operation(symbol=symbol, left=left, right=right):
            first, first_result = _compiled(left)
            second, second_result = _compiled(right)
            apply = _operation(ARITHMETIC[symbol], first, second, first_result, second_result)
            return apply, _OWN if first_result or second_result else _NUMBER
    raise AssertionError(f"{type(node).__name__} is not transparent")


def _negative(value_of: Callable[[Values], Any], own: bool) -> Callable[[Values], Any]:
    def apply(values: Values) -> Any:
        value = value_of(values)
        return np.negative(value, out=value if own else None)

    return apply


def _operation(
    operate: Callable[..., Any],
    first: Callable[[Values], Any],
    second: Callable[[Values], Any],
    first_result: int,
    second_result: int,
) -> Callable[[Values], Any]:
    def into_first(values: Values) -> Any:
        value = first(values)
        return operate(value, second(values), out=value)

    def into_second(values: Values) -> Any:
        value = second(values)
        return operate(first(values), value, out=value)

    def afresh(values: Values) -> Any:
        return operate(first(values), second(values))

    if first_result == _OWN:
        return into_first
    return into_second if second_result == _OWN else afresh
