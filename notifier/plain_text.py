"""Text from outside as a message may show it: visible, short, and nothing that a client obeys.

Mail clients, Slack and Teams make links of whatever looks like one, with a scheme or without. What
a record says is no link of ours, so an address is shown taken apart (``https[:]//``,
``example[.]com``), as is done with addresses that are evidence.
"""

from __future__ import annotations

import re

from tocsin.escaping import visible

_MOST_READ = 8  # times what is shown: what is beyond is cut before anything looks at it
_AUTHORITY = re.compile("[:\uff1a](?=[/\\\\\uff0f]{2})")
# Those that open something without ``//``.
_SCHEME = re.compile(
    r"(?i)\b(mailto|javascript|vbscript|data|tel|sms|callto|facetime|skype|xmpp|sips?|geo|magnet"
    r"|blob|msteams|slack|itms-services):"
)
# Without a scheme: names that end as clients know them to, in any script before a path.
_HOST = re.compile(
    r"(?i)(?<![\w.-])((?:[\w-]{1,63}\.){0,9}[\w-]{1,63})\."
    r"(com|net|org|edu|gov|mil|io|co|dev|ai|eu|uk|ru|cn|xyz|biz|ly|cc|tk|xn--[\w-]{1,59}"
    r"|[^\W\d_]{2,24}(?=/))(?![\w-])(?!\.\w)"
)
_WWW = re.compile(r"(?i)\b(www)\.")
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
    text = _SCHEME.sub(r"\1[:]", _AUTHORITY.sub("[:]", text))
    return _HOST.sub(r"\1[.]\2", _WWW.sub(r"\1[.]", text))
