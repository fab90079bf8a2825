"""NextToken paging, the same for every operation that has it."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from typing import TypeVar

from tocsin.local.cloudwatch.errors import InvalidNextToken

Item = TypeVar("Item")


def page(items: Sequence[Item], token: str | None, size: int) -> tuple[list[Item], str | None]:
    """One page of ``items`` and the token of the next, None at the end.

    Raises:
        InvalidNextToken: the token was not made here.
    """
    start = _position(token) if token else 0
    end = start + size
    following = base64.urlsafe_b64encode(f"at:{end}".encode()).decode()
    return list(items[start:end]), following if end < len(items) else None


def _position(token: str) -> int:
    try:
        mark, _, position = base64.urlsafe_b64decode(token.encode()).decode().partition(":")
        if mark == "at":
            return int(position)
    except (binascii.Error, UnicodeDecodeError, ValueError):
        pass
    raise InvalidNextToken("The next token specified is invalid.")
