"""Operators over whole series: arithmetic, comparison and logic.

Values are float64 of shape (..., n), the last axis time, NaN where there is no datapoint; a
scalar's value broadcasts against them. Between two series, a timestamp where only one has a value
takes 0 for the other. A result that is no finite number (a division by zero, a root of a negative
number) drops the datapoint, and it stays dropped through further operators.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
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


@dataclass(frozen=True, slots=True, eq=False)
class Scalar:
    """A scalar: one number, or one per window as an array of shape (..., 1)."""

    value: float | FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Track:
    """A series on its way through an expression.

    ``values`` is NaN where there is no datapoint; ``dropped``, of the same shape, marks those
    that were lost to a division by zero rather than never there (None: none was). Operators keep
    a dropped datapoint dropped, functions take it for a missing one. ``label`` names the series
    in an array.
    """

    values: FloatArray
    dropped: BoolArray | None = None
    label: str | None = None


Value = Scalar | Track | list[Track]


def operate(symbol: str, left: Value, right: Value) -> Value:
    """Apply a binary operator; an array of series takes it series by series."""
    if isinstance(left, list):
        return [replace(_single(symbol, each, right), label=each.label) for each in left]
    if isinstance(right, list):
        return [replace(_single(symbol, left, each), label=each.label) for each in right]
    if isinstance(left, Scalar) and isinstance(right, Scalar):
        values = _apply(symbol, np.asarray(left.value, float), np.asarray(right.value, float))
        return Scalar(np.where(np.isfinite(values), values, np.nan))
    return _single(symbol, left, right)


def negate(value: Value) -> Value:
    """Unary minus."""
    if isinstance(value, Scalar):
        return Scalar(-value.value)
    if isinstance(value, list):
        return [replace(each, values=-each.values) for each in value]
    return replace(value, values=-value.values)


def _single(symbol: str, left: Value, right: Value) -> Track:
    """A series with a series, or a series with a scalar."""
    if isinstance(left, Scalar):
        track = cast("Track", right)
        values = _apply(symbol, np.asarray(left.value, float), track.values)
        return _with_drops(values, np.isnan(track.values), track.dropped)
    if isinstance(right, Scalar):
        track = cast("Track", left)
        values = _apply(symbol, track.values, np.asarray(right.value, float))
        return _with_drops(values, np.isnan(track.values), track.dropped)
    first, second = cast("Track", left), cast("Track", right)
    first_missing, second_missing = np.isnan(first.values), np.isnan(second.values)
    if not (first_missing.any() or second_missing.any()):
        return _with_drops(_apply(symbol, first.values, second.values), None, None)
    values = _apply(
        symbol, filled(first.values, first_missing, 0.0), filled(second.values, second_missing, 0.0)
    )
    both = first_missing & second_missing
    values[both] = np.nan
    return _with_drops(values, both, _either(first.dropped, second.dropped))


def _with_drops(values: FloatArray, missing: BoolArray | None, dropped: BoolArray | None) -> Track:
    """A result whose infinities, and NaN where nothing was ``missing``, are dropped."""
    usable = np.isfinite(values)
    if dropped is None and usable.all():
        return Track(values)
    lost = ~usable if missing is None else ~(usable | missing)
    lost = lost if dropped is None else lost | dropped
    if lost.any():
        return Track(filled(values, lost, np.nan), lost)
    return Track(values)


def _either(first: BoolArray | None, second: BoolArray | None) -> BoolArray | None:
    if first is None or second is None:
        return first if second is None else second
    return first | second


def _apply(symbol: str, left: FloatArray, right: FloatArray) -> FloatArray:
    """The bare result; comparisons and logic give 0 or 1, and NaN beside NaN."""
    if symbol in ARITHMETIC:
        return np.asarray(ARITHMETIC[symbol](left, right))
    result = np.asarray((COMPARISON | LOGIC)[symbol](left, right), dtype=np.float64)
    missing = np.isnan(left) | np.isnan(right)
    if missing.any():
        result[missing] = np.nan
    return result


def finite(values: FloatArray) -> FloatArray:
    """The values with every infinity taken out."""
    infinite = np.isinf(values)
    return filled(values, infinite, np.nan) if infinite.any() else values


def filled(values: FloatArray, where: BoolArray, filler: float) -> FloatArray:
    """A copy with ``filler`` at the marked places."""
    result = values.copy()
    result[where] = filler
    return result
