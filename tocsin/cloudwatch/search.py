"""SEARCH: expressions that find metrics by their namespace, dimensions and words.

Follows https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/search-expression-syntax.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Protocol, runtime_checkable

from tocsin.cloudwatch.errors import RefusedDefinition
from tocsin.cloudwatch.metric_math.operators import Track
from tocsin.cloudwatch.metrics import Metric, MetricSource, MetricStat

MAX_RESULTS = 100
"""How many series one SEARCH returns at most."""

Predicate = Callable[[Metric], bool]


@runtime_checkable
class Listing(Protocol):
    """A source that knows which metrics it has."""

    def metrics(self) -> Iterable[Metric]: ...


def searchable(
    source: MetricSource, start: int, period: int, count: int
) -> Callable[[str, str, int | None], list[Track]]:
    """What SEARCH calls: series of a source's metrics over the request's periods."""

    def search(query: str, stat: str, own_period: int | None) -> list[Track]:
        if own_period not in (None, period):
            raise RefusedDefinition(
                "SEARCH", [f"period {own_period}; {period}, the request's, is accepted"]
            )
        if not isinstance(source, Listing):
            raise RefusedDefinition("SEARCH", ["this source of metrics cannot list its metrics"])
        matches = _compile(query)
        found = [metric for metric in source.metrics() if matches(metric)][:MAX_RESULTS]
        end = start + count * period
        return [
            Track(
                source.series(MetricStat(metric, period, stat), start, end).values,
                label=_label(metric),
            )
            for metric in found
        ]

    return search


def _label(metric: Metric) -> str:
    values = [value for _, value in metric.dimensions]
    return " ".join([*values, metric.name])


_TOKEN = re.compile(
    r"""[\s,]*(?:(?P<SCHEMA>\{[^}]*\})
    |(?P<PAREN>[()])
    |(?P<WORD>(?:[A-Za-z0-9_.:/-]+=)?(?:"(?:[^"\\]|\\.)*"|[^\s,()"{}=]+)))""",
    re.VERBOSE,
)


def _compile(query: str) -> Predicate:
    """A search string as a predicate; RefusedDefinition when it cannot be read."""
    tokens: list[str] = []
    position = 0
    while position < len(query.rstrip()):
        match = _TOKEN.match(query, position)
        if match is None:
            raise RefusedDefinition("SEARCH", [f"cannot read {query[position:]!r} in {query!r}"])
        tokens.append(match[str(match.lastgroup)])
        position = match.end()
    stream = iter([*tokens, ""])
    reader = _Reader(query, stream)
    return reader.whole()


class _Reader:
    """Recursive descent over OR, AND (also by mere juxtaposition), NOT and parentheses."""

    MAX_DEPTH = 50

    def __init__(self, query: str, tokens: Iterator[str]) -> None:
        self._query = query
        self._tokens = tokens
        self._next = next(tokens)

    def whole(self) -> Predicate:
        predicate = self._either(0)
        if self._next:
            raise self._refused()
        return predicate

    def _take(self) -> str:
        token, self._next = self._next, next(self._tokens, "")
        return token

    def _refused(self) -> RefusedDefinition:
        what = repr(self._next) if self._next else "the end"
        return RefusedDefinition("SEARCH", [f"unexpected {what} in {self._query!r}"])

    def _either(self, depth: int) -> Predicate:
        options = [self._all(depth)]
        while self._next == "OR":
            self._take()
            options.append(self._all(depth))
        return lambda metric: any(option(metric) for option in options)

    def _all(self, depth: int) -> Predicate:
        conditions = [self._one(depth)]
        while self._next not in ("", ")", "OR"):
            if self._next == "AND":
                self._take()
            conditions.append(self._one(depth))
        return lambda metric: all(condition(metric) for condition in conditions)

    def _one(self, depth: int) -> Predicate:
        if depth > self.MAX_DEPTH or self._next in ("", ")", "OR", "AND"):
            raise self._refused()
        word = self._take()
        if word == "NOT":
            inner = self._one(depth + 1)
            return lambda metric: not inner(metric)
        if word == "(":
            inside = self._either(depth + 1)
            if self._next != ")":
                raise self._refused()
            self._take()
            return inside
        if word.startswith("{"):
            return _schema(word[1:-1])
        return _term(word)


def _schema(text: str) -> Predicate:
    """``{Namespace, Dimension, ...}``: that namespace, and exactly those dimension names."""
    namespace, *names = [part.strip().strip('"') for part in text.split(",")]
    wanted = sorted(names)
    return lambda metric: (
        metric.namespace == namespace and sorted(name for name, _ in metric.dimensions) == wanted
    )


def _term(token: str) -> Predicate:
    """A word, or ``Property=word``; in double quotes it must match exactly."""
    property_name, equals, text = token.partition("=")
    if not equals or token.startswith('"'):
        property_name, text = "", token
    exact = text.startswith('"')
    words = re.sub(r"\\(.)", r"\1", text[1:-1]) if exact else text

    def matches(metric: Metric) -> bool:
        for name, value in _properties(metric):
            if property_name and name != property_name:
                continue
            if value == words if exact else _partly(words, value):
                return True
        return False

    return matches


def _properties(metric: Metric) -> Iterator[tuple[str, str]]:
    yield "Namespace", metric.namespace
    yield "MetricName", metric.name
    for name, value in metric.dimensions:
        yield name, value
        yield ":name", name


_WORD = re.compile(r"[A-Za-z0-9]+")
_PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")


def _partly(term: str, value: str) -> bool:
    """Whether a term's tokens follow each other among the value's.

    A word of one token matches in any case, one of several (``ReadOps``, ``Count1``) in its own;
    the whole of a name, without what separates, is a token too.
    """
    if _whole(term) == _whole(value):
        return True
    wanted = [
        (part, len(parts) == 1)
        for parts in (_PART.findall(word) for word in _WORD.findall(term))
        for part in parts
    ]
    given = _PART.findall(value)
    return bool(wanted) and any(
        all(
            part == token or (any_case and part.lower() == token.lower())
            for (part, any_case), token in zip(wanted, given[begin:], strict=False)
        )
        for begin in range(len(given) - len(wanted) + 1)
    )


def _whole(text: str) -> str:
    return "".join(_WORD.findall(text)).lower()
