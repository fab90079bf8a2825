"""Filter patterns for fields between spaces: ``[ip, user, ..., status = 4*, bytes > 1000]``.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/matching-terms-space-delimited-log-events.html
"""

from __future__ import annotations

import re

from tocsin.local.filter_pattern.conditions import Condition, condition
from tocsin.local.filter_pattern.errors import InvalidPattern
from tocsin.local.filter_pattern.values import Value, comparison, number

_ELLIPSIS = "..."
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")
_COMPARISON = re.compile(
    r"(?P<name>[A-Za-z_][A-Za-z0-9_.-]*)\s*(?P<symbol>!=|<=|>=|=|<|>)\s*"
    r"(?P<given>\"(?:\\.|[^\"\\])*\"|%[^%]+%|[^\s\"%]+)"
)
# A comma within quotes or a regular expression is none between fields.
_PART = re.compile(r'(?:"(?:\\.|[^"\\])*"|%[^%]+%|[^",%])*')
# A field of an event: what stands in quotes or in brackets is one.
_FIELD = re.compile(r'"([^"]*)"|\[([^\]]*)\]|(\S+)')


class SpacePattern:
    """The fields of ``text``, of which ``...`` stands for any number.

    Raises:
        InvalidPattern: a field is neither a name nor a comparison of one.
    """

    def __init__(self, text: str) -> None:
        if not text.endswith("]") or len(text) < 2:
            raise InvalidPattern("the bracket is not closed")
        parts = _parts(text[1:-1])
        dots = [index for index, part in enumerate(parts) if part == _ELLIPSIS]
        if len(dots) > 1:
            raise InvalidPattern("there is more than one ...")
        self._before = dots[0] if dots else len(parts)
        self._open = bool(dots)
        self._fields = [_field(part) for part in parts if part != _ELLIPSIS]

    def passes(self, message: str) -> bool:
        found = self._assigned(message)
        return found is not None and all(
            test is None or test(value)
            for (_, test), value in zip(self._fields, found, strict=True)
        )

    def value(self, selector: str, message: str) -> Value | None:
        """The field that ``$name`` names."""
        names = [name for name, _ in self._fields]
        found = self._assigned(message)
        name = selector.removeprefix("$")
        return found[names.index(name)] if found is not None and name in names else None

    def _assigned(self, message: str) -> list[Value] | None:
        """The event's field for each of the pattern's; None where their number does not fit."""
        found = [match[match.lastindex or 0] for match in _FIELD.finditer(message)]
        spare = len(found) - len(self._fields)
        if spare < 0 or (spare and not self._open):
            return None
        return found[: self._before] + found[self._before + spare :]


def _parts(text: str) -> list[str]:
    if not text.strip():
        return []
    parts, at = [], 0
    while at <= len(text):
        found = _PART.match(text, at)
        end = found.end() if found else at
        if end < len(text) and text[end] != ",":
            raise InvalidPattern(f"{text[end:][:40]!r}: a quote or % is not closed")
        parts.append(text[at:end].strip())
        at = end + 1
    return parts


def _field(text: str) -> tuple[str, Condition[Value] | None]:
    if _NAME.fullmatch(text):
        return text, None
    names: list[str] = []

    def compare(one: str) -> Condition[Value]:
        found = _COMPARISON.fullmatch(one)
        if found is None:
            raise InvalidPattern(f"{one[:60]!r}: a name, or such as status = 4*, is accepted")
        names.append(found["name"])
        return _of_text(comparison(found["symbol"], found["given"]), found["given"])

    test = condition(text, compare)
    if len(set(names)) != 1:
        raise InvalidPattern(f"{text[:60]!r}: one field is compared under several names")
    return names[0], test


def _of_text(test: Condition[Value], given: str) -> Condition[Value]:
    """A field is a text; compared with a number it is read as one."""
    if number(given) is None:
        return test
    return lambda value: (found := number(str(value))) is not None and test(found)
