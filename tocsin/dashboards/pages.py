"""Which dashboards a stage has, and what is on each.

One group of functions: a single dashboard with everything. Several (a stack each): an overview,
and for each group a dashboard of its own. A function's dashboard has the number of its group, so
that a new function never moves another's.
"""

import json
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any

from tocsin import names
from tocsin.config import Stage, Watched
from tocsin.dashboards import function_rows, health, widgets
from tocsin.dashboards.layout import Row, chunks, placed
from tocsin.dashboards.logs import recent_errors
from tocsin.dashboards.totals import MAX_FUNCTIONS as FUNCTIONS_PER_TOTALS
from tocsin.dashboards.totals import alarm_states, firing_alarms, totals

MAIN = 1
FUNCTIONS_PER_PAGE = 100
"""Functions with their rows on one dashboard: some 310 widgets and 1,300 metrics."""

_CHARACTERS_PER_LINE = 170  # of text on the whole width
_LINES_PER_UNIT = 2
_MAX_LINKS_HEIGHT = 16  # beyond it the list of dashboards scrolls


@dataclass(frozen=True)
class Page:
    """A part of a group that one dashboard shows."""

    stack: int
    part: int
    functions: Sequence[Watched]

    @property
    def label(self) -> str:
        return f"Stack {self.stack}" + (f", part {self.part}" if self.part > 1 else "")

    @property
    def logical_id(self) -> str:
        return f"FunctionsDashboard{self.stack}" + (f"Part{self.part}" if self.part > 1 else "")

    def name(self, suffix: str) -> str:
        return names.function_dashboard(self.stack, self.part, suffix)


@dataclass(frozen=True)
class Dashboard:
    """One dashboard. ``stack`` is the number of the group whose stack it belongs to, from 1.

    ``body`` holds ``${AWS::Partition}`` and ``${AWS::AccountId}``: put ``Fn::Sub`` around it.
    """

    name: str
    stack: int
    logical_id: str
    rows: Callable[[], Iterable[Row]] = field(repr=False, compare=False)

    @cached_property
    def body(self) -> dict[str, Any]:
        """Laid out when asked for: who renders one stack needs only that stack's."""
        # Periods are the alarms' own: with `auto` CloudWatch would draw other data than they read.
        return {"start": "-PT24H", "periodOverride": "inherit", "widgets": placed(self.rows())}

    @property
    def text(self) -> str:
        """The body as PutDashboard takes it."""
        return json.dumps(self.body, separators=(",", ":"), ensure_ascii=False)


def dashboards(stage: Stage, groups: Sequence[Sequence[Watched]]) -> list[Dashboard]:
    """The dashboards of ``stage``, the one to open first in front.

    ``groups`` are the functions of each stack, the main stack's first; one may be empty. A group
    of more than 100 functions gets several dashboards.
    """
    pages = [
        Page(number, part, functions)
        for number, group in enumerate(groups, start=MAIN)
        for part, functions in enumerate(chunks(group, FUNCTIONS_PER_PAGE), start=1)
    ]
    main = partial(Dashboard, names.dashboard(stage.suffix), MAIN, "MonitoringDashboard")
    if len(groups) <= 1 and len(pages) <= 1:
        functions = [function for page in pages for function in page.functions]
        return [main(partial(_whole, stage, functions))]
    details = [
        Dashboard(
            page.name(stage.suffix), page.stack, page.logical_id, partial(_detail, stage, page)
        )
        for page in pages
    ]
    return [main(partial(_overview, stage, pages)), *details]


def _whole(stage: Stage, functions: Sequence[Watched]) -> list[Row]:
    return [
        Row((widgets.text(_title(stage)),), 2),
        *_numbers(stage, [(MAIN, functions)]),
        *alarm_states(stage, [*_alarm_names(stage, functions), *health.alarm_names(stage)]),
        *recent_errors(stage, functions),
        *(function_rows.row(stage, function) for function in functions),
        health.health(stage, functions),
    ]


def _overview(stage: Stage, pages: Sequence[Page]) -> list[Row]:
    every = [function for page in pages for function in page.functions]
    lines = [
        f"| [{page.label}](#dashboards:name={page.name(stage.suffix)}) "
        f"| {', '.join(function.key for function in page.functions)} |"
        for page in pages
    ]
    table = "\n".join(["| dashboard | functions |", "| --- | --- |", *lines])
    wrapped = sum(math.ceil(len(line) / _CHARACTERS_PER_LINE) for line in lines)
    links_height = min(2 + math.ceil(wrapped / _LINES_PER_UNIT), _MAX_LINKS_HEIGHT)
    return [
        Row((widgets.text(_title(stage)),), 2),
        *_numbers(stage, [(page.stack, page.functions) for page in pages]),
        *firing_alarms(stage, [*_loudest(stage, every), *health.alarm_names(stage)]),
        Row((widgets.text(table),), links_height),
        health.health(stage),
    ]


def _detail(stage: Stage, page: Page) -> list[Row]:
    title = (
        f"# {stage.service} on {stage.name}: {page.label.lower()}\n"
        f"[All of {stage.name}](#dashboards:name={names.dashboard(stage.suffix)})"
    )
    return [
        Row((widgets.text(title),), 2),
        *_numbers(stage, [(page.stack, page.functions)]),
        *alarm_states(stage, _alarm_names(stage, page.functions)),
        *recent_errors(stage, page.functions),
        *(function_rows.row(stage, function) for function in page.functions),
        health.records(stage, page.functions),
    ]


def _numbers(stage: Stage, groups: Iterable[tuple[int, Sequence[Watched]]]) -> list[Row]:
    """A row of totals for as many whole stacks as one widget can count."""
    merged: list[tuple[list[int], list[Watched]]] = []
    for stack, functions in groups:
        if not functions:
            continue  # metric math over no metric is an error
        if merged and len(merged[-1][1]) + len(functions) <= FUNCTIONS_PER_TOTALS:
            merged[-1][0].append(stack)
            merged[-1][1].extend(functions)
        else:
            merged.append(([stack], list(functions)))
    title = "Last 24 hours"
    if len(merged) == 1:
        return [totals(stage, title, merged[0][1])]
    return [
        totals(stage, f"{title}, {_span(stacks[0], stacks[-1])}", functions)
        for stacks, functions in merged
    ]


def _span(first: int, last: int) -> str:
    return f"stack {first}" if first == last else f"stacks {first} to {last}"


def _alarm_names(stage: Stage, functions: Iterable[Watched]) -> list[str]:
    return [name for function in functions for name in function.alarm_names(stage.suffix).values()]


def _loudest(stage: Stage, functions: Iterable[Watched]) -> Iterator[str]:
    """One alarm for all that page of a function, and those that do not."""
    for function in functions:
        if function.pages:
            yield names.function_health(function.key, stage.suffix)
        for alarm in function.alarm_definitions(stage.suffix, stage.name):
            if alarm.severity != "page":
                yield alarm.name


def _title(stage: Stage) -> str:
    return (
        f"# {stage.service} on {stage.name}\n"
        f"Each failure with its event and stack trace: `invoke errors --stage {stage.name}`. "
        f"Why an alarm is in its state: `invoke alarms --stage {stage.name}`."
    )
