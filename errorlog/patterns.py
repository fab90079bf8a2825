"""Secrets in a text: by their own form, and by the name of the key before them.

Every expression is linear in the text: what repeats without bound is followed by nothing that
can fail, or begins where no other match can.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import cache, lru_cache
from itertools import pairwise

from errorlog import encodings
from errorlog.bounds import json_size
from errorlog.lazy_pattern import lazy
from errorlog.secret_keys import (
    HINTS,
    HINTS_BEYOND_ASCII,
    MAX_KEY,
    SPOKEN_HINTS,
    STRONG,
    KeyKind,
    kind_of,
)
from errorlog.secret_values import is_opaque

REDACTED = "[redacted]"
# No more of a text is looked at; what is kept of one is far less.
MAX_TEXT = 262_144

SHORTEST = 4  # pw=x
SHORTEST_FORM = 11  # a social security number
SHORTEST_BASE64 = 12
QUOTED = 4  # what JSON needs around a text: quotes, a colon or comma, and a bracket's share
# What an earlier failure read and found nothing in, since events of one function are alike.
_MAX_ORDINARY = 1_024
_MAX_NAMES = 4_096
MAX_ORDINARY_CHARS = 256
_DIGIT = lazy(r"\d")
# What no notation of a key and its value lacks; of those without a space, and beside it.
_NOTED = lazy(r"[=:> \n\"']")
_NOTED_BEYOND_WORDS = lazy(r"[=:>\n\"']")
_DASH = lazy(r"(?<![\w\-])-")
# What no token of a vendor lacks: a run of its letters and digits.
_RUN = lazy(r"(?<![\w\-.+/=~:@])[\w\-.+/=~:@]{14}")

# What ends the key's armour is missing where a text was cut, and so may be what begins it.
_KEY_BEGIN = lazy(
    r"----[- ]BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?[- ]----(?:[^-]++|-(?!---[- ]END))*+"
    r"(?:----[- ]END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?[- ]----)?"
)
# PuTTY's: https://tartarus.org/~simon/putty-snapshots/htmldoc/AppendixC.html
_PUTTY = lazy(
    r"(Private-Lines:[ ]\d{1,4})(?:(?:\\{1,4}[rn]|[\r\n])++[A-Za-z0-9+/=]{1,76}(?![\w\-:]))++"
    r"|(Private-(?:MAC|Hash):[ ])[0-9a-f]{8,}"
)
_KEY_END = lazy(r"----[- ]END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?[- ]----")
_NO_KEY = lazy(r"[^A-Za-z0-9+/=\s\\]")
_MAX_PRIVATE_KEY = 8_192
# JWT, JWE: whatever follows the mark is one match, and only then looked at. A pattern that asks
# for the full stop would run to the end of the text anew from each mark.
_DOTTED = lazy(r"eyJ[\w\-]*+(?:\.[\w\-]*+){0,4}+")
# AWS secret access key: 40 of base64, and neither a hash nor a word by its mixture.
_FORTY = lazy(r"(?<![A-Za-z0-9/+=_\-])[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+=_\-])")
_CHANGES = lazy(r"(?<=[a-z])[A-Z0-9/+]|(?<=[A-Z])[a-z0-9/+]|(?<=[0-9])[A-Za-z/+]")
_SCHEME = lazy(
    r"(?<![\w\-])((?i:bearer|digest|negotiate|ntlm|apikey|hawk)\s{1,4})[\w.~+/=\-]{8,}"
    r"|(?<![\w\-])((?i:basic)\s{1,4})[A-Za-z0-9+/]{8,}={0,2}"
)
_SCHEME_HINTS = ("bearer ", "digest ", "negotiate ", "ntlm ", "basic ", "apikey ", "hawk ")
_SIGNATURE = lazy(r"((?:Credential|Signature|SignedHeaders)=)[^\s,;&\"']{8,}")
# The last @ ends it: a password may hold one, and a slash too. What looks like a port is none.
_USER_INFO = lazy(
    r"://([^\s/:@\"'<>]{0,128}):(?!\d{1,5}[/?#])([^\s\"'<>?]{1,512}|[^\s\"'<>]{1,512})"
    r"@(?=[^\s@\"'<>])"
    r"|://([^\s/:@\"'<>]{1,256})@"
)
_CLI_USER = lazy(r"((?:\s-u|--user|--proxy-user)[ =]{1,3}[\"']?[^\s:\"']{1,64}:)[^\s\"']+")
_CLI_PASSWORD = lazy(r"(\s-p)(?=[^\s\-])[^\s]+")
# docker login -p x, ldapsearch -w x, redis-cli -a x, zip -P x, openssl enc -k x, 7z -px
_CLI_LOGIN = lazy(
    r"\b((?:(?:docker|podman|helm|oras|crane|az) (?:registry |acr )?login"
    r"|ldap(?:search|modify|add|whoami)"
    r"|redis-cli|sqlcmd|mongosh?|smbclient|sshpass|(?:un)?zip|openssl(?= enc| aes| des))\b"
    r"[^\r\n;|]{0,200}?\s-[pPwak] |\b7z\b[^\r\n;|]{0,200}?\s-p)(?=[^\s\-])[^\s]+"
)
_NEIGHBOURS = (
    "kty", "code=", "data:", ":54", ":6432:", ":26257:", ":*:", "/reset", "reset/", "/magic",
    "/activate", "/invit", "/token", "/access", "/api", "/secret", "/unsubscribe",
)  # fmt: skip
_TOLD_HINTS = (
    "value=",
    "redentials",
    "creds",
    "input_value=",
    "Invalid type for parameter",
    "Duplicate entry",
)
_CLI_HINTS = (
    " login", "ldap", "redis-cli", "sqlcmd", "mongo", "smbclient", "sshpass", "zip ", "7z ",
    "openssl ",
)  # fmt: skip
_ORACLE = lazy(r"(jdbc:oracle:\w{1,9}:[^\s/@]{1,64}/)[^\s@]{1,128}(?=@)")
_CARD = lazy(r"(?<![\da-fA-F._])[2-6](?:[ \-]?\d){12,18}(?![\da-fA-F_])")
_ISSUERS = (
    "4", "51", "52", "53", "54", "55", "22", "23", "24", "25", "26", "27", "34", "37", "30", "36",
    "38", "39", "35", "60", "62", "63", "64", "65", "67",
)  # fmt: skip
_SSN = lazy(r"(?<![\w\-])(?!000|666|9)\d{3}-(?!00)\d{2}-(?!0000)\d{4}(?![\w\-])")
_EMAIL = lazy(r"(?<![\w.+\-])[\w.+\-]{1,64}@[A-Za-z0-9\-]{1,63}(?:\.[A-Za-z0-9\-]{1,63}){1,4}")
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
            if len(self.names) >= _MAX_NAMES:
                self.names.clear()
            found = self.names[name] = self._key(name)
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
        try:
            text.encode()
        except UnicodeEncodeError:
            return 0
        return json_size(text) + QUOTED

    def remember(self, text: str) -> int:
        """That ``text`` is ordinary; its size in JSON, or 0."""
        size = self.size(text)
        if size and len(text) <= MAX_ORDINARY_CHARS:
            if len(self.ordinary) >= _MAX_ORDINARY:
                self.ordinary.clear()
            self.ordinary[text] = size
        return size

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
            text = self._forms(text, hide, hidden)
        if _NOTED.search(text) is None and "/" not in text:
            return text
        lower = text.lower()
        if " " in text and _holds(lower, _SCHEME_HINTS):
            text = _SCHEME.sub(hide, text)
        if "Signature=" in text:
            text = _SIGNATURE.sub(hide, text)
        if self._own_keys or _may_assign(text, lower):
            from errorlog import assignments

            text = assignments.hide_assigned(text, self.kind, hidden, code=code)
            if not code and ("\n" in text or "insert into" in lower):
                from errorlog import secret_columns

                text = secret_columns.hide_columns(text, self.kind, hidden)
            if not code and _holds(text, _TOLD_HINTS):
                from errorlog import told_values

                text = told_values.hide_told(text, self.kind, hidden)
        if not code and _holds(lower, _NEIGHBOURS):
            from errorlog import secret_neighbours

            text = secret_neighbours.hide_neighbours(text, hide, hidden)
        return text

    def _forms(
        self, text: str, hide: Callable[[re.Match[str]], str], hidden: Callable[[str], str]
    ) -> str:
        digits = _DIGIT.search(text) is not None
        if "PRIVATE KEY" in text:
            text = _without_private_keys(text, hide, hidden)
        if "Private-" in text:
            text = _PUTTY.sub(hide, text)
        if _RUN.search(text) is not None:
            from errorlog import token_forms

            for form in token_forms.in_text(text):
                text = form.sub(hide, text)
            if "eyJ" in text:
                text = _DOTTED.sub(lambda dots: hide(dots) if _is_jwt(dots[0]) else dots[0], text)
            if digits:
                text = _FORTY.sub(
                    lambda match: hide(match) if _is_mixed(match[0]) else match[0], text
                )
            if "://" in text and "@" in text:
                text = _USER_INFO.sub(lambda match: _without_password(match, hidden), text)
        if "curl" in text:
            text = _CLI_USER.sub(hide, text)
        if "mysql" in text or "sshpass" in text:
            text = _CLI_PASSWORD.sub(hide, text)
        if " -" in text and _holds(text, _CLI_HINTS):
            text = _CLI_LOGIN.sub(hide, text)
        if "jdbc:oracle" in text:
            text = _ORACLE.sub(hide, text)
        if digits:
            text = _CARD.sub(lambda match: hide(match) if _is_card(match[0]) else match[0], text)
            if "-" in text:
                text = _SSN.sub(hide, text)
        if self._emails and "@" in text:
            text = _EMAIL.sub(hide, text)
        return text


def _may_assign(text: str, lower: str) -> bool:
    """Whether a key with its value may be in ``text``; most texts have none of their words."""
    if _NOTED_BEYOND_WORDS.search(text) is None and ("-" not in text or not _DASH.search(text)):
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


def _without_private_keys(
    text: str, hide: Callable[[re.Match[str]], str], hidden: Callable[[str], str]
) -> str:
    text = _KEY_BEGIN.sub(hide, text)
    pieces: list[str] = []
    done = 0
    for end in _KEY_END.finditer(text):
        start = max(done, end.start() - _MAX_PRIVATE_KEY)
        for before in _NO_KEY.finditer(text, start, end.start()):
            start = before.end()
        pieces += (text[done:start], hidden(text[start : end.end()]))
        done = end.end()
    return "".join((*pieces, text[done:]))


def _without_password(match: re.Match[str], hidden: Callable[[str], str]) -> str:
    """``://ann:[redacted]@``; ``://git@`` stays, and a token in its place does not."""
    if match[3] is not None:
        alone = match[3]
        return f"://{hidden(alone)}@" if len(alone) > 12 or is_opaque(alone) else match[0]
    user = hidden(match[1]) if len(match[1]) > 24 or is_opaque(match[1]) else match[1]
    return f"://{user}:{hidden(match[2])}@"


def _is_jwt(text: str) -> bool:
    """Whether a part of ``text`` begins as JSON does in base64, and another part follows."""
    return any(
        len(part) - part.find("eyJ") >= 11 and "eyJ" in part and len(following) >= 4
        for part, following in pairwise(text.split("."))
    )


def _is_mixed(text: str) -> bool:
    digits = sum(character.isdigit() for character in text)
    return digits > 0 and text.lower() != text != text.upper() and len(_CHANGES.findall(text)) >= 9


def _is_card(text: str) -> bool:
    """Length and Luhn's check, which one in ten of other numbers passes."""
    digits = [int(character) for character in text if character.isdigit()]
    if not text.startswith(_ISSUERS) or len(digits) not in (13, 14, 15, 16, 19):
        return False
    doubled = [digit * 2 - 9 * (digit > 4) for digit in digits[-2::-2]]
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


@cache
def patterns(keys: tuple[str, ...], emails: bool) -> Patterns:
    """The patterns for these settings, made once."""
    return Patterns(keys, emails)
