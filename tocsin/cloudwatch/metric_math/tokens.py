"""From text to tokens, each with its 1-based column."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from tocsin.cloudwatch.errors import ExpressionError

MAX_LENGTH = 2048
"""The API's limit for an Expression, in characters."""


class TokenKind(StrEnum):
    """The classes of token; the value is how messages name them."""

    NUMBER = "a number"
    IDENTIFIER = "an id"
    WORD = "a function or keyword"
    TEXT = "a quoted string"
    OPERATOR = "an operator"
    OPEN = "'('"
    CLOSE = "')'"
    OPEN_ARRAY = "'['"
    CLOSE_ARRAY = "']'"
    COMMA = "','"
    END = "the end of the expression"


@dataclass(frozen=True, slots=True)
class Token:
    """One token; ``text`` is a string's content without its quotes."""

    kind: TokenKind
    text: str
    column: int

    def __str__(self) -> str:
        return str(self.kind) if self.kind is TokenKind.END else repr(self.text)


_PATTERN = re.compile(
    r"""[ \t\r\n]*(?:
      (?P<NUMBER>(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)
    | (?P<IDENTIFIER>[a-z][A-Za-z0-9_]*)
    | (?P<WORD>[A-Z][A-Za-z0-9_]*)
    | (?P<TEXT>"[^"]*"|'[^']*')
    | (?P<OPERATOR>==|!=|<=|>=|&&|\|\||[-+*/^<>])
    | (?P<OPEN>\()
    | (?P<CLOSE>\))
    | (?P<OPEN_ARRAY>\[)
    | (?P<CLOSE_ARRAY>\])
    | (?P<COMMA>,)
    | (?P<END>\Z)
    )""",
    re.VERBOSE,
)

_CANONICAL = {"&&": "AND", "||": "OR"}


def tokenize(expression: str) -> Iterator[Token]:
    """The tokens of an expression, the last of them END; ExpressionError where one begins badly."""
    if len(expression) > MAX_LENGTH:
        raise ExpressionError(
            expression, MAX_LENGTH + 1, "too long", f"at most {MAX_LENGTH} characters"
        )
    position = 0
    while True:
        match = _PATTERN.match(expression, position)
        if match is None:
            raise _unreadable(expression, position)
        group = str(match.lastgroup)
        kind, text, column = TokenKind[group], match[group], match.start(group) + 1
        if kind is TokenKind.TEXT:
            text = text[1:-1]
        elif kind is TokenKind.WORD and text in ("AND", "OR"):
            kind = TokenKind.OPERATOR
        yield Token(kind, _CANONICAL.get(text, text), column)
        if kind is TokenKind.END:
            return
        position = match.end()


def _unreadable(expression: str, position: int) -> ExpressionError:
    column = position + 1
    while column <= len(expression) and expression[column - 1] in " \t\r\n":
        column += 1
    found = expression[column - 1]
    if found in "\"'":
        return ExpressionError(expression, column, "unfinished string", f"a closing {found}")
    hints = {
        "&": "'&&' or AND",
        "|": "'||' or OR",
        "=": "'=='",
        "!": "'!='",
        "“": "straight quotes",
    }
    return ExpressionError(
        expression,
        column,
        f"unexpected character {found!r}",
        hints.get(found, "a number, an id, a function, a string or an operator"),
    )
