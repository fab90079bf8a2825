"""JSON as it comes out of a log: printed by anybody, and cut off where a line was too long."""

from __future__ import annotations

import json
import re
from typing import Any

_CLOSING = {"{": "}", "[": "]"}
_STRUCTURE = re.compile(r'["{}\[\],]')
_IN_TEXT = re.compile(r'["\\]')
# So deep a text is read whose end was cut off: each comma in it costs as many steps. Of what
# errorlog prints, 20 levels are the event's.
_MAX_DEPTH = 100


def loads(text: str) -> Any:
    """The value in ``text``.

    Raises ValueError for whatever is none, too deep a nesting and too long a number included.
    """
    try:
        return json.loads(text)
    except RecursionError as error:
        raise ValueError("nested too deep") from error


def mended(text: str) -> Any:
    """The value in ``text``, whose end was cut off: as far as its members are whole.

    A text that is cut in two is left out, for nobody knows how it goes on. Raises ValueError
    where the beginning is no JSON, either. Linear in the length of ``text``.
    """
    open_brackets: list[str] = []
    # Where a member ended last, and the brackets that were open there.
    end, still_open = 0, ""
    position = 0
    while match := _STRUCTURE.search(text, position):
        character, position = match[0], match.end()
        if character == '"':
            position = _end_of_text(text, position)
            if position < 0:
                break
        elif character in _CLOSING:
            open_brackets.append(character)
            if len(open_brackets) > _MAX_DEPTH:
                raise ValueError("nested too deep")
        elif character == ",":
            end, still_open = match.start(), "".join(open_brackets)
        else:
            if not open_brackets or _CLOSING[open_brackets.pop()] != character:
                raise ValueError(f"no JSON at character {match.start()}")
            if not open_brackets:
                return loads(text[:position])
            end, still_open = position, "".join(open_brackets)
    closing = "".join(_CLOSING[bracket] for bracket in reversed(still_open))
    return loads(text[:end] + closing)


def _end_of_text(text: str, position: int) -> int:
    """Behind the quote that ends the text at ``position``; -1 where it was cut off."""
    while match := _IN_TEXT.search(text, position):
        if match[0] == '"':
            return match.end()
        position = match.end() + 1  # what a backslash escapes
    return -1


def valid(text: str) -> str:
    """``text`` without lone surrogates, which JSON can escape and UTF-8 cannot hold."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()
