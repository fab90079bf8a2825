"""What of a request is beyond the bounds that AWS's service model documents, in AWS's words.

Lengths, ranges, enumerations and patterns are botocore's, so that one AWS adds needs no code here;
the sentences are those of recorded answers.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import cache
from itertools import islice
from typing import Any

from botocore.model import ListShape, Shape, StringShape, StructureShape

_ORDERS = {"StateValue": ("INSUFFICIENT_DATA", "ALARM", "OK")}
"""The order in which AWS was seen to list an enumeration, by shape, where it is not the model's."""
_PATTERNS_NOT_HELD = frozenset({"MetricNamespace"})
"""Shapes of which AWS was seen to take what their pattern leaves out: a metric filter's namespace
``A.B-c_d/1#2:metricNamespace``, in LocalStack's validated tests."""
_NUMBERS = frozenset({"integer", "long", "float", "double"})
_LONGEST_SHOWN = 2_000
"""Characters of a refused value that its message repeats."""
_MOST_TOLD = 20
"""Findings that a message tells; a request may have as many as it has values."""


def refusal(shape: Shape | None, request: Mapping[str, Any]) -> str | None:
    """The message of the error that answers ``request``, whose input is ``shape``; None: in bounds.

    What has another type than the shape says nothing here.
    """
    found = iter(()) if shape is None else _outside(shape, request, "")
    told = [
        f"Value '{_shown(value)}' at '{path}' failed to satisfy constraint: "
        f"Member must {constraint}"
        for value, path, constraint in islice(found, _MOST_TOLD)
    ]
    if not told:
        return None
    untold = sum(1 for _ in found)
    count = len(told) + untold
    if untold:
        told.append(f"and {untold} more")
    return f"{count} validation {'error' if count == 1 else 'errors'} detected: {'; '.join(told)}"


def _shown(value: Any) -> str:
    """The beginning of ``value`` alone, since it may be as large and as deep as a request."""
    if isinstance(value, str):
        return value[:_LONGEST_SHOWN]
    shown = ""
    with suppress(RecursionError):
        for piece in json.JSONEncoder(default=str).iterencode(value):
            shown += piece[:_LONGEST_SHOWN]
            if len(shown) >= _LONGEST_SHOWN:
                break
    return shown[:_LONGEST_SHOWN]


def _outside(shape: Shape, value: Any, path: str) -> Iterator[tuple[Any, str, str]]:
    """(value, where it stands, what it must do): each bound that is broken."""
    for constraint in _broken(shape, value):
        yield value, path, constraint
    if isinstance(shape, StructureShape) and isinstance(value, Mapping):
        for name, member in shape.members.items():
            if value.get(name) is not None:
                called = name[:1].lower() + name[1:]
                yield from _outside(member, value[name], f"{path}.{called}" if path else called)
    elif isinstance(shape, ListShape) and isinstance(value, list):
        for number, item in enumerate(value, start=1):
            yield from _outside(shape.member, item, f"{path}.{number}.member")


def _broken(shape: Shape, value: Any) -> Iterator[str]:
    bounds = shape.metadata
    if isinstance(shape, StringShape) and isinstance(value, str):
        if shape.enum and value not in shape.enum:
            accepted = ", ".join(_ORDERS.get(shape.name, shape.enum))
            yield f"satisfy enum value set: [{accepted}]"
        pattern = None if shape.name in _PATTERNS_NOT_HELD else _pattern(bounds.get("pattern", ""))
        # What is matched has at most so many characters.
        if pattern and len(value) <= bounds.get("max", len(value)) and not pattern.fullmatch(value):
            yield f"satisfy regular expression pattern: {bounds['pattern']}"
        yield from _beyond("length", len(value), bounds)
    elif isinstance(shape, ListShape) and isinstance(value, list):
        yield from _beyond("length", len(value), bounds)
    elif shape.type_name in _NUMBERS and type(value) in (int, float):
        yield from _beyond("value", value, bounds)


def _beyond(noun: str, found: float, bounds: Mapping[str, Any]) -> Iterator[str]:
    if found > bounds.get("max", found):
        yield f"have {noun} less than or equal to {bounds['max']}"
    if found < bounds.get("min", found):
        yield f"have {noun} greater than or equal to {bounds['min']}"


@cache
def _pattern(text: str) -> re.Pattern[str] | None:
    """None where there is none, or one that Java reads and Python does not."""
    try:
        return re.compile(text) if text else None
    except re.error:
        return None
