"""``replay``: one alarm over a whole range of time, vectorised.

Every state is the one that calling ``evaluate`` at each instant in turn would give.

Follows https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from tocsin.cloudwatch.alarm import MetricAlarm, State
from tocsin.cloudwatch.bands import LOWER, UPPER, BandSource, band_values, outside
from tocsin.cloudwatch.decision import low_sample_limit
from tocsin.cloudwatch.errors import RefusedDefinition
from tocsin.cloudwatch.evaluation import evaluate, sample_count
from tocsin.cloudwatch.metric_math import DatapointScope, Places, Track
from tocsin.cloudwatch.metrics import FloatArray, Metric, MetricSource, MetricStat, Series
from tocsin.cloudwatch.queries import Plan, evaluate_plan
from tocsin.cloudwatch.wall_clock import evaluation_range_at
from tocsin.cloudwatch.windows import KEEP, STATES, BoolArray, Codes, decide_windows, resolve

# Datapoints in the stacked windows of one step: enough to amortise the calls, little memory.
_CHUNK = 1 << 18


@dataclass(frozen=True, slots=True)
class StateChange:
    """A change of state within a replay, at ``at`` (epoch seconds)."""

    at: int
    old: State
    new: State


@dataclass(frozen=True, eq=False)
class Replay:
    """The states of an alarm at ``start``, ``start + step``, ...

    ``codes`` is int8 of shape (n,), indices into ``STATES`` (OK, ALARM, INSUFFICIENT_DATA);
    ``initial`` is the state before the first evaluation.
    """

    alarm: MetricAlarm
    start: int
    step: int
    initial: State
    codes: Codes

    def __len__(self) -> int:
        return len(self.codes)

    @property
    def times(self) -> NDArray[np.int64]:
        """The instants of evaluation, epoch seconds, shape (n,)."""
        return self.start + self.step * np.arange(len(self.codes), dtype=np.int64)

    @property
    def states(self) -> list[State]:
        """The state after each evaluation."""
        return [STATES[code] for code in self.codes]

    @property
    def final(self) -> State:
        """The state at the end."""
        return STATES[self.codes[-1]] if len(self.codes) else self.initial

    def at(self, time: float) -> State:
        """The state in force at ``time``: that of the latest evaluation not after it."""
        index = math.floor((time - self.start) / self.step)
        return self.initial if index < 0 else STATES[self.codes[min(index, len(self) - 1)]]

    def changes(self) -> Iterator[StateChange]:
        """Every change of state, in order; these are what runs actions."""
        before = np.concatenate([[STATES.index(self.initial)], self.codes[:-1]])
        for index in np.flatnonzero(before != self.codes):
            at = self.start + self.step * int(index)
            yield StateChange(at, STATES[before[index]], STATES[self.codes[index]])

    def seconds_in(self, state: State) -> int:
        """How long the alarm was in a state; each evaluation counts for one step."""
        return int(np.count_nonzero(self.codes == STATES.index(state))) * self.step


def replay(
    alarm: MetricAlarm,
    source: MetricSource,
    start: float,
    end: float,
    state: State = State.INSUFFICIENT_DATA,
    *,
    step: int | None = None,
    late_periods: int = 0,
) -> Replay:
    """Evaluate ``alarm`` at every instant from ``start`` to ``end``, both included.

    Instants are whole multiples of the alarm's evaluation interval (a minute, 10 seconds for a
    high-resolution alarm, an hour for a multi-day one); ``step`` takes a multiple of it, as
    the alarm's own period for history that has no finer datapoints. The source is asked for the
    evaluation range before ``start`` too. With ``late_periods`` the newest periods of each window
    have not arrived yet, as when a service reports late. Memory is a few arrays of the range's
    length. Raises RefusedDefinition for a bad ``step``, and what the source raises.
    """
    interval = alarm.evaluation_interval
    step = interval if step is None else step
    if step < 1 or step % interval:
        raise RefusedDefinition(
            f"alarm {alarm.name!r}", [f"step: {step} s; a multiple of {interval} s is accepted"]
        )
    first = math.ceil(start / interval) * interval
    count = max(0, math.floor((end - first) / step) + 1)
    if alarm.wall_clock is not None:
        codes = _by_the_clock(alarm, source, first + step * np.arange(count), late_periods)
        return Replay(alarm, first, step, state, resolve(codes, state))
    # Instants whose windows share their periods' boundaries are decided together.
    common = math.lcm(alarm.period, step)
    phases, stride = common // step, common // alarm.period
    if phases == 1 and count:
        codes = _phase(alarm, source, first, count, stride, late_periods)
    else:
        codes = np.empty(count, dtype=np.int8)
        for phase in range(min(phases, count)):
            windows = -(-(count - phase) // phases)
            end = first + phase * step
            codes[phase::phases] = _phase(alarm, source, end, windows, stride, late_periods)
    if alarm.missing_data == "ignore" or low_sample_limit(alarm):
        codes = resolve(codes, state)
    return Replay(alarm, first, step, state, codes)


def _by_the_clock(
    alarm: MetricAlarm, source: MetricSource, instants: NDArray[np.int64], late: int
) -> Codes:
    """Codes of a wall clock window, which is the same until the next period of that clock ends."""
    codes = np.empty(len(instants), dtype=np.int8)
    known: dict[tuple[int, ...], int] = {}
    for index, at in enumerate(instants.tolist()):
        edges = evaluation_range_at(alarm, at).edges
        if edges not in known:
            seen = source if not late else _Late(source, edges[-1 - late])
            # A state that is kept differs with the one before; any other does not.
            after = {evaluate(alarm, seen, at, before).state for before in (State.OK, State.ALARM)}
            known[edges] = STATES.index(after.pop()) if len(after) == 1 else KEEP
        codes[index] = known[edges]
    return codes


@dataclass(frozen=True)
class _Late:
    """A source in which nothing has arrived of the periods from ``since`` on."""

    source: MetricSource
    since: int

    def series(self, stat: MetricStat, start: int, end: int) -> Series:
        found = self.source.series(stat, start, end)
        values = np.where(found.timestamps >= self.since, np.nan, found.values)
        return Series(start, stat.period, values)

    def bounds(self, metric: Metric) -> tuple[Metric, Metric] | None:
        return self.source.bounds(metric) if isinstance(self.source, BandSource) else None


def _phase(
    alarm: MetricAlarm, source: MetricSource, first_end: int, count: int, stride: int, late: int
) -> Codes:
    """Codes of ``count`` windows, the first ending at ``first_end``, ``stride`` periods apart."""
    period, length = alarm.period, alarm.evaluation_range
    start = first_end - length * period
    periods = length + (count - 1) * stride
    end = start + periods * period
    checked = alarm.plan
    values = {
        query.id: source.series(query.stat, start, end).values
        for query in checked.metrics
        if query.stat is not None
    }
    values |= band_values(alarm, source, lambda stat: source.series(stat, start, end).values)
    limit = low_sample_limit(alarm)
    low = None
    if limit and alarm.single is not None:
        samples = source.series(sample_count(alarm.single), start, end).values
        low = samples < limit
    if late:
        return _stacked(alarm, checked, values, start, stride, late, low)
    if low is not None:
        return decide_windows(alarm, values[alarm.result_id], stride, low)
    if not checked.expressions and alarm.band is None:
        return decide_windows(alarm, values[alarm.result_id], stride)
    if checked.scope is DatapointScope.TIMESTAMP:
        gaps: dict[str, Places] = {}
        found = evaluate_plan(checked, values, start, period, (periods,), gaps=gaps)
        judged, breaches = _judged(alarm, found)
        absent = gaps.get(alarm.result_id) if alarm.band is None else None
        return decide_windows(alarm, judged, stride, None, breaches, absent)
    return _stacked(alarm, checked, values, start, stride)


def _stacked(
    alarm: MetricAlarm,
    checked: Plan,
    values: Mapping[str, FloatArray],
    start: int,
    stride: int,
    late: int = 0,
    low: BoolArray | None = None,
) -> Codes:
    """For what depends on the window: every window evaluated on its own datapoints."""
    period, length = alarm.period, alarm.evaluation_range
    views = {id: sliding_window_view(array, length)[::stride] for id, array in values.items()}
    lows = None if low is None else sliding_window_view(low, length)[::stride]
    count = len(next(iter(views.values())))
    starts = start + period * stride * np.arange(count)[:, np.newaxis]
    return stacked_codes(alarm, checked, views, starts, lows, late)


def stacked_codes(
    alarm: MetricAlarm,
    checked: Plan,
    values: Mapping[str, FloatArray],
    starts: NDArray[np.int64],
    low: BoolArray | None = None,
    late: int = 0,
) -> Codes:
    """One code for each of ``n`` windows, which are evaluated a chunk at a time.

    ``values`` are the metrics' datapoints by id, of shape (n, evaluation range); ``starts``, of
    shape (n, 1), is where each window's first period begins; ``low`` marks the datapoints of too
    few samples. Of each window the ``late`` newest periods have not arrived. Only where even the
    number of series may differ from window to window do they go one by one.
    """
    count, length = len(starts), alarm.evaluation_range
    chunk = 1 if checked.scope is DatapointScope.RAGGED else max(1, _CHUNK // length)
    codes = np.empty(count, dtype=np.int8)
    for begin in range(0, count, chunk):
        rows = slice(begin, min(begin + chunk, count))
        inside = {id: windows[rows] for id, windows in values.items()}
        if late:
            inside = {id: window.copy() for id, window in inside.items()}
            for window in inside.values():
                window[:, -late:] = np.nan
        shape = (rows.stop - rows.start, length)
        found = evaluate_plan(checked, inside, starts[rows], alarm.period, shape)
        flat, breaches = _judged(alarm, found)
        lows = None if low is None else low[rows].reshape(-1)
        codes[rows] = decide_windows(alarm, flat, length, lows, breaches)
    return codes


def _judged(
    alarm: MetricAlarm, found: Mapping[str, FloatArray | list[Track]]
) -> tuple[FloatArray, BoolArray | None]:
    """The datapoints that decide, in one row, and for a band which of them breach."""
    values = np.asarray(found[alarm.result_id]).reshape(-1)
    if alarm.band is None:
        return values, None
    return outside(alarm, values, *(np.asarray(found[name]).reshape(-1) for name in (LOWER, UPPER)))
