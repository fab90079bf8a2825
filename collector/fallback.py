"""A record that the table did not take and errorlog printed instead -> the record again.

errorlog prints the whole record as one line of JSON (docs/error-log.md). But a log can be forged:
every field is redacted and bounded again, and what says whose failure it is comes from the stream.
"""

from __future__ import annotations

import math
import re
from datetime import datetime
from typing import Any

from collector import json_text
from collector.batch import Batch, Line
from collector.lines import FALLBACK
from collector.moments import iso, made_id
from errorlog.call_facts import MAX_NAME_CHARS
from errorlog.patterns import patterns
from errorlog.plain_data import Plain
from errorlog.record import (
    MAX_EVENT_CHARS,
    MAX_MESSAGE_CHARS,
    MAX_STACK_CHARS,
    Record,
)
from errorlog.redaction import Sanitiser
from errorlog.settings import Settings

_DAY_S = 86_400
_DAY_MS = _DAY_S * 1_000
_MAX_FIELDS = 60
_MAX_NUMBER = 1e15
_ERROR_ID = re.compile(r"[0-9A-HJKMNP-TV-Z]{26}")
_TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
# A record of errorlog's has these, cut or not.
_OF_EACH = frozenset(("errorId", "errorType", "errorMessage"))
_FIELD = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}")
_FUNCTION = re.compile(r"[A-Za-z0-9_-]{1,64}")
_FINGERPRINT = re.compile(r"v\d{1,3}:[0-9a-f]{16}")
# Texts with more room than a name has. A marker says what was cut, and is not to be cut again.
_MARKER = 100
_ROOM = {
    "errorMessage": MAX_MESSAGE_CHARS + _MARKER,
    "stackTrace": MAX_STACK_CHARS + _MARKER,
}
_TEXTS = (
    "errorMessage", "errorType", "functionVersion", "release", "source", "stackTrace", "topFrame",
    "fingerprint",
)  # fmt: skip
_NUMBERS = ("durationMs", "maxMemoryUsedMb", "memoryMb", "remainingMs", "suppressed", "counted")
# Not redacted: they are how a failure is found again, and of a form that hides nothing.
_IDS = ("counter", "itemId", "requestId", "tenantId", "traceId")
_ID = re.compile(r"[\w.:/=+@-]{1,256}")
# What becomes of these does not depend on what the line says.
_MADE = ("errorId", "timestamp", "functionName", "logGroup", "logStream", "expiresAt", "stage")


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
    whole = {name: said[name] for name in list(said)[:_MAX_FIELDS] if _FIELD.fullmatch(name)}
    function = _of_this_stream(whole, batch)
    identity = _identity(whole, line, batch)
    made = {**identity, "functionName": function, **_fields(whole, settings)}
    made.update(
        logGroup=batch.log_group,
        logStream=batch.log_stream,
        functionVersion=batch.function_version or made.get("functionVersion"),
        stage=settings.stage,
        expiresAt=_expires_at(whole.get("expiresAt"), line.at, settings),
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


def _fields(said: dict[str, Any], settings: Settings) -> Record:
    sanitiser = Sanitiser(patterns(settings.redact_keys, settings.redact_emails), MAX_EVENT_CHARS)
    made: Record = {}
    # All of it before any of it: what the event hides is hidden in message and stack trace too.
    sanitiser.gather(said)
    for name in sorted(said, key=lambda name: not isinstance(said[name], dict | list)):
        if name not in _MADE:
            made[name] = _value(name, said[name], sanitiser)
    if not _FINGERPRINT.fullmatch(str(made.get("fingerprint"))):
        made.pop("fingerprint", None)
    made["errorType"] = made.get("errorType") or "Exception"
    made["handled"] = said.get("handled") is True
    made["source"] = "handler"  # whatever it says: the platform prints no such line
    return made


def _value(name: str, value: Any, sanitiser: Sanitiser) -> Plain:
    if name in _TEXTS and not isinstance(value, str):
        return None
    if name in _NUMBERS and (isinstance(value, bool) or not isinstance(value, int | float)):
        return None
    if name == "coldStart" and not isinstance(value, bool):
        return None
    if name in _IDS:
        return value if isinstance(value, str) and _ID.fullmatch(value) else None
    if name == "stackTrace" and isinstance(value, str):
        return sanitiser.stack(value, _ROOM[name])
    if isinstance(value, str):
        return sanitiser.text(value, _ROOM.get(name, MAX_NAME_CHARS))
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        return value if math.isfinite(value) and abs(value) < _MAX_NUMBER else None
    return sanitiser.plain(value)


def _expires_at(said: Any, at: int, settings: Settings) -> int:
    """As errorlog set it, within what the stage keeps its records for."""
    kept_s = settings.ttl_days * _DAY_S
    latest = at // 1_000 + kept_s
    if isinstance(said, int) and not isinstance(said, bool) and abs(said - latest) <= _DAY_S:
        return said
    return latest
