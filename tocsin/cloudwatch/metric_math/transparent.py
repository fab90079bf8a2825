"""A fast path for plain arithmetic, which most alarms are.

An expression is transparent when anything unusual on the way to a result, a missing operand or a
division by zero, shows in the result as a number that is not finite. Its bare arithmetic is then
right wherever the result is finite, and only the other timestamps need the careful evaluator.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from tocsin.cloudwatch.metric_math.operators import ARITHMETIC
from tocsin.cloudwatch.metric_math.parser import children
from tocsin.cloudwatch.metric_math.syntax import Negation, Node, Number, Operation, Reference
from tocsin.cloudwatch.metrics import FloatArray


def is_transparent(node: Node) -> bool:
    """Whether an expression is transparent.

    ``+ - * /`` hand on what is not finite, except that x / inf is 0: what could be infinite must
    not stand below a fraction line. Ids are no such thing, they hold finite numbers and gaps.
    """
    match node:
        case Number() | Reference():
            return True
        case Negation(operand=operand):
            return is_transparent(operand)
        case Operation(symbol="+" | "-" | "*", left=left, right=right):
            return is_transparent(left) and is_transparent(right)
        case Operation(symbol="/", left=left, right=right):
            return is_transparent(left) and _stays_finite(right)
    return False


def _stays_finite(node: Node) -> bool:
    if isinstance(node, Operation) and node.symbol not in "+-":
        return False
    return isinstance(node, Number | Reference | Negation | Operation) and all(
        _stays_finite(child) for child in children(node)
    )


def bare_value(node: Node, values: Mapping[str, FloatArray]) -> FloatArray:
    """The arithmetic of a transparent expression and nothing else."""
    return np.asarray(_bare(node, values)[0], dtype=np.float64)


def _bare(node: Node, values: Mapping[str, FloatArray]) -> tuple[Any, bool]:
    """The result, a float or an array, and whether it is an array that nobody else holds.

    Results take over the arrays of their operands: fresh memory costs more than the arithmetic,
    since the system hands it out page by page.
    """
    match node:
        case Number(value=number):
            return np.float64(number), False
        case Reference(id=id):
            return values[id], False
        case Negation(operand=operand):
            value, own = _bare(operand, values)
            return np.negative(value, out=value if own else None), own or np.ndim(value) > 0
        case Operation(symbol=symbol, left=left, right=right):
            first, own_first = _bare(left, values)
            second, own_second = _bare(right, values)
            out = first if own_first else second if own_second else None
            result = ARITHMETIC[symbol](first, second, out=out)
            return result, out is not None or np.ndim(result) > 0
    raise AssertionError(f"{type(node).__name__} is not transparent")
