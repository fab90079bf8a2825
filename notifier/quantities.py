"""Numbers and times as a message says them."""

from __future__ import annotations

from datetime import datetime, timedelta

_MS = " ms"


def number(value: float) -> str:
    """Three digits at most, without an exponent: ``7.2``, ``0.04``, ``1,240``.

    >>> [number(value) for value in (7.166, 5.0, 0.0421, 1240.4, 99.96)]
    ['7.17', '5', '0.0421', '1,240', '100']
    """
    if abs(value) >= 1_000:
        return f"{value:,.0f}"
    text = f"{value:.3g}"
    if "e" in text:
        text = f"{value:.6f}".rstrip("0").rstrip(".") or "0"
    return text


def percent(value: float) -> str:
    """One digit behind the point: more says nothing of a share of some hundred calls."""
    return number(round(value, 1)) if abs(value) >= 0.1 else number(value)


def quantity(value: float, unit: str) -> str:
    """``value`` with its unit; milliseconds beyond ten seconds in what people count them in.

    >>> quantity(7.166, " %"), quantity(812.4, " ms"), quantity(93_000, " ms"), quantity(3, "")
    ('7.2 %', '812 ms', '93 s', '3')
    """
    if (unit == _MS and abs(value) >= 10_000) or unit == " s":
        seconds = value / 1_000 if unit == _MS else value
        return f"{number(round(seconds))} s" if seconds < 600 else duration(seconds)
    return f"{percent(value) if unit == ' %' else number(value)}{unit}"


def duration(seconds: float) -> str:
    """In the unit that leaves two digits or so: ``40 s``, ``23 min``, ``5 h``, ``3 days``."""
    if seconds < 90:
        return f"{max(0, round(seconds))} s"
    if seconds < 90 * 60:
        return f"{round(seconds / 60)} min"
    if seconds < 48 * 3_600:
        return f"{round(seconds / 3_600)} h"
    return f"{round(seconds / 86_400)} days"


def clock(moment: datetime, now: datetime | None = None) -> str:
    """``10:14 UTC``, with the day where that is not today's."""
    far = now is not None and abs(now - moment) > timedelta(hours=20)
    return moment.strftime("%d %b %H:%M UTC" if far else "%H:%M UTC")


def times(count: int, at_least: bool = False) -> str:
    """``once``, ``17 times``, ``at least 900 times``."""
    said = "once" if count == 1 else f"{count:,} times"
    return f"at least {said}" if at_least else said
