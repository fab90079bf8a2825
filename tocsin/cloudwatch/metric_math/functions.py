"""The functions that work on one series or on an array of them, over whole arrays at once.

Series are float64 of shape (..., n) as in ``operators``: all of this runs equally on one window
and on a stack of windows. Where the user guide is silent, docs/engine.md says what was decided.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from tocsin.cloudwatch.metric_math.operators import Scalar, Track, filled
from tocsin.cloudwatch.metrics import FloatArray


def _zeroed(values: FloatArray) -> FloatArray:
    missing = np.isnan(values)
    return filled(values, missing, 0.0) if missing.any() else values


# --- one datapoint at a time -------------------------------------------------------------------

EACH: dict[str, Callable[[FloatArray], FloatArray]] = {
    "ABS": np.abs,
    "CEIL": np.ceil,
    "FLOOR": np.floor,
    "LOG": lambda values: np.log(np.where(values > 0, values, np.nan)),
    "LOG10": lambda values: np.log10(np.where(values > 0, values, np.nan)),
}


# --- along the series --------------------------------------------------------------------------


def _last_valid(values: FloatArray) -> NDArray[np.intp]:
    """Index of the newest datapoint at or before each period; -1 where there is none."""
    positions = np.where(np.isnan(values), -1, np.arange(values.shape[-1]))
    return np.maximum.accumulate(positions, axis=-1)


def _before(values: FloatArray) -> NDArray[np.intp]:
    """Index of the newest datapoint strictly before each period; -1 where there is none."""
    latest = _last_valid(values)
    first = np.full_like(latest[..., :1], -1)
    return np.concatenate([first, latest[..., :-1]], axis=-1)


def _at(values: FloatArray, index: NDArray[np.intp]) -> FloatArray:
    """The values at ``index``, NaN where it is negative."""
    taken = np.take_along_axis(values, np.maximum(index, 0), axis=-1)
    return np.where(index < 0, np.nan, taken)


def _diff(values: FloatArray, period: int) -> FloatArray:
    return values - _at(values, _before(values))


def _diff_time(values: FloatArray, period: int) -> FloatArray:
    before = _before(values)
    elapsed = (np.arange(values.shape[-1]) - before) * float(period)
    return np.where(np.isnan(values) | (before < 0), np.nan, elapsed)


def _rate(values: FloatArray, period: int) -> FloatArray:
    return _diff(values, period) / _diff_time(values, period)


def _running_sum(values: FloatArray, period: int) -> FloatArray:
    return np.where(np.isnan(values), np.nan, np.cumsum(_zeroed(values), axis=-1))


ALONG: dict[str, Callable[[FloatArray, int], FloatArray]] = {
    "DIFF": _diff,
    "DIFF_TIME": _diff_time,
    "RATE": _rate,
    "RUNNING_SUM": _running_sum,
}


def repeat(values: FloatArray) -> FloatArray:
    """FILL(..., REPEAT): the newest earlier datapoint; nothing before the first one."""
    return _at(values, _last_valid(values))


def interpolate(values: FloatArray) -> FloatArray:
    """FILL(..., LINEAR): a straight line across each gap; the open ends stay missing."""
    before = _last_valid(values)
    count = values.shape[-1]
    after = count - 1 - _last_valid(values[..., ::-1])[..., ::-1]
    after = np.where(after >= count, -1, after)
    left, right = _at(values, before), _at(values, after)
    share = (np.arange(count) - before) / np.maximum(after - before, 1)
    return np.where(np.isnan(values), left + (right - left) * share, values)


# --- one series to a scalar --------------------------------------------------------------------

REDUCE: dict[str, Callable[[FloatArray], FloatArray]] = {
    "AVG": lambda v: _zeroed(v).mean(axis=-1, keepdims=True),
    "MAX": lambda v: np.fmax.reduce(v, axis=-1, keepdims=True),
    "MIN": lambda v: np.fmin.reduce(v, axis=-1, keepdims=True),
    "STDDEV": lambda v: _deviation(v, axis=-1),
    "SUM": lambda v: _zeroed(v).sum(axis=-1, keepdims=True),
    "DATAPOINT_COUNT": lambda v: (~np.isnan(v)).sum(axis=-1, keepdims=True).astype(np.float64),
}


def _deviation(values: FloatArray, axis: int) -> FloatArray:
    """Population standard deviation of the datapoints there are, NaN where there is none."""
    present = ~np.isnan(values)
    count = present.sum(axis=axis, keepdims=True)
    mean = _zeroed(values).sum(axis=axis, keepdims=True) / count
    squares = np.where(present, (values - mean) ** 2, 0.0).sum(axis=axis, keepdims=True)
    deviation: FloatArray = np.sqrt(squares / count)
    return deviation


# --- an array of series to one series -----------------------------------------------------------


def _summed(stack: FloatArray) -> FloatArray:
    total = _zeroed(stack).sum(axis=0)
    return np.where(np.isnan(stack).all(axis=0), np.nan, total)


ACROSS: dict[str, Callable[[FloatArray], FloatArray]] = {
    "AVG": lambda stack: _summed(stack) / len(stack),
    "MAX": lambda stack: np.fmax.reduce(stack, axis=0),
    "MIN": lambda stack: np.fmin.reduce(stack, axis=0),
    "STDDEV": lambda stack: _deviation(stack, axis=0)[0],
    "SUM": _summed,
    "DATAPOINT_COUNT": lambda stack: (~np.isnan(stack)).sum(axis=0).astype(np.float64),
}


def sort(tracks: Sequence[Track], by: str, order: str) -> list[Track]:
    """SORT: by a reduction of each series; a series without a datapoint goes last."""
    if not tracks:
        return []
    stack = np.stack([track.settled() for track in tracks])
    keys = REDUCE[by](stack)
    keys = np.where(np.isnan(stack).all(axis=-1, keepdims=True), np.nan, keys)
    ranks = np.argsort(keys if order == "ASC" else -keys, axis=0, kind="stable")
    result = np.take_along_axis(stack, ranks, axis=0)
    # Labels can follow only where there is one window: an alarm never shows them.
    if ranks.ndim == 2:
        labels = [tracks[int(rank)].label for rank in ranks[:, 0]]
        return [Track(values, label=label) for values, label in zip(result, labels, strict=True)]
    return [Track(values) for values in result]


# --- by the calendar ---------------------------------------------------------------------------


def _months(timestamps: NDArray[np.int64]) -> NDArray[np.int64]:
    return timestamps.astype("datetime64[s]").astype("datetime64[M]").astype(np.int64)


def _day_of_month(timestamps: NDArray[np.int64]) -> NDArray[np.int64]:
    first = _months(timestamps).astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    return timestamps // 86400 - first + 1


CALENDAR: dict[str, Callable[[NDArray[np.int64]], NDArray[np.int64]]] = {
    "MINUTE": lambda t: t // 60 % 60,
    "HOUR": lambda t: t // 3600 % 24,
    # 1970-01-01 was a Thursday; Monday is 1 and Sunday 7.
    "DAY": lambda t: (t // 86400 + 3) % 7 + 1,
    "DATE": _day_of_month,
    "MONTH": lambda t: _months(t) % 12 + 1,
    "YEAR": lambda t: _months(t) // 12 + 1970,
    "EPOCH": lambda t: t,
}


# --- IF ----------------------------------------------------------------------------------------


def choose(
    condition: Track | Scalar, then: Track | Scalar, otherwise: Track | Scalar | None
) -> FloatArray:
    """IF: per timestamp where the condition is a series, as a whole where it is a scalar."""
    chosen = _numbers(then)
    other = np.nan if otherwise is None else _numbers(otherwise)
    if isinstance(condition, Scalar):
        return np.where(np.asarray(condition.value) != 0, chosen, other)
    if isinstance(then, Track):
        # The guide: a true condition without a datapoint to take gives 0, not a gap.
        chosen = _zeroed(then.settled())
    conditions = condition.settled()
    result = np.where(conditions != 0, chosen, other)
    return np.where(np.isnan(conditions), np.nan, result)


def _numbers(value: Track | Scalar) -> float | FloatArray:
    return value.value if isinstance(value, Scalar) else value.settled()
