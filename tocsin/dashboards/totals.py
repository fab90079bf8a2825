"""What the day was like, in five numbers over a set of functions, and how their alarms stand."""

import math
from collections.abc import Sequence

from tocsin.config import Function, Stage
from tocsin.dashboards import widgets
from tocsin.dashboards.layout import Row, chunks, rows
from tocsin.dashboards.limits import ALARMS_PER_WIDGET, METRICS_PER_WIDGET
from tocsin.dashboards.metrics import Expression

# The first half of an id is what METRICS("...") chooses by.
COUNTED = {"invocations": "Invocations", "errors": "Errors", "duration": "Duration"}
NUMBERS = (
    Expression('SUM(METRICS("invocations"))', "Invocations", {"color": widgets.BLUE}),
    Expression('SUM(METRICS("errors"))', "Errors", {"color": widgets.RED}),
    Expression(
        '100 * SUM(METRICS("errors")) / SUM(METRICS("invocations"))',
        "Error rate (%)",
        {"color": widgets.RED},
    ),
    Expression('SUM(METRICS("duration")) / 1000', "Duration, total (s)", {"color": widgets.PURPLE}),
    Expression(
        'SUM(METRICS("duration")) / SUM(METRICS("invocations"))',
        "Duration, average (ms)",
        {"color": widgets.PURPLE},
    ),
)
MAX_FUNCTIONS = (METRICS_PER_WIDGET - len(NUMBERS)) // len(COUNTED)
"""Functions that one row of numbers can count."""

_TOTALS_HEIGHT = 3
_TILES_PER_COLUMN = 1 / 4  # an alarm's tile is about four columns wide and one unit high
_MAX_ALARMS_HEIGHT = 12  # beyond it the widget scrolls, those in ALARM on top


def totals(stage: Stage, title: str, functions: Sequence[Function]) -> Row:
    """Invocations, errors, error rate and duration of the last 24 hours, exact.

    Every function is named: a SEARCH would count functions of other services, too.
    """
    counted = [
        widgets.of_function(each.name, metric, id=f"{key}{index}", visible=False)
        for key, metric in COUNTED.items()
        for index, each in enumerate(functions)
    ]
    return Row((widgets.numbers(stage, title, [*NUMBERS, *counted]),), _TOTALS_HEIGHT)


def alarm_states(stage: Stage, title: str, alarm_names: Sequence[str]) -> list[Row]:
    """The states of any number of alarms, at most 100 in a widget."""
    parts = chunks(alarm_names, ALARMS_PER_WIDGET)
    if not parts:
        return []
    titles = [title] if len(parts) == 1 else [f"{title} ({n + 1})" for n in range(len(parts))]
    found = [
        widgets.alarm_states(stage, each, part) for each, part in zip(titles, parts, strict=True)
    ]
    widest = min(row.width for row in rows(found, height=1))
    tiles = max(1, int(widest * _TILES_PER_COLUMN))
    height = 1 + math.ceil(max(map(len, parts)) / tiles)
    return rows(found, min(max(height, 2), _MAX_ALARMS_HEIGHT))
