"""What a text becomes within others: URLs, JSON, XML, Python's repr, base64, hexadecimal."""

from __future__ import annotations

import json

from errorlog.encodings import base64_forms, percent_encoded
from errorlog.lazy_pattern import lazy

_ESCAPE = lazy(r"%[0-9A-F]{2}")
_NEVER_ESCAPED = frozenset("\"'\\&<>")
_LONGEST_HEXED = 128


def escaped_forms(text: str) -> set[str]:
    """The forms that ``text`` takes inside of URLs, JSON, XML, Python's repr and base64."""
    # Letters and digits stay as they are in all but the last two.
    forms = set() if text.isascii() and text.isalnum() else _with_escapes(text)
    if len(text) <= _LONGEST_HEXED:
        hexed = text.encode("utf-8", "replace").hex()
        forms |= {hexed, hexed.upper()}
    forms |= {form for form in base64_forms(text) if len(form) >= 8}
    forms.discard(text)
    return forms


def _with_escapes(text: str) -> set[str]:
    if text.isascii() and text.isprintable() and _NEVER_ESCAPED.isdisjoint(text):
        # Only URLs write it otherwise: the usual token, with its slashes and dashes.
        return _in_urls(text)
    dumped = json.dumps(text)[1:-1]
    forms = _in_urls(text) | {
        dumped, json.dumps(text, ensure_ascii=False)[1:-1], json.dumps(dumped)[1:-1],
        repr(text)[1:-1], ascii(text)[1:-1], repr(text.encode("utf-8", "replace"))[2:-1],
    }  # fmt: skip
    return forms | {
        _escaped_in_xml(text, apostrophe) for apostrophe in ("'", "&#39;", "&#x27;", "&apos;")
    }


def _in_urls(text: str) -> set[str]:
    quoted = percent_encoded(text)
    forms = {
        quoted, percent_encoded(text, "/"), percent_encoded(text, " ").replace(" ", "+"),
        quoted.replace("%", "%25"),
    }  # fmt: skip
    return forms | {
        _ESCAPE.sub(lambda found: found[0].lower(), form) for form in forms if "%" in form
    }


def _escaped_in_xml(text: str, apostrophe: str) -> str:
    plain = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return plain if apostrophe == "'" else (plain.replace('"', "&quot;").replace("'", apostrophe))
