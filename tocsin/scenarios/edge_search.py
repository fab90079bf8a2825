"""Find the input at which an alarm begins to fire, whatever its expression is.

One quantity at a time is turned up or down from a healthy state: the failures, throttles,
durations and calls of a function, or the plain value of any other metric. Where one value fires
and its neighbour does not, bisection closes in on the edge. The engine decides, so that an
expression needs no rule of its own here.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, takewhile
from math import lcm
from typing import Literal

from tocsin.cloudwatch import Metric, MetricAlarm, Replay, State, replay
from tocsin.scenarios.synthetic_traffic import Period, SyntheticCalls, is_call_metric, record
from tocsin.scenarios.template_context import Surroundings

START = 1_767_571_200
"""2026-01-05T00:00:00Z, a Monday: a multiple of every period."""

BUSY = 1000
"""Calls per period of the healthy state: enough for a tenth of a percent to be one failure."""

LAMBDA_LIMIT_SECONDS = 900
_COUNTS = (1, 2, 3, 5, 7, 10, 20, 50, 100, 150, 200, 300, 500, 700, 900, 1000)
_SIZES = [digit * 10.0**exponent for exponent in range(-3, 13) for digit in (1, 5)]
_VALUES = (0, *(sign * size for size in _SIZES for sign in (1, -1)))
_BISECTIONS = 60
_MOST_TOGETHER = 6

Quantity = Literal["errors", "throttles", "duration", "invocations", "value", "samples"]


@dataclass(frozen=True)
class Knob:
    """One quantity that can be turned: of a function (its dimensions) or of a metric."""

    quantity: Quantity
    dimensions: tuple[tuple[str, str], ...] = ()
    metric: Metric | None = None
    unit: str | None = None

    def __str__(self) -> str:
        if self.metric is not None:
            return f"samples of {self.metric}" if self.quantity == "samples" else str(self.metric)
        of = ", ".join(value for _, value in self.dimensions)
        words = "duration (ms)" if self.quantity == "duration" else self.quantity
        return f"{words} of {of}" if of else words


@dataclass(frozen=True)
class Edge:
    """``fires`` and ``silent`` are neighbouring inputs; ``over`` and ``under`` their values.

    ``rest`` is the input farthest from the edge on the silent side: next to it an alarm may keep
    the state that it has.
    """

    knob: Knob
    over: float
    under: float
    fires: Period
    silent: Period
    rest: Period


class Trial:
    """One alarm with the inputs that its metrics can have."""

    def __init__(self, alarm: MetricAlarm, around: Surroundings | None = None) -> None:
        self.alarm = alarm
        self._around = around
        self._step = lcm(alarm.period, alarm.evaluation_interval)
        self.stats = tuple(query.stat for query in alarm.queries if query.stat is not None)
        metrics = {(stat.metric, stat.unit) for stat in self.stats}
        self.functions = tuple(
            dict.fromkeys(
                stat.metric.dimensions for stat in self.stats if is_call_metric(stat.metric)
            )
        )
        self.others = tuple(
            sorted(
                (metric for metric in metrics if not is_call_metric(metric[0])),
                key=lambda m: str(m[0]),
            )
        )

    def healthy(self, invocations: float = BUSY, duration: float = 100.0) -> Period:
        """Calls without a failure; nothing of metrics whose healthy value nobody can know."""
        calls = SyntheticCalls(invocations=invocations, duration=min(duration, self.limit() / 10))
        return Period(dict.fromkeys(self.functions, calls), dict.fromkeys(self.others, 0.0))

    def limit(self) -> float:
        """The longest a call of these functions can take, milliseconds."""
        seconds = [
            self._around.functions[name]
            for dimensions in self.functions
            for name in (dict(dimensions).get("FunctionName", ""),)
            if self._around is not None and name in self._around.functions
        ]
        return 1000.0 * max(seconds, default=LAMBDA_LIMIT_SECONDS)

    def knobs(self) -> Iterator[Knob]:
        """Everything that can be turned, failures first."""
        for dimensions in self.functions:
            read = {stat.metric.name for stat in self.stats if stat.metric.dimensions == dimensions}
            if "Errors" in read:
                yield Knob("errors", dimensions)
            if "Throttles" in read:
                yield Knob("throttles", dimensions)
            if read & {"Duration", "ConcurrentExecutions"}:
                yield Knob("duration", dimensions)
            yield Knob("invocations", dimensions)
        for metric, unit in self.others:
            yield Knob("value", metric=metric, unit=unit)
            if any(stat.metric == metric and stat.stat == "SampleCount" for stat in self.stats):
                yield Knob("samples", metric=metric, unit=unit)

    def turned(self, base: Period, knob: Knob, value: float) -> Period:
        """``base`` with one quantity changed."""
        if knob.metric is not None:
            key = (knob.metric, knob.unit)
            if knob.quantity == "samples":
                return replace(base, samples={**base.samples, key: value})
            return replace(base, values={**base.values, key: value})
        calls = replace(base.calls[knob.dimensions], **{knob.quantity: value})
        return replace(base, calls={**base.calls, knob.dimensions: calls})

    def run(self, course: Sequence[Period], late: int = 0) -> Replay:
        """The alarm's states after each period of ``course``, OK before it.

        With ``late`` so many of the newest periods have never arrived yet.
        """
        store = record(self.alarm, course, START)
        first, last = START + self._step, START + len(course) * self.alarm.period
        return replay(self.alarm, store, first, last, State.OK, step=self._step, late_periods=late)

    def final(self, course: Sequence[Period]) -> State:
        """As ``run(course).final``, by the last window alone where that decides it."""
        store = record(self.alarm, course, START)
        instants = range(
            START + self._step, START + len(course) * self.alarm.period + 1, self._step
        )
        after = {
            replay(self.alarm, store, instants[-1], instants[-1], state, step=self._step).final
            for state in (State.OK, State.ALARM)
        }
        return after.pop() if len(after) == 1 else self.run(course).final

    def fires(self, period: Period) -> bool:
        """Whether the alarm is in ALARM after nothing but ``period``."""
        return self.final([period] * (self.alarm.evaluation_range + 1)) is State.ALARM

    def edge(self) -> Edge | None:
        """The first edge found between silence and ALARM; None where nothing makes it fire."""
        for base in self._bases():
            for knob in self.knobs():
                found = self._edge_along(base, knob)
                if found is not None:
                    return found
        return self._edge_of_two()

    def _edge_of_two(self) -> Edge | None:
        """As ``edge``, for an alarm that needs two unusual quantities at once."""
        knobs = list(self.knobs())[:_MOST_TOGETHER]
        for first, second in combinations(knobs, 2):
            for value in self._coarse(first):
                base = self.turned(self.healthy(), first, value)
                if any(
                    self.fires(self.turned(base, second, other)) for other in self._coarse(second)
                ):
                    found = self._edge_along(base, second)
                    if found is not None:
                        return found
        return None

    def _coarse(self, knob: Knob) -> list[float]:
        """A few values of a quantity, from none to more than any."""
        if knob.quantity == "duration":
            return [part * self.limit() for part in (0.001, 0.1, 0.5, 1.0)]
        counts = [0.0, 1.0, 20.0, 200.0, 1e4, 1e6]
        if knob.quantity == "value":
            return [*counts, -1e6, self.alarm.threshold, 2 * self.alarm.threshold + 1]
        return counts

    def _bases(self) -> Iterator[Period]:
        yield self.healthy()
        for value in (1.0, 100.0):
            if self.others:
                base = self.healthy()
                yield replace(base, values=dict.fromkeys(base.values, value))

    def _edge_along(self, base: Period, knob: Knob) -> Edge | None:
        grid = self.grid(knob)
        outcome = [self.fires(self.turned(base, knob, value)) for value in grid]
        for index in range(1, len(grid)):
            if outcome[index] != outcome[index - 1]:
                low, high = grid[index - 1], grid[index]
                fires, silent = (high, low) if outcome[index] else (low, high)
                fires, silent = self._bisect(base, knob, fires, silent)
                away = range(index - 1, -1, -1) if outcome[index] else range(index, len(grid))
                *_, rest = takewhile(lambda place: not outcome[place], away)
                return Edge(
                    knob,
                    fires,
                    silent,
                    self.turned(base, knob, fires),
                    self.turned(base, knob, silent),
                    self.turned(base, knob, grid[rest]),
                )
        return None

    def _bisect(self, base: Period, knob: Knob, fires: float, silent: float) -> tuple[float, float]:
        whole = knob.quantity not in ("duration", "value")
        for _ in range(_BISECTIONS):
            middle = (fires + silent) / 2
            if whole:
                middle = float(int(middle))
            if middle in (fires, silent) or abs(fires - silent) <= 1e-6 * abs(fires):
                break
            if self.fires(self.turned(base, knob, middle)):
                fires = middle
            else:
                silent = middle
        return fires, silent

    def grid(self, knob: Knob) -> list[float]:
        """The values of a quantity that are tried, in order."""
        near = [self.alarm.threshold * factor for factor in (0.5, 0.99, 1.0, 1.01, 2.0)]
        if knob.quantity == "value":
            return sorted({*map(float, _VALUES), *near})
        if knob.quantity == "duration":
            limit = self.limit()
            parts = [limit * part / 1000 for part in (1, 5, 10, 50, 100, 250, 500, 750, 900, 1000)]
            # With a long time-out even its thousandth is slow.
            return sorted({*parts, *(value for value in near if 0 < value <= limit)})
        if knob.quantity == "errors":
            return [0.0, *map(float, _COUNTS)]
        counts = [0.0, *map(float, _COUNTS), 1e4, 1e5, 1e6, 1e9]
        if knob.quantity == "samples":
            whole = (float(int(number)) for number in near if 0 <= number < 1e15)
            return sorted({*counts, *whole, *(number + 1 for number in whole)})
        return counts
