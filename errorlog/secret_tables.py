"""Results of a query, and frames: the names of the columns in one list, the rows in another."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from errorlog.gathering import TABLES
from errorlog.secret_keys import SECRET, KeyKind

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_ROWS = ("rows", "records", "data", "values")
_MAX_COLUMNS = 1_000


def secret_cells(
    fields: Mapping[Any, Any], kind_of: Callable[[str], KeyKind]
) -> Iterator[tuple[Any, KeyKind]]:
    """What stands in a secret's column of a table, with what the column's name says of it.

    Names are texts, or descriptions with a ``name`` as of the RDS Data API; ``rows`` is a list of
    rows, or one row.
    """
    names = next((fields[key] for key in fields if key in TABLES), None)
    if not isinstance(names, list | tuple) or len(names) > _MAX_COLUMNS:
        return
    kinds = [kind_of(name) if (name := _name(column)) else None for column in names]
    secret = [
        (place, kind)
        for place, kind in enumerate(kinds)
        if kind is not None and kind.strength >= SECRET
    ]
    if not secret:
        return
    for key in _ROWS:
        rows = fields.get(key)
        if not isinstance(rows, list | tuple):
            continue
        one = bool(rows) and not isinstance(rows[0], list | tuple)
        for row in (rows,) if one else rows:
            if isinstance(row, list | tuple) and len(row) == len(names):
                for place, kind in secret:
                    yield row[place], kind


def _name(column: object) -> str:
    if isinstance(column, Mapping):
        column = column.get("name") or column.get("Name")
    return column[:256] if isinstance(column, str) else ""
