"""Where a library names a key and then tells the value that it was given for it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from errorlog.lazy_pattern import lazy
from errorlog.secret_keys import STRONG, KeyKind
from errorlog.secret_values import is_made, is_secret

# pydantic: the place on a line of its own, and what is wrong with it on the next; of what is
# missing it tells what it is missing in.
_VALIDATED = lazy(
    r"^(?P<key>[^\s\[\]{}][^\n]{0,199})\n  [^\n]{0,500}?\[type=(?!missing,)[\w.]{1,80}, "
    r"input_value=(?P<value>[^\n]{1,8192}?)(?=, input_type=|\n|\Z)",
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
# argparse: argument -p/--password: invalid int value: 'x'
_ARGUMENT = lazy(
    r"\bargument (?:-\w/)?--?(?P<key>[\w\-]{1,64}): invalid [\w ]{1,40}: "
    r"(?P<value>'[^'\n]{1,1024}'|\"[^\"\n]{1,1024}\")"
)
# AWS: Value 'x' at 'authParameters.password' failed to satisfy constraint
_AT = lazy(r"[Vv]alue '(?P<value>[^'\n]{1,1024})' at '(?P<key>[\w.\[\]]{1,200})'")
# bad value 'x' for option 'password'; option 'password' has bad value 'x'; 'x' is not a valid token
_FOR = lazy(
    r"alue '(?P<value>[^'\n]{1,1024})' for (?:[a-z]{1,20} ){0,2}['\"]?(?P<key>[\w.\-]{1,99})"
)
_HAS = lazy(r"'(?P<key>[\w.\-]{1,99})' has (?:[a-z]{1,20} ){0,3}value '(?P<value>[^'\n]{1,1024})'")
_NO = lazy(
    r"['\"\u201c](?P<value>[^'\"\u201d\n]{1,1024})['\"\u201d] is not a valid "
    r"(?!token\b)(?P<key>[\w\-]{1,40})(?![\w\-]|[ ]\w)"
)
# configparser: a % that begins nothing of its own, and a line that is no pair.
_PERCENT = lazy(r"or '\(', found: '(?P<value>%(?![A-Za-z][:\-/ ]|[ ])[^'\n]{1,1024})'")
_LINE = lazy(
    r"\[line\s{1,4}\d{1,6}\]: '(?P<key>[\w.\-]{1,64})[ ]{1,4}(?P<value>[^'\n\\ ]{1,1024})\\n'"
)
# requests and http.client, of a header whose name they do not tell, or do.
_HEADER = lazy(r"header value:? b?'(?P<made>[^'\n]{1,4096})'")
_HEADER_PART = lazy(r"Header part \((?P<value>[^\n]{1,2048}?)\) from \('(?P<key>[^'\n]{1,99})',")
# urllib.parse, of a URL whose password has a slash: what is left of it stands where a port would.
_PORT = lazy(
    r"(?:ort could not be c\w{3,20} to integer value as|nvalid port:) '(?P<value>[^'\n]{1,1024})'"
)
# PostgreSQL tells all values of a row, and no column's name.
_ROW = lazy(r"(Failing row contains \()([^\n]{1,8192}+)")
_IN_ROW = lazy(r"(?:(?<=, )|\A)[^\s,()]{8,512}(?=[,)]|\Z)")
_ORDINARY_IN_ROW = lazy(
    r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[^@]{1,64}@[\w.\-]{3,253}|\d[\dT:.+\-Z]{6,40}"
)
# "invalid credentials: ann / x"; a sentence goes on, or names what is missing.
_CREDENTIALS = lazy(
    r"\b(?i:(?P<key>credentials|creds))(?:\s{0,2}[:=]|\s(?:are|were|used))\s{0,2}\(?"
    r"[^\s/:|,;()]{1,64}\s{0,2}[/:|]\s{0,2}(?P<value>[^\s/:|,;\"'()]{1,128})"
    r"(?=[.,;)\"']?(?:\s{0,4}\Z|\n| (?:for|at|on|from)\b))"
)
_UNNAMED = KeyKind(STRONG, 4)
_MARKS = (
    ("argument -", _ARGUMENT),
    (" at '", _AT),
    ("alue '", _FOR),
    ("alue '", _HAS),
    (" is not a valid ", _NO),
    ("found: '%", _PERCENT),
    ("to integer value", _PORT),
    ("nvalid port: '", _PORT),
    ("[line ", _LINE),
    ("header value", _HEADER),
    ("Header part (", _HEADER_PART),
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
    if "Failing row" in text:
        text = _ROW.sub(lambda row: _row_without(row, hide), text)
    return text


def _row_without(row: re.Match[str], hide: Callable[[str], str]) -> str:
    """A row without what looks made; of its words and numbers nobody knows what they are."""
    held = _IN_ROW.sub(
        lambda value: (
            hide(value[0])
            if is_made(value[0]) and _ORDINARY_IN_ROW.fullmatch(value[0]) is None
            else value[0]
        ),
        row[2],
    )
    return f"{row[1]}{held}"


def _spans(
    expression: re.Pattern[str], text: str, kind_of: Callable[[str], KeyKind]
) -> Iterator[tuple[int, int]]:
    for told in expression.finditer(text):
        groups = told.groupdict()
        value = groups.get("value") or groups["made"]
        group = "value" if "value" in groups else "made"
        quoted = len(value) > 2 and value[0] == value[-1] and value[0] in "'\""
        bare = value[1:-1] if quoted else value
        if group == "made":
            is_told = any(map(is_made, bare.split()))
        else:
            is_told = is_secret(kind_of(groups["key"]) if "key" in groups else _UNNAMED, bare)
        if is_told:
            yield told.start(group) + quoted, told.end(group) - quoted
