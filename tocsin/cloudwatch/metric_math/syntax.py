"""The tree of a metric math expression, and the kinds of its values."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class ValueKind(StrEnum):
    """What an expression yields, in the abbreviations of the CloudWatch user guide."""

    SCALAR = "S"
    SERIES = "TS"
    ARRAY = "TS[]"


@dataclass(frozen=True, slots=True)
class Number:
    """A literal."""

    column: int
    value: float


@dataclass(frozen=True, slots=True)
class Reference:
    """The id of another query."""

    column: int
    id: str


@dataclass(frozen=True, slots=True)
class Text:
    """A quoted string, an argument of METRICS, SEARCH and their like."""

    column: int
    value: str


@dataclass(frozen=True, slots=True)
class Word:
    """A bare upper-case word in an argument's place: REPEAT, LINEAR, ASC, DESC, AVG, ..."""

    column: int
    value: str


@dataclass(frozen=True, slots=True)
class Array:
    """``[m1, m2]``."""

    column: int
    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Negation:
    """Unary minus."""

    column: int
    operand: Node


@dataclass(frozen=True, slots=True)
class Operation:
    """A binary operator; ``symbol`` is canonical: AND and OR stand for && and || too."""

    column: int
    symbol: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class FunctionCall:
    column: int
    name: str
    arguments: tuple[Node, ...]


Node = Number | Reference | Text | Word | Array | Negation | Operation | FunctionCall
