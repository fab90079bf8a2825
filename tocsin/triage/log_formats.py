"""A function's log as it was saved: the lines themselves, or what AWS's tools make of them.

- lines, with anything before them, as `aws logs tail` puts time and stream there
- `aws logs filter-log-events` and `get-log-events`: JSON, ``{"events": [{"message": ...}]}``
- `aws logs get-query-results`: JSON, ``{"results": [[{"field": "@message", "value": ...}]]}``
- what CloudWatch's console exports of a Logs Insights query: CSV with a column ``@message``, or a
  JSON list of objects with that key, where a line of JSON may have become an object

https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetQueryResults.html
"""

import codecs
import csv
import io
import json
from collections.abc import Iterator
from typing import Any

MESSAGE = "@message"
_MESSAGE_KEYS = (MESSAGE, "message")
_MAX_CELL = 2**21  # characters; a log event has at most 2**20 bytes
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"),
          (codecs.BOM_UTF16_BE, "utf-16"))  # fmt: skip


def decoded(content: bytes) -> str:
    """A file's text. UTF-8, or UTF-16 as PowerShell writes; a byte that is neither is U+FFFD.

    A record is ASCII: a broken character elsewhere costs none.
    """
    encoding = next((name for mark, name in _MARKS if content.startswith(mark)), "utf-8")
    return content.decode(encoding, "replace")


def messages(text: str) -> Iterator[tuple[int, Any]]:
    """Each line or event of ``text`` with its number, from 1; empty lines are left out.

    A message is a text, or an object where the format has made it one.
    """
    events = _events(text)
    if events is None:
        events = _cells(text)
    if events is None:
        # Only what ends a line in a log; a record's text may have others.
        events = text.replace("\r\n", "\n").split("\n")
    for number, message in enumerate(events, 1):
        if not isinstance(message, str) or message.strip():
            yield number, message


def _events(text: str) -> list[Any] | None:
    """The messages of AWS's JSON; None where it is none."""
    if not text.lstrip().startswith(("{", "[")):
        return None
    try:
        answer = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if isinstance(answer, dict):
        answer = answer.get("events", answer.get("results"))
    if not isinstance(answer, list):
        return None
    return [_message(event) for event in answer]


def _message(event: Any) -> Any:
    if isinstance(event, list):  # a row of Logs Insights
        event = {
            cell.get("field"): cell.get("value")
            for cell in event
            if isinstance(cell, dict) and isinstance(cell.get("field"), str)
        }
    if isinstance(event, dict):
        return next((event[key] for key in _MESSAGE_KEYS if key in event), event)
    return event


def _cells(text: str) -> list[Any] | None:
    """The messages of CSV; None where it is none."""
    header, _, _ = text.partition("\n")
    if MESSAGE not in header or header.lstrip().startswith("{"):
        return None
    before = csv.field_size_limit(_MAX_CELL)
    try:
        rows = csv.reader(io.StringIO(text, newline=""))
        column = next(rows).index(MESSAGE)
        return [row[column] if column < len(row) else "" for row in rows]
    except (csv.Error, StopIteration, ValueError):
        return None
    finally:
        csv.field_size_limit(before)
