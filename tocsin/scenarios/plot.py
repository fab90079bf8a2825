"""A series, its threshold and the alarm's states, in a few lines of text."""

import math
from collections.abc import Sequence

from tocsin.cloudwatch import MetricAlarm, Series, State

_HEIGHT = 6
_LETTER = {State.OK: ".", State.ALARM: "A", State.INSUFFICIENT_DATA: "?"}


def plot(series: Series, alarm: MetricAlarm, states: Sequence[State], width: int = 60) -> str:
    """One column a period, the last ``width`` of them: ``*`` a datapoint, ``-`` the threshold.

    Below stand the states: ``.`` OK, ``A`` ALARM, ``?`` INSUFFICIENT_DATA; a period without a
    datapoint has none above. ``states`` are those after each period.
    """
    values: list[float] = series.values.tolist()[-width:]
    shown = list(states)[-width:]
    real = [value for value in values if not math.isnan(value)]
    top, bottom = max([*real, alarm.threshold]), min([*real, alarm.threshold])
    height = top - bottom or 1.0

    def row(value: float) -> int:
        return round((top - value) / height * (_HEIGHT - 1))

    lines = []
    for index in range(_HEIGHT):
        background = "-" if index == row(alarm.threshold) else " "
        marks = "".join(
            "*" if not math.isnan(value) and row(value) == index else background for value in values
        )
        label = top if index == 0 else bottom if index == _HEIGHT - 1 else None
        if index == row(alarm.threshold):
            label = alarm.threshold
        lines.append(f"  {'' if label is None else f'{label:.4g}':>10} |{marks}")
    lines.append(f"  {'state':>10} |{''.join(_LETTER[state] for state in shown)}")
    lines.append("  * datapoint, - threshold; . OK, A ALARM, ? INSUFFICIENT_DATA")
    return "\n".join(lines)
