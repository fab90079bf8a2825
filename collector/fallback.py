"""A record that the table did not take and errorlog printed instead -> the record again.

errorlog prints the whole record as one line of JSON (docs/error-log.md). But a log can be forged:
every field is redacted and bounded again, and what says whose failure it is comes from the stream.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from collector import json_text
from collector.batch import Batch, Line
from collector.lines import FALLBACK
from collector.moments import iso, made_id
from errorlog.printed_record import fields
from errorlog.record import Record
from errorlog.settings import Settings

_DAY_S = 86_400
_DAY_MS = _DAY_S * 1_000
_ERROR_ID = re.compile(r"[0-9A-HJKMNP-TV-Z]{26}")
_TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
# A record of errorlog's has these, cut or not.
_OF_EACH = frozenset(("errorId", "errorType", "errorMessage"))
_FUNCTION = re.compile(r"[A-Za-z0-9_-]{1,64}")


class Foreign(ValueError):
    """The line is of another function or stream: somebody printed what that one said."""


class Unreadable(ValueError):
    """The line has a record, and it cannot be read."""


def mentions(line: Line) -> bool:
    return FALLBACK in line.message


def record(line: Line, batch: Batch, settings: Settings) -> Record | None:
    """The record that ``line`` carries; None where it carries none and only has the word.

    Raises Foreign or Unreadable.
    """
    said = _carried(line.message)
    if said is None:
        return None
    function = _of_this_stream(said, batch)
    identity = _identity(said, line, batch)
    made = {**identity, "functionName": function, **fields(said, settings)}
    made.update(
        logGroup=batch.log_group,
        logStream=batch.log_stream,
        functionVersion=batch.function_version or made.get("functionVersion"),
        stage=settings.stage,
        expiresAt=_expires_at(said.get("expiresAt"), line.at, settings),
    )
    return {name: value for name, value in made.items() if value is not None and value != ""}


def _carried(message: str) -> dict[str, Any] | None:
    """The record in ``message``: a line of its own, the message of another, cut at its end."""
    start = message.find("{")
    if start < 0:
        return None
    text = message[start:].rstrip()
    try:
        said = json_text.loads(text)
    except ValueError:
        if f'"{FALLBACK}"' not in text and f'\\"{FALLBACK}\\"' not in text:
            return None
        said = _mended(text)
    for _ in range(3):
        if not isinstance(said, dict):
            return None
        found = said.get(FALLBACK)
        if isinstance(found, dict):
            return None if _OF_EACH.isdisjoint(found) else found
        said = said.get("message")
        # A sentence with the word in it is no line that was cut.
        if isinstance(said, str) and FALLBACK in said and said.lstrip().startswith("{"):
            said = _inner(said)
    return None


def _inner(text: str) -> Any:
    try:
        return json_text.loads(text)
    except ValueError:
        return _mended(text)


def _mended(text: str) -> Any:
    try:
        said = json_text.mended(text)
    except ValueError as error:
        raise Unreadable(str(error)) from error
    if not isinstance(said, dict) or not {FALLBACK, "message"} & said.keys():
        raise Unreadable("cut before its record")
    return said


def _of_this_stream(said: dict[str, Any], batch: Batch) -> str:
    """The function whose failure it is. Raises Foreign where that did not print the line."""
    claimed, stream = said.get("functionName"), said.get("logStream")
    if isinstance(stream, str) and stream and stream != batch.log_stream:
        raise Foreign("of another log stream")
    if not isinstance(claimed, str) or not _FUNCTION.fullmatch(claimed) or claimed == "unknown":
        return batch.function_name
    if batch.names_its_function and claimed != batch.function_name:
        raise Foreign("of another function")
    return claimed


def _identity(said: dict[str, Any], line: Line, batch: Batch) -> Record:
    """The key that errorlog gave it, so that a late write of the handler's is the same item."""
    error_id, timestamp = said.get("errorId"), said.get("timestamp")
    if not isinstance(error_id, str) or not _ERROR_ID.fullmatch(error_id):
        error_id = made_id(line.at, batch.log_group, batch.log_stream, line.message)
    if not isinstance(timestamp, str) or not _is_near(timestamp, line.at):
        timestamp = iso(line.at)
    return {"errorId": error_id, "timestamp": timestamp}


def _is_near(timestamp: str, at: int) -> bool:
    if not _TIMESTAMP.fullmatch(timestamp):
        return False
    try:
        said = datetime.fromisoformat(timestamp).timestamp() * 1_000
    except ValueError:
        return False
    return abs(said - at) <= _DAY_MS


def _expires_at(said: Any, at: int, settings: Settings) -> int:
    """As errorlog set it, within what the stage keeps its records for."""
    kept_s = settings.ttl_days * _DAY_S
    latest = at // 1_000 + kept_s
    if isinstance(said, int) and not isinstance(said, bool) and abs(said - latest) <= _DAY_S:
        return said
    return latest
