"""The form of the fields that name something: as errorlog and the collector write them.

Whoever can print a line that is imported, or put an item, chooses its texts. A record without
these forms was not written by the error log.
"""

import re
from collections.abc import Mapping
from typing import Any

from tocsin.escaping import visible
from tocsin.exceptions import InputError

FORMS = {
    "errorId": (r"[0-9A-Za-z_-]{1,64}", "up to 64 letters, digits, hyphens and underscores"),
    "timestamp": (
        r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?Z",
        "a time such as 2026-11-23T14:00:00.000Z",
    ),
    "functionName": (r"[0-9A-Za-z_-]{1,140}", "the name of a function"),
    "fingerprint": (r"v[0-9]{1,4}:[0-9a-f]{1,64}", "one such as v1:0f3c5a7e9b1d2c4f"),
    "requestId": (r"[0-9A-Za-z_:.-]{1,128}", "Lambda's id of a request"),
}
"""By field: a pattern for the whole of it, and what is accepted in words."""

_SHOWN = 200  # characters of a value in a message


class MalformedRecord(InputError):
    """A field does not have the form in which the error log writes it."""


def is_fingerprint(text: str) -> bool:
    """Whether ``text`` has the form of a bug's fingerprint, and so of no record's id."""
    return bool(re.fullmatch(FORMS["fingerprint"][0], text))


def formed(record: Mapping[str, Any], field: str) -> str:
    """The text of a field of ``FORMS``.

    Raises:
        MalformedRecord: it is not there, or has another form.
    """
    pattern, accepted = FORMS[field]
    value = record.get(field)
    if isinstance(value, str) and re.fullmatch(pattern, value):
        return value
    found = "none" if value is None else visible(repr(value))[:_SHOWN]
    raise MalformedRecord(f"{field}: found {found}; accepted: {accepted}")
