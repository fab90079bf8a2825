"""The grid: however many widgets, every cell is taken once."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.dashboards.layout import Row, Widget, chunks, even_chunks, placed, rows
from tocsin.dashboards.limits import COLUMNS

WIDGET = Widget("text", {"markdown": "x"})


def cells(widgets):
    return [
        (x, y)
        for widget in widgets
        for x in range(widget["x"], widget["x"] + widget["width"])
        for y in range(widget["y"], widget["y"] + widget["height"])
    ]


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(1, 12), st.integers(1, 4)), max_size=8))
def test_rows_of_any_widgets_tile_the_grid(parts) -> None:
    page = [
        row
        for count, height, per_row in parts
        for row in rows([WIDGET] * count, height, per_row=per_row)
    ]
    taken = cells(placed(page))
    height = sum(row.height for row in page)
    assert sorted(taken) == [(x, y) for x in range(COLUMNS) for y in range(height)]
    assert sum(len(row.widgets) for row in page) == sum(count for count, _, _ in parts)


@given(st.integers(1, 60), st.integers(1, 4))
def test_rows_are_filled_evenly(count, per_row) -> None:
    found = [len(row.widgets) for row in rows([WIDGET] * count, 1, per_row=per_row)]
    assert max(found) <= per_row
    assert max(found) - min(found) <= 1


@pytest.mark.parametrize("count", [0, 5, 7, 25])
def test_a_row_that_cannot_be_full_is_refused(count) -> None:
    with pytest.raises(ValueError, match=f"{count} widgets do not fill"):
        Row((WIDGET,) * count, 1)


@given(st.lists(st.integers()), st.integers(1, 10))
def test_chunks_keep_order_and_size(items, size) -> None:
    for parts in (chunks(items, size), even_chunks(items, size)):
        assert [widget for part in parts for widget in part] == items
        assert all(1 <= len(part) <= size for part in parts)
    assert len(chunks(items, size)) == len(even_chunks(items, size))
