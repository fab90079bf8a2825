"""Where a text names its columns first and tells their values after: CSV, and SQL's INSERT."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import islice

from errorlog.lazy_pattern import lazy
from errorlog.secret_keys import NO_SECRET, SECRET, KeyKind
from errorlog.secret_values import is_secret

_MAX_HEADER = 2_000
_MAX_ROWS = 2_000
_DELIMITERS = ",;\t|"
_NAME = lazy(r"\s?\"?[\w.\-]{1,64}(?: [\w.\-]{1,64}){0,3}\"?\s?")
_INSERT = lazy(
    r"\bINSERT INTO [^\s(]{1,99}\s{0,4}\(([^()]{1,2000})\)\s{0,4}VALUES\s{0,4}\(", re.IGNORECASE
)
# What a driver adds to a statement with places for its values.
_PARAMETERS = lazy(r"\)(?:[ ][^\[\]]{1,500})?\]?\s{0,4}\[parameters: [\[(]{1,2}")
_PLACE = lazy(
    r"(?:%s|\?|\$\d{1,3}(?:::[\w ]{1,40})?|%\(\w{1,64}\)s(?:::[\w ]{1,40})?|:\w{1,64})"
    r"(?:, ?(?=[%?$:]))?"
)
_VALUE = lazy(
    # What is not closed was cut off, and goes to the end.
    r"""\s{0,4}(?:[bNnEeuU]?'((?:[^'\\]|''|\\.)*+)(?:'|\\?\Z)|"([^"]*+)(?:"|\Z)|([^,'")]*+))"""
    r"""\s{0,4}(,|\)?)"""
)
_MAX_VALUES = 500
_COLUMN_OF_PLACE = lazy(
    r"([\w.]{1,64})[\"`\]]?\s{0,3}(?:=|<>|!=|[<>]=?|(?i:I?LIKE|IN \())\s{0,3}\Z"
)
_NAMED_PLACE = lazy(r"%\((\w{1,64})\)s|(?<![\w:]):(\w{1,64})")
_ANY_PLACE = lazy(r"%s|\?|\$\d{1,3}")
_STATEMENT = lazy(r"\[SQL: |\b(?:UPDATE|SELECT|DELETE|MERGE|CALL|WITH) ")
_BEFORE_PLACE = 80
_NAMED_VALUE = lazy(r"""['"](\w{1,64})['"]: (?=['"])""")
# What is not closed was cut off here too.
_ENCLOSED = lazy(r"""'((?:[^'\\]|\\[\s\S])*+)(?:'|\\?\Z)|"((?:[^"\\]|\\[\s\S])*+)(?:"|\\?\Z)""")

KindOf = Callable[[str], KeyKind]


def hide_columns(text: str, kind_of: KindOf, hide: Callable[[str], str]) -> str:
    """``text`` with ``hide(value)`` in place of each value in a secret's column."""
    spans = list(_of_inserts(text, kind_of) if "(" in text else ())
    if not spans and "[parameters: " in text:
        spans = list(_of_parameters(text, kind_of))
    if not spans:
        spans = list(_of_rows(text, kind_of))
    pieces: list[str] = []
    done = 0
    for start, end in spans:
        if start >= done:
            pieces += (text[done:start], hide(text[start:end]))
            done = end
    return "".join((*pieces, text[done:])) if pieces else text


def _kinds(names: list[str], kind_of: KindOf) -> list[KeyKind]:
    kinds = [kind_of(name.strip(" \"'`[]\t\r")) for name in names]
    return [kind if kind.strength >= SECRET else NO_SECRET for kind in kinds]


def _of_inserts(text: str, kind_of: KindOf) -> Iterator[tuple[int, int]]:
    done = 0
    for insert in _INSERT.finditer(text):
        if insert.start() < done:
            continue  # read already, as a value: so that all together are linear
        kinds = _kinds(insert[1].split(","), kind_of)
        if not any(kind.strength for kind in kinds):
            continue
        start = insert.end()
        while place := _PLACE.match(text, start):
            start = place.end()
        if start > insert.end():
            parameters = _PARAMETERS.match(text, start)
            if parameters is None:
                continue
            start = parameters.end()
        spans, done = _values(text, start, kinds)
        yield from spans


def _values(text: str, start: int, kinds: list[KeyKind]) -> tuple[list[tuple[int, int]], int]:
    """Those of one row after another, ``'ann', 'x'), ('bob', 'y')``, and where they end."""
    spans: list[tuple[int, int]] = []
    number = 0
    for _ in range(_MAX_VALUES):
        value = _VALUE.match(text, start)
        if value is None:
            break
        group = 1 if value[1] is not None else 2
        if number < len(kinds) and value[group] and is_secret(kinds[number], value[group]):
            spans.append(value.span(group))
        start, number = value.end(), number + 1
        if value[4] == ")":
            if text[start : start + 3].lstrip(", ") != "(" and text[start : start + 2] != ",(":
                break
            start, number = text.index("(", start) + 1, 0
        elif not value[4]:
            break
    return spans, start


def _of_parameters(text: str, kind_of: KindOf) -> Iterator[tuple[int, int]]:
    """Of a statement with places for its values: ``SET password=%s`` and what is given to it."""
    given = text.index("[parameters: ")
    begun = _STATEMENT.search(text, 0, given)
    if begun is None:
        return
    start, opening = given + len("[parameters: "), text[given + len("[parameters: ") :][:1]
    if opening == "{":
        names: dict[str, KeyKind] = {}
        for place in islice(_NAMED_PLACE.finditer(text, begun.start(), given), _MAX_VALUES):
            kind = _kind_of_place(text, place.start(), kind_of)
            if kind.strength:
                names[place[1] or place[2]] = kind
        for name in islice(_NAMED_VALUE.finditer(text, start), _MAX_VALUES) if names else ():
            value = _ENCLOSED.match(text, name.end())
            if value is None or value.lastindex is None:
                break
            if is_secret(names.get(name[1], NO_SECRET), value[value.lastindex]):
                yield value.span(value.lastindex)
    elif opening in ("(", "["):
        places = islice(_ANY_PLACE.finditer(text, begun.start(), given), _MAX_VALUES)
        kinds = [_kind_of_place(text, place.start(), kind_of) for place in places]
        if any(kind.strength for kind in kinds):
            yield from _values(text, start + 1, kinds)[0]


def _kind_of_place(text: str, at: int, kind_of: KindOf) -> KeyKind:
    column = _COLUMN_OF_PLACE.search(text[max(0, at - _BEFORE_PLACE) : at])
    return NO_SECRET if column is None else _kinds([column[1]], kind_of)[0]


def _of_rows(text: str, kind_of: KindOf) -> Iterator[tuple[int, int]]:
    header, newline, _ = text[:_MAX_HEADER].lstrip("\ufeff").partition("\n")
    delimiter = next((mark for mark in _DELIMITERS if mark in header), "")
    names = header.rstrip("\r").split(delimiter) if delimiter and newline else []
    if not names or not all(_NAME.fullmatch(name) for name in names):
        return
    kinds = _kinds(names, kind_of)
    if not any(kind.strength for kind in kinds):
        return
    start = text.index("\n") + 1
    for line in islice(text[start:].split("\n"), _MAX_ROWS):
        fields = list(_fields(line.rstrip("\r"), delimiter))
        if len(fields) == len(kinds):
            for kind, (begin, end) in zip(kinds, fields, strict=True):
                held = line[begin:end].strip('"')
                if kind.strength and held and is_secret(kind, held):
                    at = start + begin + (line[begin : begin + 1] == '"')
                    yield at, at + len(held)
        start += len(line) + 1


def _fields(line: str, delimiter: str) -> Iterator[tuple[int, int]]:
    begin, quoted = 0, False
    for at, character in enumerate(line):
        if character == '"':
            quoted = not quoted
        elif character == delimiter and not quoted:
            yield begin, at
            begin = at + 1
    yield begin, len(line)
