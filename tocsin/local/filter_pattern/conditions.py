"""Conditions with ``&&``, ``||`` and parentheses around what a kind of pattern compares."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Generic, TypeVar

from tocsin.local.filter_pattern.errors import InvalidPattern

MOST_NESTED = 30

Event = TypeVar("Event")
Condition = Callable[[Event], bool]

# What a comparison ends before, outside of quotes and of a regular expression.
_TOKEN = re.compile(
    r'\s*(&&|\|\||[()]|(?:"(?:\\.|[^"\\])*"|%[^%]+%|\[[^\]]*\]|(?!&&|\|\||[()"%]).)+)', re.DOTALL
)


def condition(text: str, compare: Callable[[str], Condition[Event]]) -> Condition[Event]:
    """Read ``text``, where ``compare`` reads one comparison; && binds tighter than ||.

    Raises:
        InvalidPattern: it is none.
    """
    return _ConditionReader(text, compare).read()


class _ConditionReader(Generic[Event]):
    def __init__(self, text: str, compare: Callable[[str], Condition[Event]]) -> None:
        self._compare = compare
        self._tokens: list[str] = []
        at = 0
        while at < len(text.rstrip()):
            found = _TOKEN.match(text, at)
            if found is None:
                raise InvalidPattern(f"{text[at:][:40]!r}: a quote or % is not closed")
            self._tokens.append(found[1].strip())
            at = found.end()
        self._at = 0

    def read(self) -> Condition[Event]:
        found = self._either(0)
        if self._next():
            raise InvalidPattern(f"{self._next()!r} is not expected here")
        return found

    def _next(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def _either(self, depth: int) -> Condition[Event]:
        parts = [self._both(depth)]
        while self._next() == "||":
            self._at += 1
            parts.append(self._both(depth))
        return parts[0] if len(parts) == 1 else lambda event: any(part(event) for part in parts)

    def _both(self, depth: int) -> Condition[Event]:
        parts = [self._one(depth)]
        while self._next() == "&&":
            self._at += 1
            parts.append(self._one(depth))
        return parts[0] if len(parts) == 1 else lambda event: all(part(event) for part in parts)

    def _one(self, depth: int) -> Condition[Event]:
        word = self._next()
        self._at += 1
        if word == "(":
            if depth >= MOST_NESTED:
                raise InvalidPattern(f"more than {MOST_NESTED} parentheses within another")
            found = self._either(depth + 1)
            if self._next() != ")":
                raise InvalidPattern("a parenthesis is not closed")
            self._at += 1
            return found
        if word in ("", ")", "&&", "||"):
            raise InvalidPattern(f"{word or 'the end'!r}: a comparison is expected here")
        return self._compare(word)
