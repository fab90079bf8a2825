"""Records and groups as people read them."""

import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from tocsin import terminal
from tocsin.counted import counted
from tocsin.escaping import visible
from tocsin.json_values import plain
from tocsin.triage.groups import Group
from tocsin.triage.importing import ImportOutcome, LogRecords
from tocsin.triage.record_reading import Record

if TYPE_CHECKING:
    from tocsin.triage.export_database import SqlAnswer

_COLUMNS = {
    "time (UTC)": "timestamp",
    "function": "functionName",
    "type": "errorType",
    "message": "errorMessage",
    "id": "errorId",
}
"""Title -> field of a record."""
_FIELDS = tuple(_COLUMNS.values())
# Shown below the other fields, as they are several lines long.
_LONG = ("logBefore", "stackTrace", "event", "context")
# In characters. The error log's own fields are shorter; an item of somebody else's may have 400 KB.
_MOST_IN_LIST = 256
_MOST_FIELD = 5_000
_MOST_LONG = 100_000
_REASONS = 20
_NOTHING = "no record: nothing has failed, or nothing that the options ask for"
_SOME = 4  # functions, or places, of a bug
_WIDEST_NAME = 24  # of a field that the error log does not have, names may be any


def records_table(records: Sequence[Record]) -> None:
    """One line for each record."""
    terminal.table(
        [terminal.Column(title) for title in _COLUMNS],
        [tuple(_brief(record.get(field)) for field in _FIELDS) for record in records],
        nothing=_NOTHING,
    )


def record_line(record: Record) -> str:
    """The same in one line of its own, for a tail."""
    return "  ".join(_brief(record.get(field)) for field in _FIELDS)


def record_lines(record: Record) -> Iterator[str]:
    """All of one record: short fields first, then what it logged before, stack trace and event.

    Of a text longer than any of the error log's own, its beginning, and how to see the rest.
    """
    known = [name for name in _FIELDS if name in record]
    others = sorted(set(record) - set(known) - set(_LONG))
    shown = {name: visible(name) for name in (*known, *others)}
    width = min(_WIDEST_NAME, max((len(name) for name in shown.values()), default=0))
    for name in (*known, *others):
        yield f"{shown[name]:<{width}}  {_at_most(_MOST_FIELD, _cell(record[name]))}"
    for name in _LONG:
        if name in record:
            yield from ("", name, *_at_most(_MOST_LONG, in_lines(record[name])).split("\n"))


def imported(found: LogRecords, done: ImportOutcome) -> dict[str, Any]:
    """What an import did, for JSON."""
    return {
        "found": done.found,
        "written": done.written,
        "skipped": found.skipped,
        "damaged": [{"line": line.line, "why": line.why} for line in found.damaged],
        "refused": [{"errorId": record.error_id, "why": record.why} for record in done.refused],
    }


def imported_lines(found: LogRecords, done: ImportOutcome) -> Iterator[str]:
    """The same for people: what was left out, then how many came back."""
    why = [f"line {line.line}: {line.why}" for line in found.damaged]
    why += [f"{record.error_id}: {record.why}" for record in done.refused]
    for reason in why[:_REASONS]:
        yield f"not imported: {reason}"
    if len(why) > _REASONS:
        yield f"not imported: {len(why) - _REASONS} more"
    yield (
        f"{counted(done.found, 'record')} found, {done.written} new in the table; "
        f"{counted(found.skipped, 'other line')} skipped"
        + (f", of them {counted(len(found.damaged), 'damaged record')}" if found.damaged else "")
    )


def groups_table(groups: Sequence[Group]) -> None:
    """One line for each bug; where it was, as far as there are several places."""
    places = {place for group in groups for place in group.places or ()}
    titles = ["fingerprint", "count", "first seen (UTC)", "last seen (UTC)", "functions",
              *(["where"] if len(places) > 1 else []), "error", "newest id"]  # fmt: skip
    terminal.table(
        [terminal.Column(title, right=title == "count") for title in titles],
        [
            (
                _brief(group.fingerprint),
                str(group.count),
                group.first_seen,
                group.last_seen,
                _some(group.functions),
                *([_some(group.places or ())] if len(places) > 1 else []),
                _brief(f"{group.error_type}: {group.error_message}"),
                group.newest_id,
            )
            for group in groups
        ],
        nothing=_NOTHING,
    )


def answer_table(answer: "SqlAnswer") -> None:
    """The rows of a question in SQL."""
    terminal.table(
        [terminal.Column(_cell(column)) for column in answer.columns],
        [tuple(_cell(value) for value in row) for row in answer.rows],
    )


def in_lines(value: Any) -> str:
    """A value in as many lines as it has; a list of texts is its members, one below the other."""
    value = plain(value)
    if isinstance(value, list) and value and all(isinstance(member, str) for member in value):
        # What a member goes on with stands apart from the next one.
        return "\n".join(member.replace("\n", "\n    ") for member in value)
    return value if isinstance(value, str) else _readable(value)


def _some(names: Sequence[object]) -> str:
    """A few of many, and how many more there are."""
    said = ", ".join(_brief(str(name)) for name in names[:_SOME])
    return f"{said} +{len(names) - _SOME}" if len(names) > _SOME else said


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    value = plain(value)
    text = value if isinstance(value, str) else _readable(value, indent=None)
    return " ".join(text.split())


def _brief(value: Any) -> str:
    text = _cell(value)
    return text if len(text) <= _MOST_IN_LIST else f"{text[: _MOST_IN_LIST - 3]}..."


def _at_most(most: int, text: str) -> str:
    if len(text) <= most:
        return text
    return f"{text[:most]} [cut {len(text) - most} of {len(text)} characters: --json has all]"


def _readable(value: Any, indent: int | None = 2) -> str:
    """JSON for people, whose letters need not be ASCII."""
    return json.dumps(value, indent=indent, ensure_ascii=False)
