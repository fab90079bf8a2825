"""One alarm's history as SVG: the series, its threshold, the stretches in ALARM shaded.

More datapoints than pixels are drawn as the smallest and the largest of each pixel, so that no
spike is lost; where there is no datapoint there is no line.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
from markupsafe import escape

from tocsin.backtest.episodes import Episode
from tocsin.backtest.replayed import Replayed
from tocsin.cloudwatch import MetricAlarm, Series
from tocsin.escaping import visible

WIDTH, HEIGHT = 960, 200
STRIP_HEIGHT = 72  # of a composite alarm, which has states and no values
LEFT, RIGHT, TOP, BOTTOM = 64, 12, 14, 26

_DAY_S = 86_400
_MOST_DAYS_NAMED = 15
_HEADROOM = 1.15
_TICKS = 4


@dataclass(frozen=True)
class Frame:
    """From times and values to pixels; the value axis goes from 0 or the least value to ``top``."""

    start: int
    end: int
    bottom: float
    top: float
    height: int = HEIGHT

    @property
    def pixels(self) -> int:
        return WIDTH - LEFT - RIGHT

    def x(self, time: float) -> float:
        share = (time - self.start) / (self.end - self.start)
        return LEFT + self.pixels * min(1.0, max(0.0, share))

    def y(self, value: float) -> float:
        share = (value - self.bottom) / (self.top - self.bottom)
        return self.floor - (self.floor - TOP) * min(1.0, max(0.0, share))

    @property
    def floor(self) -> int:
        """Where the value axis begins, in pixels from above."""
        return self.height - BOTTOM


def svg(replayed: Replayed, start: int, end: int) -> str:
    """The plot as an ``<svg>`` element; its colours are CSS classes.

    A composite alarm has no series: its plot is the shading alone.
    """
    alarm, series = replayed.alarm, replayed.judged
    words = _escaped(_words(alarm.name, replayed.episodes))
    if series is None or not isinstance(alarm, MetricAlarm):
        frame = Frame(start, end, 0, 1, STRIP_HEIGHT)
        parts = [*_shading(frame, replayed.episodes), *_days(frame)]
    else:
        frame = _frame(series, alarm.threshold, start, end)
        parts = [
            *_shading(frame, replayed.episodes),
            *_values(frame),
            *_days(frame),
            f'<path class="series" d="{_path(frame, series)}"/>',
            *_threshold(frame, alarm.threshold),
        ]
    opening = f'<svg viewBox="0 0 {WIDTH} {frame.height}" role="img" aria-label="{words}">'
    return "\n".join([opening, *parts, "</svg>"])


def _frame(series: Series, threshold: float, start: int, end: int) -> Frame:
    finite = series.values[np.isfinite(series.values)]
    values = [threshold, *([float(finite.min()), float(finite.max())] if len(finite) else [])]
    bottom = min(0.0, *values)
    top = max(values) * _HEADROOM if max(values) > 0 else 1.0
    return Frame(start, end, bottom, top if top > bottom else bottom + 1)


def _shading(frame: Frame, episodes: tuple[Episode, ...]) -> Iterator[str]:
    for episode in episodes:
        left, right = frame.x(episode.start), frame.x(episode.end)
        width = max(1.5, right - left)  # an episode of minutes is seen, too
        height = frame.floor - TOP
        yield (
            f'<rect class="alarm" x="{left:.1f}" y="{TOP}" width="{width:.1f}" height="{height}">'
            f"<title>ALARM from {_time(episode.start)}, {episode.minutes:.0f} min</title></rect>"
        )
        yield f'<rect class="mark" x="{left:.1f}" y="{TOP - 6}" width="{width:.1f}" height="4"/>'


def _values(frame: Frame) -> Iterator[str]:
    for value in round_values(frame.bottom, frame.top):
        y = frame.y(value)
        yield f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
        label = number(value)
        yield f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{label}</text>'


def round_values(bottom: float, top: float) -> Iterator[float]:
    """Multiples of 1, 2 or 5 times a power of ten, about ``_TICKS`` of them."""
    apart = 10 ** math.floor(math.log10((top - bottom) / _TICKS))
    step = next(
        apart * factor for factor in (1, 2, 5, 10) if (top - bottom) / (apart * factor) <= _TICKS
    )
    value = math.ceil(bottom / step) * step
    while value <= top:
        yield value
        value += step


def _days(frame: Frame) -> Iterator[str]:
    for time, label in instants(frame):
        x = frame.x(time)
        yield f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="{TOP}" y2="{frame.floor}"/>'
        if x < WIDTH - RIGHT - 30:
            yield f'<text x="{x + 3:.1f}" y="{frame.height - 8}">{label}</text>'


def instants(frame: Frame) -> Iterator[tuple[int, str]]:
    """Midnights, or hours where the time is short; few enough to be read."""
    seconds = frame.end - frame.start
    short = seconds <= 2 * _DAY_S
    apart = max(3_600, seconds // 8 // 3_600 * 3_600) if short else _DAY_S
    if not short:
        apart *= max(1, -(-seconds // _DAY_S // _MOST_DAYS_NAMED))
    for time in range(-(-frame.start // apart) * apart, frame.end, apart):
        yield time, f"{datetime.fromtimestamp(time, UTC):{'%H:%M' if short else '%b %d'}}"


def _threshold(frame: Frame, threshold: float) -> Iterator[str]:
    y = frame.y(threshold)
    yield f'<line class="threshold" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
    yield (
        f'<text class="threshold-label" x="{WIDTH - RIGHT - 4}" y="{y - 4:.1f}" '
        f'text-anchor="end">threshold {number(threshold)}</text>'
    )


def _path(frame: Frame, series: Series) -> str:
    """Least and largest value of each pixel, joined; a gap wherever a pixel has no datapoint."""
    inside = (series.timestamps >= frame.start) & (series.timestamps < frame.end)
    values, times = series.values[inside], series.timestamps[inside]
    if not len(values):
        return ""
    column = ((times - frame.start) * frame.pixels // (frame.end - frame.start)).astype(np.int64)
    edges = np.flatnonzero(np.concatenate([[True], column[1:] != column[:-1]]))
    filled = np.where(np.isnan(values), np.inf, values)
    least = np.minimum.reduceat(filled, edges)
    most = np.maximum.reduceat(np.where(np.isnan(values), -np.inf, values), edges)
    return _joined(frame, column[edges], least, most, gap=_gap(frame, series))


def _gap(frame: Frame, series: Series) -> int:
    """How many pixels apart datapoints are where none is missing."""
    return max(1, -(-series.period * frame.pixels // (frame.end - frame.start)))


def _joined(frame: Frame, columns: Any, least: Any, most: Any, gap: int) -> str:
    steps: list[str] = []
    last: int | None = None
    for column, low, high in zip(columns.tolist(), least.tolist(), most.tolist(), strict=True):
        if low > high:  # no datapoint in this pixel
            continue
        x = LEFT + column
        sign = "L" if last is not None and column - last <= gap else "M"
        steps.append(f"{sign}{x} {frame.y(low):.1f}")
        if high > low:
            steps.append(f"V{frame.y(high):.1f}")
        elif sign == "M":
            steps.append("h0.8")  # a datapoint by itself
        last = column
    return "".join(steps)


def _words(name: str, episodes: tuple[Episode, ...]) -> str:
    if not episodes:
        return f"{name}: never in ALARM"
    spans = ", ".join(
        f"{_time(episode.start)} for {episode.minutes:.0f} min" for episode in episodes[:10]
    )
    more = f" and {len(episodes) - 10} more" if len(episodes) > 10 else ""
    return f"{name}: in ALARM {spans}{more}"


def _time(time: int) -> str:
    return f"{datetime.fromtimestamp(time, UTC):%Y-%m-%d %H:%M}"


def number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1_000 else f"{value:.3g}"


def _escaped(text: str) -> str:
    return str(escape(visible(text)))
