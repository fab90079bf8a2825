"""Secrets that their own form gives away: keys, JWTs, cards, passwords in URLs.

The tokens of vendors are in :mod:`errorlog.token_forms`, the arguments of commands in
:mod:`errorlog.secret_arguments`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import pairwise

from errorlog.command_hints import SIGNED_ON, may_hold_a_command
from errorlog.lazy_pattern import lazy
from errorlog.secret_values import NO_USERS, is_opaque

_DIGIT = lazy(r"\d")
# What no token of a vendor lacks: a run of its letters and digits.
_SHORTEST_RUN = 14
_RUN = lazy(rf"(?<![\w\-.+/=~:@])[\w\-.+/=~:@]{{{_SHORTEST_RUN}}}")

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
# The last @ ends it: a password may hold one, and a slash too. What looks like a port is none.
_USER_INFO = lazy(
    r"//([^\s/:@\"'<>]{0,128}):(?!\d{1,5}[/?#])([^\s\"'<>?]{1,512}|[^\s\"'<>]{1,512})"
    r"@(?=[^\s@\"'<>])"
    r"|://([^\s/:@\"'<>]{1,256})@"
)
# The same without its scheme, as urllib splits it; a tag of an image before its digest is none.
_USER_ALONE = lazy(
    r"(?<![\w.:/@\-])(?!(?:mailto|sips?|xmpp|acct|ssh|git|https?):)([\w.\-]{1,64}):"
    r"([^\s:/@\"'<>]{1,128})@(?!sha\d)(?=[A-Za-z\d])"
)
# What says so of a word that might as well be the name before an address.
_CONNECTS = lazy(
    r"(?:connect(?:ed|ing|ion)?|log(?:ged|ging)? ?in|sign(?:ed|ing)? ?in) (?:to|as|at) \Z"
)
_PORT = lazy(r"[\w.\-]{1,253}(?::\d{1,5}(?!\w)|/)")
_ORACLE = lazy(r"(jdbc:oracle:\w{1,9}:[^\s/@]{1,64}/)[^\s@]{1,128}(?=@)")
# What was cut off before its @, as where a password has one itself: "postgres://ann:x" is no URL.
_CUT_INFO = lazy(
    r"(?<![A-Za-z\d])(?:postgres(?:ql)?|mysql|mariadb|mssql|oracle|mongodb|rediss?|amqps?)"
    r"(?:\+\w{1,20})?://([^\s/:@\"'<>]{0,128}):(?!\d{1,5}(?![^\s/?#\"',;)]))"
    r"([^\s/:@\"'<>,;(){}$]{1,256})(?=[\"'\s,;)]|\Z)"
)
_ORACLE_LOGIN = lazy(
    r"(?<![\w/.@\-:])(\w[\w$#]{0,63}/)([^\s/@\"',;]{1,128})@(?!sha\d)(?=[A-Za-z\d(/])"
)
_CARD = lazy(r"(?<![\da-fA-F._])[2-6](?:[ \-]?\d){12,18}(?![\da-fA-F_])")
_ISSUERS = (
    "4", "51", "52", "53", "54", "55", "22", "23", "24", "25", "26", "27", "34", "37", "30", "36",
    "38", "39", "35", "60", "62", "63", "64", "65", "67",
)  # fmt: skip
_SHORTEST_NUMBER = 11  # 219-09-9999
_SSN = lazy(r"(?<![\w\-])(?!000|666|9)\d{3}-(?!00)\d{2}-(?!0000)\d{4}(?![\w\-])")
_EMAIL = lazy(r"(?<![\w.+\-])[\w.+\-]{1,64}@[A-Za-z0-9\-]{1,63}(?:\.[A-Za-z0-9\-]{1,63}){1,4}")


def hide_forms(
    text: str, hide: Callable[[re.Match[str]], str], hidden: Callable[[str], str], *, emails: bool
) -> str:
    """``text`` without them.

    ``hide`` replaces a match but for its last group, ``hidden`` a value.
    """
    digits = len(text) >= _SHORTEST_NUMBER and _DIGIT.search(text) is not None
    if "-" in text:
        if "PRIVATE KEY" in text:
            text = _without_private_keys(text, hide, hidden)
        if "Private-" in text:
            text = _PUTTY.sub(hide, text)
    if len(text) >= _SHORTEST_RUN and _RUN.search(text) is not None:
        from errorlog import token_forms

        for form in token_forms.in_text(text):
            text = form.sub(hide, text)
        if "eyJ" in text:
            text = _DOTTED.sub(lambda dots: hide(dots) if _is_jwt(dots[0]) else dots[0], text)
        if digits:
            text = _FORTY.sub(lambda match: hide(match) if _is_mixed(match[0]) else match[0], text)
        if "//" in text:
            if "@" in text:
                text = _USER_INFO.sub(lambda match: _without_password(match, hidden), text)
            text = _CUT_INFO.sub(lambda match: _without_cut(match, hidden), text)
    signs_on = False
    if "@" in text and ":" in text:
        if "jdbc:oracle" in text:
            text = _ORACLE.sub(hide, text)
        if "/" in text and ("ORA-" in text or "racle" in text):
            text = _ORACLE_LOGIN.sub(lambda match: f"{match[1]}{hidden(match[2])}@", text)
        signs_on = SIGNED_ON.search(text) is not None
    if signs_on:
        text = _USER_ALONE.sub(
            lambda match: f"{match[1]}:{hidden(match[2])}@" if _signs_on(match) else match[0],
            text,
        )
    if (" " in text or "," in text) and (signs_on or may_hold_a_command(text)):
        from errorlog import secret_arguments

        text = secret_arguments.hide_arguments(text, hidden)
    if "AUTH" in text or "PASS " in text or "LOGIN " in text or "SETUSER " in text:
        from errorlog import protocol_secrets

        text = protocol_secrets.hide_said(text, hidden)
    if digits:
        text = _CARD.sub(lambda match: hide(match) if _is_card(match[0]) else match[0], text)
        if "-" in text:
            text = _SSN.sub(hide, text)
    if emails and "@" in text:
        text = _EMAIL.sub(hide, text)
    return text


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
    return f"//{user}:{hidden(match[2])}@"


def _without_cut(match: re.Match[str], hidden: Callable[[str], str]) -> str:
    held = match[2]
    if held.lower() == "port" or held == "[redacted]" or (held.isalpha() and held.isupper()):
        return match[0]
    return f"{match[0][: match.start(2) - match.start()]}{hidden(held)}"


def _signs_on(match: re.Match[str]) -> bool:
    """Whether what stands between a name and an address is a password, as in ann:x@db:5432."""
    if is_opaque(match[2]):
        return True
    if match[1].lower() in NO_USERS or match[1].isdecimal() or match[2] == "[redacted]":
        return False
    text, start, end = match.string, match.start(), match.end()
    before = text[max(0, start - 20) : start].lower()
    return _PORT.match(text, end) is not None or _CONNECTS.search(before) is not None


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
