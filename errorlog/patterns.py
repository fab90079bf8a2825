"""Secrets in a text: by their own form, and by the name of the key before them.

Every expression is linear in the text: what repeats without bound is followed by nothing that
can fail, or begins where no other match can.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import cache, lru_cache
from json.encoder import encode_basestring_ascii as quoted

from errorlog import encodings
from errorlog.bounds import json_size
from errorlog.lazy_pattern import lazy
from errorlog.secret_forms import hide_forms
from errorlog.secret_keys import (
    HINTS,
    HINTS_BEYOND_ASCII,
    MAX_KEY,
    SPOKEN_HINTS,
    STRONG,
    KeyKind,
    kind_of,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from errorlog.key_sets import KeySet

REDACTED = "[redacted]"
# No more of a text is looked at; what is kept of one is far less.
MAX_TEXT = 262_144

SHORTEST = 4  # pw=x
SHORTEST_FORM = 8  # zip -P x
SHORTEST_BASE64 = 12
QUOTED = 4  # what JSON needs around a text: quotes, a colon or comma, and a bracket's share
# What an earlier failure read and found nothing in, since events of one function are alike.
_MAX_ORDINARY = 1_024
_MAX_NAMES = 4_096
_MAX_NAME_BYTES = 512  # of JSON, as all names in ASCII are that are looked at whole
MAX_ORDINARY_CHARS = 256
# Of these no notation of a key and its value lacks all, but for that by words and by options.
_NOTED = ("=", ":", '"', "'", ">", "\n")
_DASH = lazy(r"(?<![\w\-])-")
_SCHEME = lazy(
    r"(?<![\w\-])((?i:bearer|digest|negotiate|ntlm|apikey|hawk)\s{1,4})[\w.~+/=\-]{8,}"
    r"|(?<![\w\-])((?i:basic)\s{1,4})[A-Za-z0-9+/]{8,}={0,2}"
)
_SCHEME_HINTS = ("bearer ", "digest ", "negotiate ", "ntlm ", "basic ", "apikey ", "hawk ")
_SIGNATURE = lazy(r"((?:Credential|Signature|SignedHeaders)=)[^\s,;&\"']{8,}")
_NEIGHBOURS = ("'loc'", "kty", "code=", "data:", ":54", ":6432:", ":26257:", ":*:")
_PATHS = lazy(r"/(?:reset|magic|activate|invit|token|access|api|secret|unsubscribe)|reset/")
_TOLD_HINTS = (
    "value=",
    "redentials",
    "creds",
    "Invalid type for parameter",
    "Duplicate entry",
    "argument -",
    " at '",
    "alue '",
    " is not a valid ",
    "found: '%",
    "to integer value",
    "nvalid port: '",
    "[line ",
    "eader value",
    "Header part (",
    "Failing row",
)
_SEPARATORS = lazy(r"[^a-z0-9*]+")


class Patterns:
    """The built-in patterns and a team's own keys.

    ``keys`` are globs for whole keys; case and separators do not count: ``*plate`` covers
    ``licence-plate`` and ``licencePlate``.
    """

    def __init__(self, keys: tuple[str, ...] = (), emails: bool = False) -> None:
        self._own_keys = [_squeezed(key).split("*") for key in keys if _squeezed(key)]
        self._emails = emails
        self._kind_of = kind_of if not self._own_keys else lru_cache(maxsize=4_096)(self._kind)
        # What the names of keys say, their size in JSON, and how they begin a pair of it.
        self.names: dict[str, tuple[KeyKind, int, str]] = {}
        # What those of a mapping say together.
        self.key_sets: dict[tuple[object, ...], KeySet] = {}
        # Texts that hold no secret, neither as they are nor decoded, and their size in JSON.
        self.ordinary: dict[str, int] = {}
        # Frames of a stack, which are the same at each failure.
        self.code = lru_cache(maxsize=512)(self._code)

    def kind(self, key: str) -> KeyKind:
        """What ``key`` says of its value."""
        return self._kind_of(key[-MAX_KEY:])

    def key(self, name: str) -> tuple[KeyKind, int, str]:
        """What ``name`` says of its value, its size in JSON, and itself as the key of a pair.

        The size is 0 where it may itself hold a secret.
        """
        found = self.names.get(name)
        if found is None:
            if len(name) > MAX_KEY:
                return self.kind(name), 0, ""
            found = self._key(name)
            if len(found[2]) <= _MAX_NAME_BYTES:
                if len(self.names) >= _MAX_NAMES:
                    self.names.clear()
                self.names[name] = found
        return found

    def _key(self, name: str) -> tuple[KeyKind, int, str]:
        size = 0
        if name and (len(name) < SHORTEST_FORM or self.is_ordinary(name)):
            size = self.size(name)
        return self.kind(name), size, f"{json.dumps(name)}:"

    def is_ordinary(self, text: str) -> bool:
        """Whether ``text`` holds no secret, neither as it is nor decoded."""
        return (
            not encodings.is_escaped(text)
            and encodings.json_of(text) is None
            and (len(text) < SHORTEST_BASE64 or encodings.base64_decoded(text) is None)
            and not encodings.base64_within(text)
            and self.text(text) == text
        )

    def size(self, text: str) -> int:
        """Bytes that ``text`` takes in JSON; 0 where it has none, for a lone surrogate."""
        if text.isascii():
            return len(quoted(text)) + (QUOTED - 2)
        try:
            text.encode()
        except UnicodeEncodeError:
            return 0
        return json_size(text) + QUOTED

    def remember(self, text: str, size: int) -> None:
        """That ``text``, of at most :data:`MAX_ORDINARY_CHARS`, is ordinary.

        ``size`` is its size in JSON, or 0.
        """
        if size:
            if len(self.ordinary) >= _MAX_ORDINARY:
                self.ordinary.clear()
            self.ordinary[text] = size

    def _kind(self, key: str) -> KeyKind:
        squeezed = _squeezed(key)
        if any(_is_like(squeezed, parts) for parts in self._own_keys):
            return KeyKind(STRONG, 1)
        return kind_of(key)

    def _code(self, text: str) -> str:
        return self.text(text, code=True)

    def text(
        self, text: str, found: Callable[[str], object] | None = None, *, code: bool = False
    ) -> str:
        """``text`` with every secret in it replaced; ``found`` is told each.

        In ``code``, lines of a program, only quoted values of keys count. Of a text longer than
        :data:`MAX_TEXT` the rest is left out.
        """

        def hide(match: re.Match[str]) -> str:
            kept = match[match.lastindex] if match.lastindex else ""
            if found is not None:
                found(match[0][len(kept) :])
            return kept + REDACTED

        def hidden(value: str) -> str:
            if found is not None:
                found(value)
            return REDACTED

        text = text[:MAX_TEXT]
        if len(text) < SHORTEST:
            return text
        if len(text) >= SHORTEST_FORM:
            text = hide_forms(text, hide, hidden, emails=self._emails)
        noted = _holds(text, _NOTED)
        if not noted and " " not in text and "/" not in text:
            return text
        lower = text.lower()
        if " " in text and _holds(lower, _SCHEME_HINTS):
            text = _SCHEME.sub(lambda match: match[0] if _is_prose(match) else hide(match), text)
        if "Signature=" in text:
            text = _SIGNATURE.sub(hide, text)
        if self._own_keys or _may_assign(text, lower, noted):
            from errorlog import assignments

            text = assignments.hide_assigned(text, self.kind, hidden, code=code)
            if not code and ("\n" in text or "insert into" in lower):
                from errorlog import secret_columns

                text = secret_columns.hide_columns(text, self.kind, hidden)
            if not code and _holds(text, _TOLD_HINTS):
                from errorlog import told_values

                text = told_values.hide_told(text, self.kind, hidden)
        if not code and (
            (noted and _holds(lower, _NEIGHBOURS))
            or ("/" in lower and _PATHS.search(lower) is not None)
        ):
            from errorlog import secret_neighbours

            text = secret_neighbours.hide_neighbours(text, hide, hidden)
        return text


def _is_prose(match: re.Match[str]) -> bool:
    """Whether a word follows the scheme: "digest mismatch", "Bearer authentication"."""
    held = match[0][len(match[match.lastindex or 0]) :]
    return held.islower() and held.replace("-", "").isalpha()


def _may_assign(text: str, lower: str, noted: bool) -> bool:
    """Whether a key with its value may be in ``text``; most texts have none of their words."""
    if not noted and ("-" not in text or not _DASH.search(text)):
        return _holds(lower, SPOKEN_HINTS)
    return _holds(lower, HINTS) or (not text.isascii() and _holds(lower, HINTS_BEYOND_ASCII))


def _holds(text: str, words: tuple[str, ...]) -> bool:
    for word in words:  # noqa: SIM110 - any() takes twice as long, and this is the hot path
        if word in text:
            return True
    return False


def _squeezed(key: str) -> str:
    return _SEPARATORS.sub("", key.lower())


def _is_like(key: str, parts: list[str]) -> bool:
    """Whether ``key`` is what the parts of a glob say, in their order."""
    if len(parts) == 1:
        return key == parts[0]
    first, last = parts[0], parts[-1]
    if len(key) < len(first) + len(last) or not (key.startswith(first) and key.endswith(last)):
        return False
    at, end = len(first), len(key) - len(last)
    for part in parts[1:-1]:
        at = key.find(part, at, end)
        if at < 0:
            return False
        at += len(part)
    return True


@cache
def patterns(keys: tuple[str, ...], emails: bool) -> Patterns:
    """The patterns for these settings, made once."""
    return Patterns(keys, emails)
