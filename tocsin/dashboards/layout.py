"""The grid: widgets in rows that are as wide as the dashboard, one row under the other.

A row is always full, so that there can be neither gap nor overlap.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, TypeVar

from tocsin.dashboards.limits import COLUMNS

Item = TypeVar("Item")

MAX_PER_ROW = 4  # a graph of less than six columns is no longer read, only seen


@dataclass(frozen=True)
class Widget:
    """A widget without its place: CloudWatch's widget type and properties."""

    kind: str
    properties: dict[str, Any]


@dataclass(frozen=True)
class Row:
    """Widgets side by side, equally wide. ``height`` in grid units.

    Raises:
        ValueError: their number does not divide the grid.
    """

    widgets: tuple[Widget, ...]
    height: int

    def __post_init__(self) -> None:
        if not self.widgets or COLUMNS % len(self.widgets):
            raise ValueError(f"{len(self.widgets)} widgets do not fill a row of {COLUMNS} columns")

    @property
    def width(self) -> int:
        """Columns of each widget."""
        return COLUMNS // len(self.widgets)


def chunks(items: Sequence[Item], size: int) -> list[Sequence[Item]]:
    """``items`` in their order, at most ``size`` in each."""
    return [items[start : start + size] for start in range(0, len(items), size)]


def even_chunks(items: Sequence[Item], size: int) -> list[Sequence[Item]]:
    """The same number of chunks, but none with more than one item above another."""
    count = math.ceil(len(items) / size)
    bounds = [len(items) * number // count for number in range(count + 1)] if count else [0]
    return [items[start:end] for start, end in pairwise(bounds)]


def rows(widgets: Sequence[Widget], height: int, per_row: int = MAX_PER_ROW) -> list[Row]:
    """Any number of equal widgets in as few rows as ``per_row`` (1 to 4) allows, evenly filled."""
    return [Row(tuple(chunk), height) for chunk in even_chunks(widgets, per_row)]


def placed(page: Iterable[Row]) -> list[dict[str, Any]]:
    """The ``widgets`` array of a dashboard body: every row under the one before it."""
    widgets = []
    y = 0
    for row in page:
        for index, widget in enumerate(row.widgets):
            widgets.append(
                {
                    "type": widget.kind,
                    "x": index * row.width,
                    "y": y,
                    "width": row.width,
                    "height": row.height,
                    "properties": widget.properties,
                }
            )
        y += row.height
    return widgets
