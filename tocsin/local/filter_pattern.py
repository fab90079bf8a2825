"""CloudWatch Logs' filter patterns for unstructured text: terms, phrases, options, exclusions.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

MAX_LENGTH = 1_024
"""Characters that PutSubscriptionFilter and PutMetricFilter take."""

# A sign, then a phrase in quotes, in which a backslash escapes, or a regular expression between
# percent signs, or a word.
_TERM = re.compile(
    r'(?P<sign>[?-]?)(?:"(?P<phrase>(?:\\.|[^"\\])*)"|%(?P<regex>[^%]+)%|(?P<word>\S+))'
)
_ESCAPE = re.compile(r"\\(.)")


class UnsupportedPattern(ValueError):
    """A pattern for JSON (``{``) or for fields between spaces (``[``)."""


def matches(pattern: str, message: str) -> bool:
    """Whether a log event with ``message`` passes ``pattern``; an empty one passes everything.

    All plain terms must be there and no excluded one; terms with a question mark count only
    where there is no plain one, and then one of them is enough.

    Raises:
        UnsupportedPattern: it is not one for unstructured text.
    """
    return _compiled(pattern)(message)


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> Callable[[str], bool]:
    text = pattern.strip()
    if text[:1] in ("{", "["):
        raise UnsupportedPattern(pattern)
    needed: list[Callable[[str], bool]] = []
    options: list[Callable[[str], bool]] = []
    excluded: list[Callable[[str], bool]] = []
    for match in _TERM.finditer(text):
        {"": needed, "?": options, "-": excluded}[match["sign"]].append(_term(match))

    def passes(message: str) -> bool:
        if any(term(message) for term in excluded):
            return False
        if needed or not options:
            return all(term(message) for term in needed)
        return any(term(message) for term in options)

    return passes


def _term(match: re.Match[str]) -> Callable[[str], bool]:
    if match["regex"] is not None:
        expression = re.compile(match["regex"])
        return lambda message: expression.search(message) is not None
    phrase = match["phrase"]
    wanted = match["word"] if phrase is None else _ESCAPE.sub(r"\1", phrase)
    return lambda message: wanted in message
