"""What a field is compared with: a number, a text with ``*`` in it, a regular expression.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html has the
regular expressions' syntax, which knows no groups.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from typing import Any

from tocsin.local.filter_pattern.errors import InvalidPattern

COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}

_NUMBER = re.compile(r"[+-]?\d{1,30}(?:\.\d{1,30})?(?:[eE][+-]?\d{1,3})?")
_REGEX = re.compile(r"[A-Za-z0-9:_#=@/;, ^$?\[\]{}|\\*+.-]+")
_ESCAPE = re.compile(r"\\(.)")

Value = str | int | float
Test = Callable[[Value], bool]


def expression(text: str) -> re.Pattern[str]:
    """What stands between percent signs.

    Raises:
        InvalidPattern: it is not of the syntax that CloudWatch Logs has.
    """
    try:
        if not _REGEX.fullmatch(text):
            raise InvalidPattern(f"%{text}%: letters, digits and ^$?[]{{}}|\\*+. are accepted")
        return re.compile(text)
    except (re.error, OverflowError) as error:
        raise InvalidPattern(f"%{text}%: {error}") from error


def number(text: str) -> float | None:
    """The number that ``text`` is, or None."""
    return float(text) if _NUMBER.fullmatch(text) else None


def unquoted(text: str) -> str:
    """A phrase in quotes as it is meant."""
    return _ESCAPE.sub(r"\1", text[1:-1])


def comparison(symbol: str, given: str) -> Test:
    """Whether a value compares so with what a pattern gives: ``= 4*``, ``> 1000``, ``= %x%``.

    A number is compared with numbers alone, anything else with texts.

    Raises:
        InvalidPattern: it is compared in order, and is no number.
    """
    compare, wanted = COMPARISONS[symbol], number(given)
    if wanted is not None:
        return lambda value: not isinstance(value, str) and compare(value, wanted)
    if symbol not in ("=", "!="):
        raise InvalidPattern(f"{symbol} {given}: a number is accepted")
    equal = symbol == "="
    if given.startswith("%"):
        found = expression(given[1:-1])
        return lambda value: bool(found.search(str(value))) is equal
    text = unquoted(given) if given.startswith('"') else given
    if "*" not in text:
        return lambda value: (str(value) == text) is equal
    parts = text.split("*")
    return lambda value: _with_gaps(parts, str(value)) is equal


def _with_gaps(parts: list[str], text: str) -> bool:
    """Whether ``text`` is ``parts`` with anything in between: each as early as it comes."""
    first, *middle, last = parts
    if not text.startswith(first) or not text.endswith(last):
        return False
    at, end = len(first), len(text) - len(last)
    for part in middle:
        found = text.find(part, at, end)
        if found < 0:
            return False
        at = found + len(part)
    return at <= end
