"""Records and groups as people read them."""

import json
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from tocsin.cli import terminal
from tocsin.triage.groups import Group
from tocsin.triage.reading import Record
from tocsin.triage.repro import plain

_TITLES = ("time (UTC)", "function", "type", "message", "id")
_FIELDS = ("timestamp", "functionName", "errorType", "errorMessage", "errorId")
# Shown below the other fields, as they are several lines long.
_LONG = ("stackTrace", "event", "context")


def records_table(records: Sequence[Record]) -> None:
    """One line for each record."""
    terminal.table(
        [terminal.Column(title) for title in _TITLES],
        [tuple(_cell(each.get(field)) for field in _FIELDS) for each in records],
    )


def record_line(record: Record) -> str:
    """The same in one line of its own, for a tail."""
    return "  ".join(_cell(record.get(field)) for field in _FIELDS)


def json_line(record: Record) -> str:
    """A record as JSON in one line."""
    return json.dumps(plain(record))


def record_lines(record: Record) -> Iterator[str]:
    """All of one record: short fields first, then stack trace and event."""
    width = max((len(name) for name in record), default=0)
    known = [name for name in _FIELDS if name in record]
    others = sorted(set(record) - set(known) - set(_LONG))
    for name in (*known, *others):
        yield f"{name:<{width}}  {_cell(record[name])}"
    for name in _LONG:
        if name in record:
            value = plain(record[name])
            text = value if isinstance(value, str) else json.dumps(value, indent=2)
            yield f"\n{name}\n{text}"


def groups_table(groups: Sequence[Group]) -> None:
    """One line for each bug."""
    titles = ("fingerprint", "count", "first seen (UTC)", "last seen (UTC)", "functions", "error",
              "newest id")  # fmt: skip
    terminal.table(
        [terminal.Column(title, right=title == "count") for title in titles],
        [
            (
                each.fingerprint,
                str(each.count),
                each.first_seen,
                each.last_seen,
                ", ".join(each.functions),
                _cell(f"{each.error_type}: {each.error_message}"),
                each.newest_id,
            )
            for each in groups
        ],
    )


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    return " ".join(str(plain(value) if isinstance(value, Decimal) else value).split())
