"""Operators over whole series: arithmetic, comparison and logic.

Values are float64 of shape (..., n), the last axis time, NaN where there is no datapoint; a
scalar's value broadcasts against them. Between two series, a timestamp where only one has a value
takes 0 for the other. A result that is no finite number (a division by zero, a root of a negative
number) drops the datapoint, and it stays dropped through further operators.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import isfinite
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from tocsin.cloudwatch.metrics import FloatArray

BoolArray = NDArray[np.bool_]

ARITHMETIC: dict[str, Callable[..., Any]] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": np.divide,
    "^": np.power,
}
COMPARISON: dict[str, Callable[..., Any]] = {
    "==": np.equal,
    "!=": np.not_equal,
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
}
LOGIC: dict[str, Callable[..., Any]] = {"AND": np.logical_and, "OR": np.logical_or}
_OPERATIONS = ARITHMETIC | COMPARISON | LOGIC


@dataclass(frozen=True, slots=True, eq=False)
class Scalar:
    """A scalar: one number, or one per window as an array of shape (..., 1)."""

    value: float | FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Track:
    """A series on its way through an expression.

    ``values`` is NaN where there is no datapoint. Where a division by zero has lost one it is
    infinite, and ``drops`` is set: operators keep a lost datapoint lost, while functions and the
    result take it for a missing one (``settled``). ``label`` names the series in an array.
    """

    values: FloatArray
    drops: bool = False
    label: str | None = None

    def settled(self) -> FloatArray:
        """The values with the lost datapoints missing."""
        return filled(self.values, np.isinf(self.values), np.nan) if self.drops else self.values


Value = Scalar | Track | list[Track]


def operate(symbol: str, left: Value, right: Value) -> Value:
    """Apply a binary operator; an array of series takes it series by series."""
    if isinstance(left, list):
        return [replace(_single(symbol, series, right), label=series.label) for series in left]
    if isinstance(right, list):
        return [replace(_single(symbol, left, series), label=series.label) for series in right]
    if isinstance(left, Scalar) and isinstance(right, Scalar):
        values = _bare(symbol, _operand(left), _operand(right))
        return Scalar(np.where(np.isfinite(values), values, np.nan))
    return _single(symbol, left, right)


def negate(value: Value) -> Value:
    """Unary minus."""
    if isinstance(value, Scalar):
        return Scalar(-value.value)
    if isinstance(value, list):
        return [replace(series, values=-series.values) for series in value]
    return replace(value, values=-value.values)


def _single(symbol: str, left: Value, right: Value) -> Track:
    """A series with a series, or a series with a scalar."""
    first, second = _operand(left), _operand(right)
    if _plain(symbol, left, right):
        values = _bare(symbol, first, second)
        return Track(values, drops=bool(np.isinf(values).any()))
    first_missing, second_missing = np.isnan(first), np.isnan(second)
    if isinstance(left, Track) and isinstance(right, Track):
        missing = first_missing & second_missing
        values = _bare(
            symbol, np.where(first_missing, 0.0, first), np.where(second_missing, 0.0, second)
        )
    else:
        missing = first_missing | second_missing
        values = _bare(symbol, first, second)
    lost = ~np.isfinite(values)
    for operand in (left, right):
        if isinstance(operand, Track) and operand.drops:
            lost |= np.isinf(operand.values)
    drops = bool(lost.any())
    if drops:
        values[lost] = np.inf
    values[missing] = np.nan
    return Track(values, drops)


def _plain(symbol: str, left: Value, right: Value) -> bool:
    """Whether nothing can happen but that missing stays missing: a series with a sane scalar."""
    track, scalar = (right, left) if isinstance(left, Scalar) else (left, right)
    if not isinstance(scalar, Scalar) or not isinstance(scalar.value, float):
        return False
    allowed = symbol in "+-*" or (symbol == "/" and scalar is right and scalar.value != 0)
    return allowed and isfinite(scalar.value) and not cast("Track", track).drops


def _operand(value: Value) -> FloatArray:
    if isinstance(value, Scalar):
        return np.asarray(value.value, dtype=np.float64)
    return cast("Track", value).values


def _bare(symbol: str, left: FloatArray, right: FloatArray) -> FloatArray:
    """The operation alone; comparisons and logic give 0 or 1."""
    return np.asarray(_OPERATIONS[symbol](left, right), dtype=np.float64)


def filled(values: FloatArray, where: BoolArray, filler: float) -> FloatArray:
    """A copy with ``filler`` at the marked places."""
    result = values.copy()
    result[where] = filler
    return result
