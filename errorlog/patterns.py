"""What a secret looks like: by the name of its key, and by its own form.

Wide rather than exact: a harmless value that is hidden costs a look into the logs, a secret that
is stored costs a rotation. Every expression is linear in the text: what repeats without bound
is followed by nothing that can fail, or begins where no other match can.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache, cached_property
from itertools import pairwise

REDACTED = "[redacted]"

# Matched anywhere in a key, once case and separators are taken out of it.
_KEY_PARTS = (
    "password|passwd|passphrase|passcode|secret|token|authorization|authentication|apikey|"
    "accesskey|privatekey|signingkey|encryptionkey|masterkey|sharedkey|hostkey|sshkey|cookie|"
    "credential|sessionid|sessionkey|connectionstring|cardnumber|creditcard|debitcard|cvv|"
    "securitycode|accountnumber|routingnumber|socialsecurity|taxid|iban|xamzsignature|jwt|bearer|"
    "otpcode|onetimecode|pincode|verificationcode|assertion|samlresponse|csrf|xsrf|webhookurl|"
    "datakey|clientkey|mfacode|recoverycode|seedphrase|mnemonic|passport|biometric"
)
# Too short or too common to be looked for inside a longer word.
_WHOLE_KEYS = (
    "auth|pass|pwd|pw|pin|otp|ssn|cvc|cvn|csc|pan|sid|sig|signature|sessid|phpsessid|jsessionid|"
    "dsn|databaseurl|mongodburi|redisurl|xauth|nonce|totp|mfa|creds|salt|proxyauth|license|"
    "licensekey"
)
_SENSITIVE_KEY = re.compile(f"(?:{_KEY_PARTS})|^(?:{_WHOLE_KEYS})$")
_SEPARATORS = re.compile(r"[^a-z0-9*]+")

# Words that make what follows `=` or `:` a secret, in any notation.
_WORDS = (
    r"pass(?:word|wd|phrase|code)|secret|token|authorization|api[_\-]?key|access[_\-]?key|"
    r"account[_\-]?key|private[_\-]?key|shared[_\-]?key|signing[_\-]?key|cookie|credential|"
    r"session[_\-]?id|signature|card[_\-]?number|cvv|cvc|ssn|pwd|jwt|csrf|otp|samlresponse"
)
_SHORT_WORDS = r"(?<![A-Za-z0-9])(?:pass|pw|pin|sig|sid|auth)(?![A-Za-z0-9])"
_WORD_HINTS = (
    "pass", "secret", "token", "auth", "key", "cookie", "credential", "session", "sig", "card",
    "cv", "ssn", "pwd", "pw", "jwt", "csrf", "otp", "samlresponse", "pin", "sid",
)  # fmt: skip
_ASSIGNED = ("=", ":", ">", "--")
_REST = r"[\w.\-]{0,40}"


def _assignments(words: str) -> list[re.Pattern[str]]:
    """`key=value`, `"key": "value"`, `<key>value</key>`, `--key value`; group 1 is what stays."""
    key = rf"(?:(?:{words}){_REST}|{_SHORT_WORDS})"
    expressions = [
        rf"(<[\w:.\-]{{0,40}}?{key}(?:\s[^<>]{{0,200}})?>)[^<]+",
        rf"((?<![\w\-])--?[\w\-]{{0,40}}?{key}[ =]\s{{0,4}})(?!-)\S+",
        # A quoted value ends at its own quote, a bare one at what separates fields.
        rf"""({key}\\*["']?\s{{0,8}}(?:[:=]|=>)\s{{0,8}}\\*")[^"\\]+""",
        rf"""({key}\\*["']?\s{{0,8}}(?:[:=]|=>)\s{{0,8}}b?')[^']+""",
        rf"""({key}\\*["']?\s{{0,8}}(?:=>|[:=])[ \t]{{0,8}})(?!\\*["']|b'|\[redacted)"""
        r"""(?:(?:Bearer|Basic|Digest|Token) )?[^\s&;,"'<>)}\]]+""",
        # The whole line: a cookie header holds several pairs, each as secret as the first.
        r"""((?:(?:set-)?cookie|(?:proxy-)?authorization)\s{0,4}:\s{0,4})[^\r\n"']+""",
    ]
    return [re.compile(expression, re.IGNORECASE) for expression in expressions]


# Each form with words that no text of that form lacks: looking for those is what makes texts
# without secrets, nearly all, cheap. Compiled when first needed, since that takes longer still.
_FORMS = [
    (("-----BEGIN",), r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----"
     r"(?:[^-]|-(?!----END))*(?:-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----)?"),
    (("AKIA", "ASIA", "AROA", "AIDA", "ABIA", "ACCA"),  # AWS access key ids
     r"\b(?:AKIA|ASIA|AROA|AIDA|ABIA|ACCA)[A-Z0-9]{16}\b"),
    (("FwoGZXIv", "IQoJb3Jp", "FQoGZXIv"),  # AWS session tokens
     r"\b(?:FwoGZXIv|IQoJb3Jp|FQoGZXIv)[A-Za-z0-9/+=]{20,}"),
    (("gh", "glpat-"), r"\bgh[pousr]_[A-Za-z0-9]{20,}|\bgithub_pat_\w{20,}|\bglpat-[\w\-]{16,}"),
    (("xox", "xapp-"), r"\b(?:xox[abeoprs]|xapp)-[A-Za-z0-9\-]{10,}"),  # Slack
    (("k_live_", "k_test_", "whsec_"),  # Stripe
     r"\b[srp]k_(?:live|test)_[A-Za-z0-9]{8,}|\bwhsec_\w{8,}"),
    (("sk-",), r"\bsk-[\w\-]{16,}"),
    (("AIza", "ya29.", "GOCSPX-"),  # Google
     r"\bAIza[\w\-]{30,}|\bya29\.[\w\-]{20,}|\bGOCSPX-[\w\-]{20,}"),
    (("SG.",), r"\bSG\.[\w\-]{16,}\.[\w\-]{16,}"),
    (("key-", "SK", "AC"), r"\b(?:key-|SK|AC)[0-9a-f]{32}\b"),  # Mailgun, Twilio
    (("npm_", "pypi-"), r"\bnpm_[A-Za-z0-9]{30,}|\bpypi-[\w\-]{40,}"),
    (("shp",), r"\bshp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}\b"),
    (("dop_v1_", "hvs.", "hvb.", "dapi", "AGE-SECRET"),
     r"\bdop_v1_[0-9a-f]{32,}|\bhv[sb]\.[\w\-]{20,}|\bdapi[0-9a-f]{32}\b|\bAGE-SECRET-KEY-\w+"),
    ((":AA",), r"\b\d{8,10}:AA[\w\-]{33}\b"),  # Telegram
    (("https://hooks.slack.com", "/api/webhooks/"),
     r"https://hooks\.slack\.com/\w+/[\w/]+|https://discord(?:app)?\.com/api/webhooks/[\w/\-]+"),
    (("-",), r"\b\d{3}-\d{2}-\d{4}\b"),  # US social security number
]  # fmt: skip

_SHORTEST_FORM = 11  # a social security number
_SHORTEST_ASSIGNMENT = 4  # pw=x

# JWT, JWE: whatever follows the mark is one match, and only then looked at. A pattern that asks
# for the full stop would run to the end of the text anew from each mark.
_DOTTED = re.compile(r"eyJ[\w\-]*+(?:\.[\w\-]*+){0,4}+")
# AWS secret access key: 40 of base64, and neither a hash nor a word by its mixture.
_FORTY = re.compile(r"(?<![A-Za-z0-9/+=_\-])[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+=_\-])")
_SCHEMES = re.compile(
    r"\b((?i:bearer|digest|negotiate)\s{1,4})[\w.~+/=\-]{8,}"
    r"|\b((?i:basic)\s{1,4})(?=[A-Za-z0-9+/]{0,200}[0-9A-Z=])[A-Za-z0-9+/]{8,}={0,2}"
)
_SCHEME_HINTS = ("bearer ", "digest ", "negotiate ", "basic ")
_USERINFO = re.compile(r"(://)[^\s/@\"'<>]{0,256}(?=@)")
_DIGIT = re.compile(r"\d")
_CARD = re.compile(r"(?<![\d.])(?:[3-6]\d{3}|2[2-7]\d{2})(?:[ \-]?\d){9,15}(?!\d)")
_EMAIL = re.compile(
    r"(?<![\w.+\-])[\w.+\-]{1,64}@[A-Za-z0-9\-]{1,63}(?:\.[A-Za-z0-9\-]{1,63}){1,4}"
)


class Patterns:
    """The built-in patterns and a team's own keys.

    ``keys`` are globs for whole keys; case and separators do not count: ``*plate`` covers
    ``licence-plate`` and ``licencePlate``.
    """

    def __init__(self, keys: tuple[str, ...] = (), emails: bool = False) -> None:
        words = [re.escape(_squeezed(key)).replace(r"\*", ".*") for key in keys]
        self._own_keys = re.compile(f"^(?:{'|'.join(words)})$") if words else None
        self._words = "|".join([_WORDS, *(_in_text(key) for key in keys)])
        self._hints = _WORD_HINTS if not keys else ("",)
        self._emails = emails

    def hides(self, key: str) -> bool:
        """Whether the value of ``key`` is to be hidden whatever it is."""
        squeezed = _squeezed(key)
        return bool(
            _SENSITIVE_KEY.search(squeezed)
            or (self._own_keys is not None and self._own_keys.match(squeezed))
        )

    def text(self, text: str, found: Callable[[str], None] | None = None) -> str:
        """``text`` with every secret form in it replaced; ``found`` is told each."""

        def hide(match: re.Match[str]) -> str:
            kept = match[match.lastindex] if match.lastindex else ""
            if found is not None:
                found(match[0][len(kept) :])
            return kept + REDACTED

        if len(text) < _SHORTEST_ASSIGNMENT:
            return text
        if len(text) >= _SHORTEST_FORM:
            for markers, expression in _FORMS:
                if _holds(text, markers):
                    text = _compiled(expression).sub(hide, text)
            if "eyJ" in text:
                text = _DOTTED.sub(
                    lambda match: hide(match) if _is_jwt(match[0]) else match[0], text
                )
            text = _FORTY.sub(lambda match: hide(match) if _is_mixed(match[0]) else match[0], text)
            text = _CARD.sub(lambda match: hide(match) if _is_card(match[0]) else match[0], text)
        if "@" in text:
            text = _USERINFO.sub(hide, text)
            if self._emails:
                text = _EMAIL.sub(hide, text)
        lower = text.lower()
        if _holds(lower, _SCHEME_HINTS):
            text = _SCHEMES.sub(hide, text)
        if _holds(lower, _ASSIGNED) and _holds(lower, self._hints):
            for pattern in self._assigned:
                text = pattern.sub(hide, text)
        return text

    @cached_property
    def _assigned(self) -> list[re.Pattern[str]]:
        return _assignments(self._words)


def _holds(text: str, words: tuple[str, ...]) -> bool:
    for word in words:  # noqa: SIM110 - any() takes twice as long, and this is the hot path
        if word in text:
            return True
    return False


@cache
def _compiled(expression: str) -> re.Pattern[str]:
    return re.compile(expression)


def _squeezed(key: str) -> str:
    return _SEPARATORS.sub("", key.lower())


def _in_text(key: str) -> str:
    """``licence_plate`` as a text may write it, in any of its ways."""
    parts = [re.split(r"[_.\- ]+", part) for part in key.strip("*").split("*")]
    return _REST.join(r"[_.\- ]?".join(map(re.escape, part)) for part in parts)


def _is_jwt(text: str) -> bool:
    """Whether a part of ``text`` begins as JSON does in base64, and another part follows."""
    parts = text.split(".")
    return any(
        len(part) - part.find("eyJ") >= 11 and "eyJ" in part and len(following) >= 4
        for part, following in pairwise(parts)
    )


def _is_mixed(text: str) -> bool:
    return bool(_DIGIT.search(text)) and text.lower() != text and text.upper() != text


def _is_card(text: str) -> bool:
    """Luhn's check, which one in ten of other numbers passes."""
    digits = [int(each) for each in text if each.isdigit()]
    doubled = [digit * 2 - 9 * (digit > 4) for digit in digits[-2::-2]]
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


@cache
def patterns(keys: tuple[str, ...], emails: bool) -> Patterns:
    """The patterns for these settings, made once."""
    return Patterns(keys, emails)
