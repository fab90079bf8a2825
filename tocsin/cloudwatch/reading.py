"""Reading properties out of untyped JSON, gathering every fault on the way."""

from __future__ import annotations

import math
import reprlib
from collections.abc import Mapping, Sequence
from typing import Any

from tocsin.cloudwatch.errors import NotEvaluatedError, RefusedDefinition

_REPR = reprlib.Repr()
_REPR.maxstring = _REPR.maxother = 120
_REPR.maxlevel, _REPR.maxlist, _REPR.maxdict = 3, 10, 6


def shortened(value: object) -> str:
    """A value as a message shows it, however long and deep it is."""
    return _REPR.repr(value)


class Reader:
    """Typed access to one mapping; faults are gathered and raised together by ``finish``.

    A getter always returns a value of its type, so that reading can go on after a fault.
    """

    def __init__(
        self,
        properties: Mapping[str, Any],
        *,
        subject: str,
        where: str = "",
        problems: list[str] | None = None,
        unsupported: list[str] | None = None,
    ) -> None:
        self._properties = properties
        self._subject = subject
        self._where = where
        self._problems: list[str] = [] if problems is None else problems
        self._unsupported: list[str] = [] if unsupported is None else unsupported

    def problem(self, text: str) -> None:
        """Add a fault."""
        self._problems.append(self._where + text)

    def not_evaluated(self, text: str) -> None:
        """Add something that CloudWatch takes and that is not evaluated here."""
        self._unsupported.append(self._where + text)

    def finish(self) -> None:
        """Raise RefusedDefinition when there was any fault, else NotEvaluatedError for the rest."""
        if self._problems:
            raise RefusedDefinition(self._subject, self._problems)
        if self._unsupported:
            raise NotEvaluatedError(self._subject, self._unsupported)

    def known(self, keys: frozenset[str]) -> None:
        """Fault every property that is none of ``keys``."""
        for key in self._properties:
            if key not in keys:
                self.problem(f"{key}: unknown property; accepted: {', '.join(sorted(keys))}")

    def given(self, key: str) -> bool:
        """Whether the property is there and not null."""
        return self._properties.get(key) is not None

    def has(self, key: str) -> bool:
        """Whether the property is given and no empty list: CloudWatch takes that for absent."""
        return self._properties.get(key) not in (None, [], ())

    def text(self, key: str, default: str | None = None) -> str:
        """A string; required when there is no default."""
        value = self._required(key, default is None)
        if value is None:
            return default or ""
        if not isinstance(value, str):
            self.problem(f"{key}: {shortened(value)}; a string is accepted")
            return default or ""
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of strings, empty when absent."""
        values = self._list(key)
        for value in values:
            if not isinstance(value, str):
                self.problem(f"{key}: {shortened(value)}; strings are accepted")
        return tuple(value for value in values if isinstance(value, str))

    def boolean(self, key: str, default: bool) -> bool:
        """A boolean, also as the strings true and false."""
        value = self._properties.get(key)
        words = {"true": True, "false": False}
        if value is None:
            return default
        if isinstance(value, str) and value.lower() in words:
            return words[value.lower()]
        if not isinstance(value, bool):
            self.problem(f"{key}: {shortened(value)}; true or false is accepted")
            return default
        return value

    def number(self, key: str) -> float:
        """A required number."""
        value = self._number(key, self._required(key, True))
        return 0.0 if value is None else value

    def whole(self, key: str) -> int:
        """A required whole number; 1 stands in for one that cannot be read."""
        required = self._required(key, True)
        value = None if required is None else self.optional_whole(key)
        return 1 if value is None else value

    def optional_whole(self, key: str) -> int | None:
        """A whole number, None when absent."""
        value = self._number(key, self._properties.get(key))
        if value is None:
            return None
        if not value.is_integer():
            self.problem(f"{key}: {self._properties[key]!r}; a whole number is accepted")
            return None
        return int(value)

    def mapping(self, key: str) -> Reader:
        """A nested object; its faults are this reader's."""
        value = self._required(key, True)
        if value is not None and not isinstance(value, Mapping):
            self.problem(f"{key}: {shortened(value)}; an object is accepted")
        inside = value if isinstance(value, Mapping) else {}
        return self._inside(inside, key)

    def items(self, key: str) -> list[Reader]:
        """A list of objects, empty when absent."""
        readers = []
        for index, value in enumerate(self._list(key)):
            if isinstance(value, Mapping):
                name = value.get("Id")
                label = name if isinstance(name, str) and name else f"{key}[{index}]"
                readers.append(self._inside(value, label))
            else:
                self.problem(f"{key}[{index}]: {shortened(value)}; an object is accepted")
        return readers

    def _inside(self, value: Mapping[str, Any], name: str) -> Reader:
        return Reader(
            value,
            subject=self._subject,
            where=f"{self._where}{name}: ",
            problems=self._problems,
            unsupported=self._unsupported,
        )

    def _list(self, key: str) -> Sequence[Any]:
        value = self._properties.get(key)
        if value is None:
            return ()
        if isinstance(value, str) or not isinstance(value, Sequence):
            self.problem(f"{key}: {shortened(value)}; a list is accepted")
            return ()
        return value

    def _required(self, key: str, required: bool) -> Any:
        value = self._properties.get(key)
        if value is None and required:
            self.problem(f"{key}: missing; it is required")
        return value

    def _number(self, key: str, value: Any) -> float | None:
        if value is None:
            return None
        try:
            number = math.nan if isinstance(value, bool) else float(value)
        except (TypeError, ValueError, OverflowError):
            number = math.nan
        if not math.isfinite(number):
            self.problem(f"{key}: {shortened(value)}; a finite number is accepted")
            return None
        return number
