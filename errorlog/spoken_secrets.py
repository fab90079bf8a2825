"""Secrets that a sentence tells: ``login with password hunter2 failed``, ``your PIN is 4711``."""

from __future__ import annotations

import re

from errorlog.assigned_values import Found, KindOf, Value, value_at
from errorlog.lazy_pattern import lazy
from errorlog.secret_keys import SECRET, STRONG, WEAK, KeyKind

SPOKEN = lazy(
    r"\b(pass(?:word|wd|phrase|code)|secret|token|api[ _-]?key|pin|otp|pwd|credential|code)s?"
    r" (?:(?:for \w{1,30} )?(?:is now |is |was )|of |value |(?:set |changed |reset )to )?"
    r"(?=[\"'`]?\S)",
    re.IGNORECASE,
)
SPOKEN_WORDS = (
    "ASS",
    "ECRET",
    "OKEN",
    "REDENTIAL",
    "ass",
    "ecret",
    "oken",
    "pi",
    "in",
    "otp",
    "OTP",
    "wd",
    "redential",
    "ode",
    "PI",
)
# "passphrase 'x' is wrong"
_TOLD = lazy(r"[\"'`][ ](?:is|was|did|does|has|failed|rejected|refused|cannot|could)\b")
# machine example.com login ann password x
_NETRC = lazy(r"\blogin\s{1,8}\S{1,64}\s{1,8}\Z")
_FEWEST_DIGITS = 4
_CODES = ("verification", "security", "login", "access", "confirmation", "authentication",
          "one-time", "sign-in", "activation", "reset", "pin")  # fmt: skip
_OTHER_CODES = ("error", "status", "exit", "return", "result", "reason", "response", "country",
                "currency", "zip", "postal", "product", "item", "colour", "color")  # fmt: skip


def of_word(text: str, match: re.Match[str], kind_of: KindOf) -> Found:
    """``login with password hunter2 failed``: only what looks made counts."""
    value = value_at(text, match.end(), match, KeyKind(SECRET))
    held = text[value.start : value.end].rstrip(".!?")
    if held.isdecimal() and " is " in match[0] and _told_digits(text, match):
        return (
            KeyKind(SECRET, _FEWEST_DIGITS),
            Value(value.start, value.start + len(held), True),
            "",
        )
    if _NETRC.search(text[max(0, match.start() - 90) : match.start()]) is not None:
        return KeyKind(STRONG, 1), value, ""
    if value.enclosed and match[1].lower().startswith("pass") and _TOLD.match(text, value.end):
        return KeyKind(SECRET, _FEWEST_DIGITS), value, ""
    if match[1].lower() == "code" and not _may_be_told(text, match):
        return None
    return KeyKind(WEAK), Value(value.start, value.start + len(held), value.enclosed), ""


def _may_be_told(text: str, match: re.Match[str]) -> bool:
    """Whether a code that looks made may be a secret: an error's is none."""
    before = text[max(0, match.start() - 20) : match.start()].lower().split()
    last = before[-1] if before else ""
    return last in _CODES or (" is " in match[0] and last not in _OTHER_CODES)


def _told_digits(text: str, match: re.Match[str]) -> bool:
    """Whether digits told of ``match`` are a secret: of a verification code, not of any."""
    if match[1].lower() != "code":
        return match[1].lower() in ("password", "passcode", "otp", "pin", "pwd")
    before = text[max(0, match.start() - 20) : match.start()].lower().split()
    return bool(before) and before[-1] in _CODES
