"""Filter patterns for unstructured text: terms, phrases, options, exclusions.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/matching-terms-unstructured-log-events.html
"""

from __future__ import annotations

import re
from collections.abc import Callable

from tocsin.local.filter_pattern.errors import InvalidPattern
from tocsin.local.filter_pattern.values import Value, expression, unquoted

# A sign, then a phrase in quotes, in which a backslash escapes, or a regular expression between
# percent signs, or a word.
_TERM = re.compile(
    r'(?P<sign>[?-]?)(?:(?P<phrase>"(?:\\.|[^"\\])*")|%(?P<regex>[^%]+)%|(?P<word>\S+))'
)


class TextPattern:
    """All plain terms must be there and no excluded one; terms with a question mark count only
    where there is no plain one, and then one of them is enough.

    Raises:
        InvalidPattern: a quote is not closed, or a regular expression is none.
    """

    def __init__(self, text: str) -> None:
        self._needed: list[Callable[[str], bool]] = []
        self._options: list[Callable[[str], bool]] = []
        self._excluded: list[Callable[[str], bool]] = []
        by_sign = {"": self._needed, "?": self._options, "-": self._excluded}
        for match in _TERM.finditer(text):
            by_sign[match["sign"]].append(_term(match))

    def passes(self, message: str) -> bool:
        if any(term(message) for term in self._excluded):
            return False
        if self._needed or not self._options:
            return all(term(message) for term in self._needed)
        return any(term(message) for term in self._options)

    def value(self, selector: str, message: str) -> Value | None:
        """Text has nothing that a selector could name."""
        return None


def _term(match: re.Match[str]) -> Callable[[str], bool]:
    if match["regex"] is not None:
        found = expression(match["regex"])
        return lambda message: found.search(message) is not None
    phrase = match["phrase"]
    if phrase is None and match["word"].startswith('"'):
        raise InvalidPattern(f"{match['word']}: the quote is not closed")
    wanted = match["word"] if phrase is None else unquoted(phrase)
    return lambda message: wanted in message
