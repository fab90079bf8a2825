"""The state of many windows at once: the rules of ``decision``, vectorised.

Windows lie over one array of datapoints: window ``i`` covers ``[i * stride, i * stride + range)``.
Windows without gaps, nearly all, take one pass of shifted views; those with gaps are looked up by
their pattern or, where the range is long, counted. The work grows with the number of datapoints,
not with the windows' length.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tocsin.cloudwatch.alarm import MetricAlarm, State
from tocsin.cloudwatch.metrics import FloatArray

Codes = NDArray[np.int8]
BoolArray = NDArray[np.bool_]
Places = NDArray[np.intp]

STATES = (State.OK, State.ALARM, State.INSUFFICIENT_DATA)
"""A code is the index of its state here."""

OK, ALARM, INSUFFICIENT_DATA = range(len(STATES))
KEEP = len(STATES)
"""The code of a window that leaves the state as it is."""

_COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    "GreaterThanThreshold": operator.gt,
    "GreaterThanOrEqualToThreshold": operator.ge,
    "LessThanThreshold": operator.lt,
    "LessThanOrEqualToThreshold": operator.le,
}

# Up to this length adding shifted views beats a cumulative sum.
_FEW = 8

# Up to this evaluation range the state of every pattern of datapoints is looked up in a table.
_MOST_PATTERNED = 8

# Windows with gaps are found from the gaps where they are fewer than one in so many.
_SPARSE = 4

# So many datapoints of a pattern fit into a byte; twice as many into what is looked up.
_IN_A_BYTE = 4


def decide_windows(
    alarm: MetricAlarm,
    values: FloatArray,
    stride: int = 1,
    low: BoolArray | None = None,
    breaches: BoolArray | None = None,
    absent: Places | None = None,
) -> Codes:
    """One code per window, int8.

    ``values`` (n,) are datapoints, oldest first, NaN where missing. ``low`` (n,) marks datapoints
    of a percentile with too few samples, for alarms that ignore those. ``breaches`` (n,) marks the
    datapoints that breach, where something else than the threshold decides it. ``absent`` are
    the places of the missing ones, where the caller has them at hand.
    """
    length = alarm.evaluation_range
    count = max(0, (len(values) - length) // stride + 1)
    if not count:
        return np.empty(0, dtype=np.int8)
    if breaches is None:
        breaches = breaching(alarm, values)
    if low is not None or stride > 1:
        ends = np.arange(count) * stride + length
        return _decide(alarm, breaches, np.isnan(values), ends, low)
    wanted, required = alarm.evaluation_periods, alarm.required_datapoints
    codes = _at_least(breaches[length - wanted :], wanted, required).view(np.int8)
    if absent is None:
        absent = np.isnan(values).nonzero()[0]
    gaps = _with_gaps(absent, length, wanted, count)
    if len(gaps):
        if length <= _MOST_PATTERNED:
            table = _table(length, wanted, required, alarm.missing_data)
            codes[gaps] = table[_patterns(breaches, absent, length, gaps)]
        else:
            codes[gaps] = _decide(alarm, breaches, np.isnan(values), gaps + length, None)
    return codes


def _with_gaps(absent: Places, length: int, wanted: int, count: int) -> Places:
    """The windows, by number, with one of ``absent`` among their newest ``wanted`` datapoints.

    One with several may be named several times, and with them the first and the last window.
    """
    if len(absent) * wanted < count // _SPARSE:
        # A datapoint is the newest of window ``place - length + 1``, and the oldest that counts of
        # the one ``wanted - 1`` later.
        first = 1 - length
        windows = np.add.outer(np.arange(first, first + wanted), absent).reshape(-1)
        np.maximum(windows, 0, out=windows)
        return np.minimum(windows, count - 1, out=windows)
    missing = np.zeros(length + count - 1, dtype=bool)
    missing[absent] = True
    return _at_least(missing[length - wanted :], wanted, 1).nonzero()[0]


def breaching(alarm: MetricAlarm, values: FloatArray) -> BoolArray:
    """Which of ``values`` (n,) are on the alarm's side of its threshold; a missing one is not."""
    marks: BoolArray = _COMPARE[alarm.comparison_operator](values, alarm.threshold)
    return marks


def resolve(codes: Codes, state: State) -> Codes:
    """Replace every KEEP by the state before it; ``state`` is the one before the first."""
    if not (codes == KEEP).any():
        return codes
    known = np.concatenate([np.array([STATES.index(state)], dtype=np.int8), codes])
    newest = np.where(known == KEEP, 0, np.arange(len(known)))
    resolved: Codes = known[np.maximum.accumulate(newest)][1:]
    return resolved


def _at_least(marks: BoolArray, length: int, required: int) -> BoolArray:
    """Whether at least ``required`` of each ``length`` consecutive marks are set."""
    count = len(marks) - length + 1
    if length == 1:
        return marks.copy()
    if length > _FEW:
        sums = np.concatenate([[0], np.cumsum(marks, dtype=np.int32)])
        enough: BoolArray = sums[length:] - sums[:-length] >= required
        return enough
    if required in (1, length):
        combine = np.logical_or if required == 1 else np.logical_and
        together = combine(marks[:count], marks[1 : 1 + count])
        for shift in range(2, length):
            combine(together, marks[shift : shift + count], out=together)
        return together
    total = marks[:count].astype(np.int8)
    for shift in range(1, length):
        total += marks[shift : shift + count]
    return total >= required


def _decide(
    alarm: MetricAlarm,
    breaching: BoolArray,
    missing: BoolArray,
    ends: NDArray[np.intp],
    low: BoolArray | None,
) -> Codes:
    """The codes of the windows that end before ``ends``, whatever is missing."""
    return _counted(
        alarm.evaluation_range,
        alarm.evaluation_periods,
        alarm.required_datapoints,
        alarm.missing_data,
        breaching,
        missing,
        ends,
        low,
    )


def _counted(
    length: int,
    wanted: int,
    required: int,
    treatment: str,
    breaching: BoolArray,
    missing: BoolArray,
    ends: NDArray[np.intp],
    low: BoolArray | None,
) -> Codes:
    """Codes by counting.

    The datapoints that are there are numbered consecutively; each window is then a run of those
    numbers, and counting in it is a difference of two cumulative counts.
    """
    places = np.flatnonzero(~missing)
    numbers = _cumulative(~missing)
    last = numbers[ends]
    first = np.maximum(numbers[ends - length], last - wanted)
    used = last - first
    counts = _cumulative(breaching[places])
    breaches = counts[last] - counts[first]
    alarmed = breaches >= required
    codes = np.where(alarmed, ALARM, OK).astype(np.int8)
    open_ = (used < wanted) & ~alarmed
    if treatment == "breaching":
        codes[open_ & (breaches + wanted - used >= required)] = ALARM
    elif treatment != "notBreaching":
        undecided = open_ & (breaches == used)
        if treatment == "ignore":
            codes[undecided] = KEEP
        else:
            codes[undecided] = INSUFFICIENT_DATA
            some = np.flatnonzero(undecided & (used > 0))
            old_enough = ends[some] - places[first[some]] >= required
            codes[some[old_enough]] = ALARM
    if low is not None:
        lows = _cumulative(low[places])
        codes[lows[last] > lows[first]] = KEEP
    return codes


def _patterns(breaching: BoolArray, absent: Places, length: int, begins: Places) -> Places:
    """The datapoints of each window that begins at ``begins`` as one number.

    Two bits a datapoint, the oldest highest: 0 OK, 1 breaching, 2 missing (which never breaches).
    """
    digits = breaching.astype(np.uint8)
    digits[absent] = 2
    # Two windows that overlap make a longer one: what they share falls on the same digits.
    patterns, width = digits, 1
    while width < min(length, _IN_A_BYTE):
        step = min(width, length - width)
        # Numpy multiplies bytes several times as fast as it shifts them.
        older = patterns[:-step] * np.uint8(4**step)
        older |= patterns[step:]
        patterns = older
        width += step
    # As indices at once, which numpy would make of them when it looks them up.
    found = patterns[begins].astype(np.intp)
    if width < length:
        step = length - width
        found *= 4**step
        found |= patterns[begins + step]
    return found


@lru_cache(maxsize=256)
def _table(length: int, wanted: int, required: int, treatment: str) -> Codes:
    """The code of every pattern."""
    patterns = np.arange(4**length)[:, np.newaxis]
    digits = (patterns >> 2 * np.arange(length)[::-1] & 3).reshape(-1)
    ends = length * np.arange(1, 4**length + 1)
    return _counted(length, wanted, required, treatment, digits == 1, digits >= 2, ends, None)


def _cumulative(marks: BoolArray) -> NDArray[np.int32]:
    """How many marks are set before each position; one longer than ``marks``."""
    result = np.empty(len(marks) + 1, dtype=np.int32)
    result[0] = 0
    np.cumsum(marks, dtype=np.int32, out=result[1:])
    return result
