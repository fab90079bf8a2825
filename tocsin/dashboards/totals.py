"""What the day was like, in five numbers over a set of functions, and how their alarms stand."""

import math
from collections.abc import Sequence

from tocsin.config import Stage, Watched
from tocsin.dashboards import widgets
from tocsin.dashboards.graphed_metrics import Expression
from tocsin.dashboards.layout import Row, even_chunks, rows
from tocsin.dashboards.limits import ALARMS_PER_WIDGET, COLUMNS, METRICS_PER_WIDGET

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
_TILE_WIDTH = 4  # columns of an alarm's tile, which is one unit high
_MAX_ALARMS_HEIGHT = 12  # beyond it the widget scrolls, those in ALARM on top
_FIRING_HEIGHT = 4


def totals(stage: Stage, title: str, functions: Sequence[Watched]) -> Row:
    """Invocations, errors, error rate and duration of the last 24 hours, exact.

    Every function is named: a SEARCH would count functions of other services, too.
    """
    counted = [
        widgets.of_function(function.name, metric, id=f"{key}{index}", visible=False)
        for key, metric in COUNTED.items()
        for index, function in enumerate(functions)
    ]
    return Row((widgets.numbers(stage, title, [*NUMBERS, *counted]),), _TOTALS_HEIGHT)


def alarm_states(stage: Stage, alarm_names: Sequence[str]) -> list[Row]:
    """Every alarm with its state, in widgets of at most 100."""
    parts = even_chunks(alarm_names, ALARMS_PER_WIDGET)
    found = [
        widgets.alarm_states(stage, _numbered("Alarms", number, len(parts)), part)
        for number, part in enumerate(parts, start=1)
    ]
    per_row = 2
    tiles = COLUMNS // min(per_row, max(len(parts), 1)) // _TILE_WIDTH
    height = 1 + math.ceil(max(map(len, parts), default=0) / tiles)
    return rows(found, min(height, _MAX_ALARMS_HEIGHT), per_row)


def firing_alarms(stage: Stage, alarm_names: Sequence[str]) -> list[Row]:
    """Of alarms too many to be shown one by one, those in ALARM."""
    parts = even_chunks(alarm_names, ALARMS_PER_WIDGET)
    found = [
        widgets.alarm_states(
            stage, _numbered("In alarm", number, len(parts)), part, states=("ALARM",)
        )
        for number, part in enumerate(parts, start=1)
    ]
    return rows(found, _FIRING_HEIGHT)


def _numbered(title: str, number: int, count: int) -> str:
    return title if count == 1 else f"{title} ({number} of {count})"
