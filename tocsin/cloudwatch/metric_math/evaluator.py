"""The evaluator: a checked tree over arrays to a series or an array of series."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import cast

import numpy as np
from numpy.typing import NDArray

from tocsin.cloudwatch.metric_math import functions
from tocsin.cloudwatch.metric_math.checker import TypedExpression
from tocsin.cloudwatch.metric_math.operators import Scalar, Track, Value, negate, operate
from tocsin.cloudwatch.metric_math.syntax import (
    Array,
    FunctionCall,
    Negation,
    Node,
    Number,
    Operation,
    Reference,
    Text,
    Word,
)
from tocsin.cloudwatch.metric_math.transparent import Arithmetic
from tocsin.cloudwatch.metrics import FloatArray

Searcher = Callable[[str, str, int | None], list[Track]]
Places = NDArray[np.intp]


@dataclass(frozen=True)
class Window:
    """The data an expression is evaluated over.

    ``values`` holds series of ``shape`` (or arrays of series) by id; the first period of each
    window begins at ``start``, an array of shape (windows, 1) where there are several.
    ``metrics`` are the ids METRICS() returns, in request order; ``labels`` names for their
    series; ``search`` answers SEARCH.
    """

    values: Mapping[str, FloatArray | list[Track]]
    start: int | NDArray[np.int64]
    period: int
    shape: tuple[int, ...]
    metrics: Sequence[str] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    search: Searcher | None = None

    def timestamps(self) -> NDArray[np.int64]:
        """The start of every period, of a shape that broadcasts to ``shape``."""
        return np.asarray(self.start + self.period * np.arange(self.shape[-1], dtype=np.int64))


def evaluate_expression(
    expression: TypedExpression, window: Window
) -> tuple[FloatArray | list[Track], Places | None]:
    """The value of a checked expression over a window: a series or an array of series.

    Beside it the places in the flat series that have no datapoint, where they came up on the
    way: looking for them again costs as much as a step of the arithmetic.
    """
    with np.errstate(all="ignore"):
        if expression.arithmetic is not None:
            return _transparent(expression, expression.arithmetic, window)
        return _careful(expression, window), None


def _careful(expression: TypedExpression, window: Window) -> FloatArray | list[Track]:
    result = _value(expression.root, window)
    if isinstance(result, list):
        return [Track(track.settled(), label=track.label) for track in result]
    return _track(result).settled()


def _transparent(
    expression: TypedExpression, arithmetic: Arithmetic, window: Window
) -> tuple[FloatArray, Places]:
    values = cast("Mapping[str, FloatArray]", window.values)
    result = np.ascontiguousarray(arithmetic(values))
    flat = result.reshape(-1)
    sound = np.isfinite(flat)
    unsound = np.logical_not(sound, out=sound).nonzero()[0]
    if not len(unsound):
        return result, unsound
    flat[unsound] = np.nan
    # Where all operands are missing so is the result, and where none is it was lost on the way;
    # only where some are missing must they be taken for 0.
    operands = {id: values[id].reshape(-1)[unsound] for id in expression.references}
    first, *others = (np.isnan(operand) for operand in operands.values())
    if not others:
        return result, unsound
    partial = first ^ others[0]
    for other in others[1:]:
        partial |= first ^ other
    count = int(np.count_nonzero(partial))
    if not count:
        return result, unsound
    inside = {id: operand[partial] for id, operand in operands.items()}
    part = cast("FloatArray", _careful(expression, replace(window, values=inside, shape=(count,))))
    flat[unsound[partial]] = part
    partial[partial] = np.isfinite(part)
    return result, unsound[~partial]


def _value(node: Node, window: Window) -> Value:
    match node:
        case Number(value=value):
            return Scalar(value)
        case Reference(id=id):
            found = window.values[id]
            return found if isinstance(found, list) else Track(found)
        case Negation(operand=operand):
            return negate(_value(operand, window))
        case Operation(symbol=symbol, left=left, right=right):
            return operate(symbol, _value(left, window), _value(right, window))
        case Array(items=items):
            return _array(items, window)
        case FunctionCall():
            return _call(node, window)
    raise AssertionError(f"the checker lets no {type(node).__name__} stand as a value")


def _array(items: Sequence[Node], window: Window) -> list[Track]:
    tracks: list[Track] = []
    for item in items:
        value = _value(item, window)
        if isinstance(value, list):
            tracks.extend(value)
        elif isinstance(item, Reference):
            tracks.append(replace(_track(value), label=window.labels.get(item.id, item.id)))
        else:
            tracks.append(_track(value))
    return tracks


def _call(node: FunctionCall, window: Window) -> Value:
    name, arguments = node.name, node.arguments
    match name:
        case "METRICS":
            wanted = _text(arguments[0]) if arguments else ""
            chosen = (id for id in window.metrics if wanted in id)
            return [
                Track(cast("FloatArray", window.values[id]), label=window.labels.get(id, id))
                for id in chosen
            ]
        case "PERIOD":
            return Scalar(float(window.period))
        case "TIME_SERIES":
            return _broadcast(cast("Scalar", _value(arguments[0], window)).value, window)
        case "SEARCH":
            period = _whole(arguments[2]) if len(arguments) == 3 else None
            search = cast("Searcher", window.search)
            return search(_text(arguments[0]), _text(arguments[1]), period)
    first = _value(arguments[0], window)
    if name in functions.CALENDAR:
        return _broadcast(functions.CALENDAR[name](window.timestamps()), window)
    if name == "IF":
        otherwise = _plain(_value(arguments[2], window)) if len(arguments) == 3 else None
        then = _plain(_value(arguments[1], window))
        return Track(functions.choose(_plain(first), then, otherwise))
    if name == "FILL":
        return _fill(first, arguments[1], window)
    if isinstance(first, list):
        return _on_array(name, first, arguments[1:], window)
    if name in functions.REDUCE:
        return Scalar(functions.REDUCE[name](_track(first).settled()))
    return _on_series(name, _track(first), window)


def _on_series(name: str, track: Track, window: Window) -> Track:
    if name in functions.ALONG:
        return Track(functions.ALONG[name](track.settled(), window.period), label=track.label)
    return Track(functions.EACH[name](track.settled()), label=track.label)


def _on_array(name: str, tracks: list[Track], rest: Sequence[Node], window: Window) -> Value:
    if name in functions.ACROSS:
        if not tracks:
            return _broadcast(np.nan, window)
        return Track(functions.ACROSS[name](np.stack([track.settled() for track in tracks])))
    match name:
        case "METRIC_COUNT":
            return Scalar(float(len(tracks)))
        case "FIRST" | "LAST":
            if not tracks:
                return _broadcast(np.nan, window)
            return tracks[0 if name == "FIRST" else -1]
        case "REMOVE_EMPTY":
            return [track for track in tracks if not np.isnan(track.settled()).all()]
        case "SLICE":
            end = _whole(rest[1]) if len(rest) == 2 else None
            return tracks[_whole(rest[0]) : end]
        case "SORT":
            limit = _whole(rest[2]) if len(rest) == 3 else None
            return functions.sort(tracks, _word(rest[0]), _word(rest[1]))[:limit]
    return [_on_series(name, track, window) for track in tracks]


def _fill(value: Value, filler: Node, window: Window) -> Value:
    if isinstance(value, list):
        return [Track(_filled(track, filler, window), label=track.label) for track in value]
    return Track(_filled(_track(value), filler, window))


def _filled(track: Track, filler: Node, window: Window) -> FloatArray:
    if isinstance(filler, Word):
        fill = functions.repeat if filler.value == "REPEAT" else functions.interpolate
        return fill(track.settled())
    value = _plain(_value(filler, window))
    with_what = value.value if isinstance(value, Scalar) else value.settled()
    values = track.settled()
    return np.where(np.isnan(values), with_what, values)


def _broadcast(value: float | FloatArray | NDArray[np.int64], window: Window) -> Track:
    return Track(np.broadcast_to(np.asarray(value, dtype=np.float64), window.shape).copy())


# The checker has settled every kind; these only say so to the type checker.


def _track(value: Value) -> Track:
    return cast("Track", value)


def _plain(value: Value) -> Track | Scalar:
    return cast("Track | Scalar", value)


def _text(node: Node) -> str:
    return cast("Text", node).value


def _word(node: Node) -> str:
    return cast("Word", node).value


def _whole(node: Node) -> int:
    return int(cast("Number", node).value)
