"""Where the value of a key begins and ends in a text: quoted, in brackets, in a block, or bare."""

from __future__ import annotations

import re
from collections import namedtuple
from collections.abc import Callable

from errorlog.lazy_pattern import lazy
from errorlog.secret_keys import STRONG, KeyKind
from errorlog.secret_values import is_secret

MAX_VALUE = 8_192

_OPENING = lazy(r"""[bBrRuUfF]{0,2}(\\{0,4})(\"{3}|'{3}|["'`])""")
_PLAIN_END = {
    '"': re.compile(r'(?:[^"\\]|\\.)*+', re.DOTALL),
    "'": lazy(r"(?:[^'\\]|\\.)*+", re.DOTALL),
    "`": lazy(r"[^`]*+"),
}
_SCHEME = lazy(
    r"(?:bearer|basic|digest|token|negotiate|ntlm|apikey|hawk|aws4-hmac-sha256|key)[ \t]{1,4}",
    re.IGNORECASE,
)
_BARE = lazy(r"""[^\s&;,"'<>(){}\[\]]+""")
# What goes on in brackets: SecretStr('x'), or a password with brackets in it.
_ATTACHED = lazy(
    r"""(?:[(\[{](?:"[^"\n]{0,400}+"|'[^'\n]{0,400}+'|[^\s()\[\]{}"'&;,<>])*+[)\]}]?"""
    r"""[^\s&;,"'<>(){}\[\]]*+)++"""
)
_FUNCTIONS = ("password", "md5", "sha", "sha1", "sha2", "sha256", "sha512", "crypt", "bcrypt")
# Where a statement, a template or a shell puts the value in, and a text has none.
_PLACE = lazy(
    r"(?:%\(\w{1,60}\)[sdr](?:::[\w ]{1,40})?|%(?:\[\d\])?[sdvqr]|\?\d{0,3}|@p\d{1,3}"
    r"|\$\d{1,3}(?:::[\w ]{1,40})?|\$\{{1,2}[\s\w.]{1,100}\}{1,2}"
    r"|\$\([\w.]{1,60}\)|#\{[\s\w.]{1,60}\}|\{\{[\s\w.]{1,100}\}\}|\{[A-Za-z_.]{1,60}\})"
    r"(?![^\s&;,\"'<>)}\]])"
)
_REST_OF_LINE = lazy(r"[^\r\n]{0,8192}+")
_HEADER_VALUE = lazy(r"""[^\r\n"']{0,8192}+""")
_BLOCK = lazy(r"[|>][+\-]?[ \t]{0,4}\r?\n([ \t]{1,40})")
_ANOTHER_PAIR = lazy(r"[&;,|]\s?[\w.\-]{1,64}=")
_BRACKETS = lazy(r"[\[\](){}]")


# Where a value stands in a text, and whether quotes or brackets say where it ends.
Value = namedtuple("Value", "start end enclosed")
# What a key or a word says of its value, where that is, and what stands after it in its sentence.
Found = tuple[KeyKind, Value, str] | None
KindOf = Callable[[str], KeyKind]


def value_at(text: str, start: int, match: re.Match[str], kind: KeyKind) -> Value:
    """The value that begins at ``start``."""
    opened = _OPENING.match(text, start)
    if opened is not None:
        return _quoted(text, opened)
    if _PLACE.match(text, start) is not None:
        return Value(start, start, False)
    if text[start : start + 1] in ("[", "{", "("):
        return _bracketed(text, start)
    block = _BLOCK.match(text, start)
    if block is not None:
        end = text.find("\n\n", block.end(), block.end() + MAX_VALUE)
        stop = _end_of_block(text, block.end(), block[1])
        return Value(block.end(), min(end, stop) if end >= 0 else stop, True)
    key = match[1].lower()
    scheme = _SCHEME.match(text, start)
    separator = match[2] if match.lastindex == 2 else ""
    header = ":" in separator and key.endswith(("cookie", "authorization"))
    if header and (key.endswith("cookie") or scheme is not None):
        # The whole header: a cookie holds several pairs, each as secret as the first.
        line = _HEADER_VALUE.match(text, start)
        return Value(start, line.end() if line is not None else start, False)
    if kind.strength == STRONG and separator and begins_line(text, match.start()):
        line = _REST_OF_LINE.match(text, start)
        held = line[0] if line is not None else ""
        if (
            held
            and not any(character in held for character in "\"'<>{}[]")
            and not (_ANOTHER_PAIR.search(held) or (" " in held and "=" not in separator))
        ):
            return Value(start, start + len(held.rstrip()), False)
    bare = _BARE.match(text, scheme.end() if scheme is not None else start)
    if bare is None and scheme is not None:
        bare = _BARE.match(text, start)
    if bare is None:
        return Value(start, start, False)
    held = bare[0][:MAX_VALUE]
    if text[bare.end() : bare.end() + 1] in ("(", "[", "{") and (
        held.lower() in _FUNCTIONS or is_secret(kind, held)
    ):
        attached = _ATTACHED.match(text, bare.end())
        if attached is not None:
            return Value(start, min(attached.end(), start + MAX_VALUE), False)
    return Value(start, min(bare.end(), start + MAX_VALUE), False)


def _quoted(text: str, opened: re.Match[str]) -> Value:
    start, mark = opened.end(), opened[1] + opened[2]
    if opened[1] or len(mark) > 1:
        end = text.find(mark, start)
    else:
        plain = _PLAIN_END[opened[2]].match(text, start)
        end = plain.end() if plain is not None else start
    return Value(start, len(text) if end < 0 else end, True)


def _bracketed(text: str, start: int) -> Value:
    depth = 0
    for bracket in _BRACKETS.finditer(text, start, start + MAX_VALUE):
        depth += 1 if bracket[0] in "[{(" else -1
        if depth == 0:
            return Value(start, bracket.end(), True)
    return Value(start, min(len(text), start + MAX_VALUE), True)


def _end_of_block(text: str, start: int, indent: str) -> int:
    at = start
    for _ in range(200):
        line_end = text.find("\n", at)
        if line_end < 0:
            return len(text)
        if not text.startswith(indent, line_end + 1):
            return line_end
        at = line_end + 1
    return at


def begins_line(text: str, start: int) -> bool:
    before = text[max(0, start - 12) : start].rstrip(" \t")
    return not before or before[-1] in "\r\n" or before.endswith(("export", "-", "set"))


def content_at(text: str, start: int) -> Value:
    if text.startswith("<![CDATA[", start):
        start += 9
        end = text.find("]]>", start)
    else:
        end = text.find("<", start)
    return Value(start, len(text) if end < 0 else end, True)
