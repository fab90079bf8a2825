"""A record read back from the line that errorlog printed, by whoever puts it into the table.

A log can be forged: every field is checked, redacted and bounded again. No function loads this.
"""

from __future__ import annotations

import math
import re
from typing import Any

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

_MAX_FIELDS = 60
_MAX_NUMBER = 1e15
_FIELD = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}")
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
_VALUES = ("event", "context")
_NUMBERS = ("durationMs", "maxMemoryUsedMb", "memoryMb", "remainingMs", "suppressed", "counted")
# Not redacted: they are how a failure is found again, and of a form that hides nothing.
_IDS = ("counter", "itemId", "requestId", "tenantId", "traceId")
_ID = re.compile(r"[\w.:/=+@-]{1,256}")
# What becomes of these does not depend on what the line says alone.
MADE = ("errorId", "timestamp", "functionName", "logGroup", "logStream", "expiresAt", "stage")


def fields(said: dict[str, Any], settings: Settings) -> Record:
    """Of ``said``, a record out of a log: what it tells, of the types and within the bounds.

    What is of another type or of no form is left out. Whose failure it is, when it was and how
    long it is kept (``MADE``) is for the caller to say, who knows where the line is from.
    """
    whole = {name: said[name] for name in list(said)[:_MAX_FIELDS] if _FIELD.fullmatch(name)}
    sanitiser = Sanitiser(patterns(settings.redact_keys, settings.redact_emails), MAX_EVENT_CHARS)
    made: Record = {}
    # All of it before any of it: what the event hides is hidden in message and stack trace too.
    sanitiser.gather(whole)
    for name in sorted(whole, key=lambda name: not isinstance(whole[name], dict | list)):
        if name not in MADE:
            made[name] = _value(name, whole[name], sanitiser)
    if not _FINGERPRINT.fullmatch(str(made.get("fingerprint"))):
        made.pop("fingerprint", None)
    made["errorType"] = made.get("errorType") or "Exception"
    made["handled"] = whole.get("handled") is True
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
    if name in _VALUES and isinstance(value, str):  # an event may be a text
        return sanitiser.plain(value)
    if isinstance(value, str):
        return sanitiser.text(value, _ROOM.get(name, MAX_NAME_CHARS))
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        return value if math.isfinite(value) and abs(value) < _MAX_NUMBER else None
    return sanitiser.plain(value)
