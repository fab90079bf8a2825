"""Text from outside as a message may show it: visible, short, and nothing that a client obeys.

Mail clients, Slack and Teams make links of whatever looks like one. What a record says is no link
of ours, so it is shown with its scheme taken apart (``https[:]//``), as is done with addresses
that are evidence.
"""

from __future__ import annotations

import re

from tocsin.escaping import visible

_MOST_READ = 8  # times what is shown: what is beyond is cut before anything looks at it
_ADDRESS = re.compile(
    r"(?i)\b([a-z][a-z0-9+.-]{0,20}):(?=//)|\b(www)\.|\b(mailto|javascript|data):"
)
_ELLIPSIS = "..."


def shown(text: object, most: int) -> str:
    """``text`` as one line of at most ``most`` characters, which no client takes for a link.

    Control, format and invisible characters are their escapes, line breaks too.
    """
    return cut(_taken_apart(as_data(text, most * 2)), most)


def as_data(text: object, most: int) -> str:
    """``text`` as one visible line of at most ``most`` characters, for a program to read."""
    line = str(text)[: most * _MOST_READ]
    return cut(visible(line), most)


def lines(text: str, most: int) -> str:
    """``text`` with its lines as they are, and what is not visible as its escape."""
    return cut(visible(text[: most + 1], keep="\n"), most)


def ascii_only(text: str) -> str:
    """``text`` with a question mark for each character that is not ASCII."""
    return text.encode("ascii", "replace").decode("ascii")


def cut(text: str, most: int) -> str:
    """``text``, or its beginning and an ellipsis."""
    return text if len(text) <= most else text[: max(0, most - len(_ELLIPSIS))] + _ELLIPSIS


def _taken_apart(text: str) -> str:
    return _ADDRESS.sub(_bracketed, text)


def _bracketed(found: re.Match[str]) -> str:
    scheme, www, other = found.groups()
    return f"{scheme or other}[:]" if not www else f"{www}[.]"
