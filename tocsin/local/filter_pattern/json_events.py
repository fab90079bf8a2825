"""Filter patterns for JSON: ``{ $.level = "ERROR" && $.latency > 500 }``.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/matching-terms-json-log-events.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from tocsin.local.filter_pattern.conditions import Condition, condition
from tocsin.local.filter_pattern.errors import InvalidPattern
from tocsin.local.filter_pattern.values import Value, comparison

Step = str | int | None
"""A key, an index, or None for every element (``*``)."""

_COMPARISON = re.compile(
    r"(?P<selector>\$[^\s=!<>]*)\s*(?:"
    r"(?P<symbol>!=|<=|>=|=|<|>)\s*(?P<given>\"(?:\\.|[^\"\\])*\"|%[^%]+%|[^\s\"%=<>!{}]+)"
    r"|(?P<state>IS\s+NULL|IS\s+TRUE|IS\s+FALSE|NOT\s+EXISTS))",
    re.DOTALL,
)
_STEP = re.compile(
    r"""\.(?P<key>[^.\[\]"'\s]+)|\[(?:(?P<index>\d{1,9})|(?P<all>\*)|'(?P<name>[^']*)'|"(?P<text>[^"]*)")\]"""
)


class JsonPattern:
    """What stands between the braces of ``text``; an event that is no JSON object does not pass.

    Raises:
        InvalidPattern: a selector does not begin with ``$.``, or a comparison is none.
    """

    def __init__(self, text: str) -> None:
        if not text.endswith("}"):
            raise InvalidPattern("the brace is not closed")
        self._condition: Condition[dict[str, Any]] = condition(text[1:-1], _comparison)

    def passes(self, message: str) -> bool:
        event = _event(message)
        return event is not None and self._condition(event)

    def value(self, selector: str, message: str) -> Value | None:
        """The text or number that ``selector`` names in an event; None where there is none."""
        event = _event(message)
        found = () if event is None else _found(event, steps(selector))
        return next((value for value in found if _is_plain(value)), None)


def steps(selector: str) -> tuple[Step, ...]:
    """The way that a selector goes: ``$.items[0].name``.

    Raises:
        InvalidPattern: it is none.
    """
    found: list[Step] = []
    at = 1
    while at < len(selector):
        step = _STEP.match(selector, at)
        if step is None:
            break
        at = step.end()
        if step["index"] is not None:
            found.append(int(step["index"]))
        elif step["all"] or step["key"] == "*":
            found.append(None)
        else:
            found.append(
                next(text for text in step.group("key", "name", "text") if text is not None)
            )
    if not selector.startswith("$") or at < len(selector) or not found:
        raise InvalidPattern(f"{selector}: a selector such as $.level is accepted")
    return tuple(found)


def _event(message: str) -> dict[str, Any] | None:
    text = message.strip()
    if not text.startswith("{"):
        return None
    try:
        event = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return event if isinstance(event, dict) else None


def _found(value: Any, way: tuple[Step, ...]) -> Iterator[Any]:
    if not way:
        yield value
        return
    step, rest = way[0], way[1:]
    if step is None:
        inside = value.values() if isinstance(value, dict) else value
        for item in inside if isinstance(value, dict | list) else ():
            yield from _found(item, rest)
    elif isinstance(step, int):
        if isinstance(value, list) and step < len(value):
            yield from _found(value[step], rest)
    elif isinstance(value, dict) and step in value:
        yield from _found(value[step], rest)


def _comparison(text: str) -> Condition[dict[str, Any]]:
    found = _COMPARISON.fullmatch(text)
    if found is None:
        raise InvalidPattern(
            f'{text[:60]!r}: accepted is such as $.level = "ERROR", $.latency > 500, '
            "$.user IS NULL, $.error NOT EXISTS"
        )
    way = steps(found["selector"])
    if found["state"] is None:
        compare = comparison(found["symbol"], found["given"])
        return lambda event: any(compare(value) for value in _found(event, way) if _is_plain(value))
    word = found["state"].split()[1]
    if word == "EXISTS":
        return lambda event: not any(True for _ in _found(event, way))
    wanted = {"NULL": None, "TRUE": True, "FALSE": False}[word]
    return lambda event: any(value is wanted for value in _found(event, way))


def _is_plain(value: Any) -> bool:
    return isinstance(value, str | int | float) and not isinstance(value, bool)
