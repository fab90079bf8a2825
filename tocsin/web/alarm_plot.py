"""An alarm's series as lines, marks and areas: what the template draws, in pixels.

A datapoint holds for its whole period, so the line goes in steps. Breaching ones are filled,
others hollow, and where there is none there is a tick on the floor.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from tocsin.backtest.plot import LEFT, RIGHT, TOP, WIDTH, Frame, instants, round_values
from tocsin.cloudwatch import MetricAlarm
from tocsin.web.alarm_reading import AlarmReading, Judged
from tocsin.web.rendering import number

HEIGHT = 260
STRIP = 10
"""Height of the strip of states above the plot, in pixels."""
_MOST_MARKED = 400  # datapoints: beyond it only those that breach, or are in the window
_HEADROOM = 1.15


@dataclass(frozen=True)
class Label:
    """A line of the grid at ``at`` pixels, and its words."""

    at: float
    text: str


@dataclass(frozen=True)
class Area:
    """A stretch along one axis, in pixels; ``kind`` is a CSS class."""

    at: float
    size: float
    kind: str = ""
    words: str = ""


@dataclass(frozen=True)
class PlotMark:
    """One datapoint; ``kind`` is ``breaching``, ``ok`` or ``missing``."""

    x: float
    y: float
    kind: str


@dataclass(frozen=True)
class AlarmPlot:
    """What there is to draw in a box of ``width`` by ``height`` pixels; the axes at the rest."""

    width: int
    height: int
    left: int
    right: int
    top: int
    floor: int
    values: tuple[Label, ...]
    times: tuple[Label, ...]
    bad: Area | None
    threshold: Label | None
    window: Area | None
    states: tuple[Area, ...]
    path: str
    marks: tuple[PlotMark, ...]


def alarm_plot(reading: AlarmReading) -> AlarmPlot | None:
    """The plot of a metric alarm that was read; None where there is no series."""
    alarm = reading.alarm
    if not isinstance(alarm, MetricAlarm) or not reading.judged:
        return None
    period = alarm.period
    end = max(reading.end, reading.judged[-1].timestamp + period)
    frame = _frame(alarm, reading, end)
    window = [judged for judged in reading.judged if judged.in_window]
    return AlarmPlot(
        WIDTH,
        HEIGHT,
        LEFT,
        WIDTH - RIGHT,
        TOP,
        frame.floor,
        tuple(
            Label(frame.y(value), number(value)) for value in round_values(frame.bottom, frame.top)
        ),
        tuple(Label(frame.x(time), label) for time, label in instants(frame)),
        _bad_side(alarm, frame),
        Label(frame.y(alarm.threshold), number(alarm.threshold))
        if np.isfinite(alarm.threshold)
        else None,
        _along(frame, window[0].timestamp, window[-1].timestamp + period) if window else None,
        tuple(
            _along(
                frame, state.start, state.end, f"state-{str(state.state).lower()}", str(state.state)
            )
            for state in reading.states
        ),
        _steps(frame, reading.judged, period),
        tuple(_marks(frame, reading.judged, period)),
    )


def _frame(alarm: MetricAlarm, reading: AlarmReading, end: int) -> Frame:
    values = [judged.value for judged in reading.judged if judged.value is not None]
    values = [value for value in values if np.isfinite(value)]
    if np.isfinite(alarm.threshold):
        values.append(alarm.threshold)
    values = values or [0.0]
    bottom, top = min(0.0, *values), max(values) * _HEADROOM if max(values) > 0 else 1.0
    return Frame(reading.start, end, bottom, top if top > bottom else bottom + 1, HEIGHT)


def _bad_side(alarm: MetricAlarm, frame: Frame) -> Area | None:
    if not np.isfinite(alarm.threshold):
        return None
    y = frame.y(alarm.threshold)
    above = alarm.comparison_operator.startswith("Greater")
    return Area(TOP, y - TOP) if above else Area(y, frame.floor - y)


def _along(frame: Frame, start: int, end: int, kind: str = "", words: str = "") -> Area:
    left, right = frame.x(start), frame.x(end)
    return Area(left, max(1.0, right - left), kind, words)


def _steps(frame: Frame, judged: tuple[Judged, ...], period: int) -> str:
    parts: list[str] = []
    last: int | None = None
    for datapoint in judged:
        if datapoint.value is None or not np.isfinite(datapoint.value):
            continue
        left, right = frame.x(datapoint.timestamp), frame.x(datapoint.timestamp + period)
        y = frame.y(datapoint.value)
        joined = last is not None and datapoint.timestamp == last
        parts.append(f"{'L' if joined else 'M'}{left:.1f} {y:.1f}H{right:.1f}")
        last = datapoint.timestamp + period
    return "".join(parts)


def _marks(frame: Frame, judged: tuple[Judged, ...], period: int) -> Iterator[PlotMark]:
    few = len(judged) <= _MOST_MARKED
    for datapoint in judged:
        x = frame.x(datapoint.timestamp + period / 2)
        if datapoint.value is None or not np.isfinite(datapoint.value):
            if few or datapoint.in_window:
                yield PlotMark(x, frame.floor, "missing")
        elif few or datapoint.breaching or datapoint.in_window:
            yield PlotMark(
                x, frame.y(datapoint.value), "breaching" if datapoint.breaching else "ok"
            )
