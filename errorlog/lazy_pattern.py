"""Regular expressions that are compiled when first used.

A function's first failure pays for what is loaded to record it, with a fourteenth of a core at
128 MB; most failures need a few of the expressions only.
"""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_METHODS = ("search", "match", "fullmatch", "finditer", "findall", "split", "sub")
_made: list[LazyPattern] = []


class LazyPattern:
    """Stands for ``re.compile(expression, flags)`` until one of its methods is called."""

    def __init__(self, expression: str, flags: int) -> None:
        self.pattern = expression
        self.flags = flags
        _made.append(self)

    def __getattr__(self, name: str) -> Any:
        if name not in _METHODS:
            raise AttributeError(name)
        compiled = re.compile(self.pattern, self.flags)
        for method in _METHODS:
            setattr(self, method, getattr(compiled, method))
        return getattr(compiled, name)


def lazy(expression: str, flags: int = 0) -> re.Pattern[str]:
    """An expression to be compiled when it is first used."""
    return LazyPattern(expression, flags)  # type: ignore[return-value]


def every_pattern() -> list[LazyPattern]:
    """All that were declared so far, compiled or not."""
    return list(_made)
