"""Where a library names a key and then tells the value that it was given for it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from errorlog.lazy_pattern import lazy
from errorlog.secret_keys import KeyKind
from errorlog.secret_values import is_secret

# pydantic: the place on a line of its own, and what is wrong with it on the next.
_VALIDATED = lazy(
    r"^(?P<key>[^\s\[\]{}][^\n]{0,199})\n  [^\n]{0,500}?\[type=[\w.]{1,80}, input_value="
    r"(?P<value>[^\n]{1,8192}?)(?=, input_type=|\n|\Z)",
    re.MULTILINE,
)
# botocore: https://github.com/boto/botocore/blob/develop/botocore/validate.py
_PARAMETER = lazy(
    r"Invalid type for parameter (?P<key>[\w.\[\]]{1,200}), value: "
    r"(?P<value>(?:[^,]|,(?! type: <)){1,8192}+)"
)
# MySQL's error 1062
_DUPLICATE = lazy(r"Duplicate entry '(?P<value>[^'\n]{1,1024})' for key '(?P<key>[^'\n]{1,200})'")
# A form's field with its value before its name.
_FIELD = lazy(
    r"<[a-zA-Z][^<>]{0,200}?\bvalue\s{0,2}=\s{0,2}\\{0,4}[\"'](?P<value>[^\"'<>\\]{1,1024})\\{0,4}[\"']"
    r"[^<>]{0,200}?\b(?:name|id)\s{0,2}=\s{0,2}\\{0,4}[\"']?(?P<key>[\w.\[\]\-]{1,99})"
)
# "invalid credentials: ann / x"; a sentence goes on, or names what is missing.
_CREDENTIALS = lazy(
    r"\b(?i:(?P<key>credentials|creds))(?:\s{0,2}[:=]|\s(?:are|were|used))\s{0,2}\(?"
    r"[^\s/:|,;()]{1,64}\s{0,2}[/:|]\s{0,2}(?P<value>[^\s/:|,;\"'()]{1,128})"
    r"(?=[.,;)\"']?(?:\s{0,4}\Z|\n| (?:for|at|on|from)\b))"
)
_MARKS = (
    ("value", _FIELD),
    ("red", _CREDENTIALS),
    ("input_value=", _VALIDATED),
    ("Invalid type for parameter", _PARAMETER),
    ("Duplicate entry", _DUPLICATE),
)


def hide_told(text: str, kind_of: Callable[[str], KeyKind], hide: Callable[[str], str]) -> str:
    """``text`` with ``hide(value)`` in place of each value told for a secret's key."""
    for mark, expression in _MARKS:
        if mark in text:
            pieces: list[str] = []
            done = 0
            for start, end in _spans(expression, text, kind_of):
                pieces += (text[done:start], hide(text[start:end]))
                done = end
            text = "".join((*pieces, text[done:]))
    return text


def _spans(
    expression: re.Pattern[str], text: str, kind_of: Callable[[str], KeyKind]
) -> Iterator[tuple[int, int]]:
    for told in expression.finditer(text):
        value = told["value"]
        quoted = len(value) > 2 and value[0] == value[-1] and value[0] in "'\""
        if is_secret(kind_of(told["key"]), value[1:-1] if quoted else value):
            yield told.start("value") + quoted, told.end("value") - quoted
