"""Values that only a deployment knows, for which a text stands."""

from collections.abc import Mapping
from typing import Any


class Undecided(str):
    """What only a deployment knows, for which this text stands."""

    __slots__ = ()


class Imported(Undecided):
    """The value of another stack's output, for which the export's name stands."""

    __slots__ = ()


def has_undecided(value: Any) -> bool:
    """Whether one is in ``value``, however deep."""
    if isinstance(value, Mapping):
        return any(map(has_undecided, value.values()))
    if isinstance(value, list):
        return any(map(has_undecided, value))
    return isinstance(value, Undecided)
