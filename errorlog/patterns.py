"""What a secret looks like: by the name of its key, and by its own form.

Wide rather than exact: a harmless value that is hidden costs a look into the logs, a secret that
is stored costs a rotation. Every expression is linear in the text: no nested repetition.
"""

from __future__ import annotations

import re

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

# Whether a text may hold `key: value`, in any notation; the loose word keeps this one quick.
_WORD = (
    r"[\w.\-]{0,40}(?:pass(?:word|wd|phrase|code)|secret|token|authorization|api[_\-]?key|"
    r"access[_\-]?key|account[_\-]?key|private[_\-]?key|shared[_\-]?key|cookie|credential|"
    r"session[_\-]?id|signature|card[_\-]?number|cvv|cvc|ssn|pwd|jwt|csrf|otp|samlresponse)"
    r"[\w.\-]{0,40}|(?:pass|pw|pin|sig|sid|auth)"
)
_OPEN = r"""\\*["']?"""


def _assignments(word: str) -> list[tuple[re.Pattern[str], str]]:
    """`key=value`, `"key": "value"`, `<key>value</key>`, `--key value`, for keys like ``word``."""
    key = rf"(?<![A-Za-z0-9])(?:{word})"
    flags = re.IGNORECASE
    return [
        (re.compile(rf"(<({key})\b[^<>]{{0,200}}>)[^<]*", flags), rf"\1{REDACTED}"),
        (re.compile(rf"(--?(?:{word})[ =])(?!-)\S+", flags), rf"\1{REDACTED}"),
        # A quoted value ends at its own quote; a bare one at what separates fields.
        (
            re.compile(rf"""({key}\\*["']?\s{{0,8}}(?:[:=]|=>)\s{{0,8}}\\*")[^"\\]*""", flags),
            rf"\1{REDACTED}",
        ),
        (
            re.compile(rf"""({key}\\*["']?\s{{0,8}}(?:[:=]|=>)\s{{0,8}}b?')[^']*""", flags),
            rf"\1{REDACTED}",
        ),
        (
            re.compile(
                rf"""({key}{_OPEN}\s{{0,8}}(?:=>|[:=])[ \t]{{0,8}})"""
                rf"""(?!\\*["']|b'|\[redacted)(?:(?:Bearer|Basic|Digest|Token) )?"""
                r"""[^\s&;,"'<>)}\]]+""",
                flags,
            ),
            rf"\1{REDACTED}",
        ),
    ]


_HEADERS = [
    # The whole line: a cookie header holds several pairs, each as secret as the first.
    (re.compile(r"(?im)\b((?:set-)?cookie\s{0,4}:\s{0,4})[^\r\n\"']+"), rf"\1{REDACTED}"),
    (re.compile(r"(?im)\b((?:proxy-)?authorization\s{0,4}:\s{0,4})[^\r\n\"']+"), rf"\1{REDACTED}"),
]

_FORMS = [
    r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----(?:(?!-----END)[\s\S])*"
    r"(?:-----END [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----)?",
    r"\beyJ[\w\-]{8,}\.[\w\-]{4,}(?:\.[\w\-]*){0,3}",  # JWT, JWE
    r"\b(?:AKIA|ASIA|AROA|AIDA|ABIA|ACCA)[A-Z0-9]{16}\b",  # AWS access key ids
    # AWS secret access key: 40 of base64, and neither a hash nor a path by its mixture.
    r"(?<![A-Za-z0-9/+=_\-])(?=[A-Za-z0-9/+]{0,39}[0-9])(?=[A-Za-z0-9/+]{0,39}[A-Z])"
    r"(?=[A-Za-z0-9/+]{0,39}[a-z])[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+=_\-])",
    r"\b(?:FwoGZXIvYXdz|IQoJb3JpZ2lu|FQoGZXIvYXdz)[A-Za-z0-9/+=]{20,}",  # AWS session tokens
    r"\bgh[pousr]_[A-Za-z0-9]{20,}|\bgithub_pat_\w{20,}|\bglpat-[\w\-]{16,}",
    r"\bxox[abeoprs]-[A-Za-z0-9\-]{10,}|\bxapp-[A-Za-z0-9\-]{10,}",  # Slack
    r"\b(?:sk|rk|pk)_(?:live|test)_[A-Za-z0-9]{8,}|\bwhsec_\w{8,}",  # Stripe
    r"\bsk-(?:proj-|ant-)?[\w\-]{16,}",
    r"\bAIza[\w\-]{30,}|\bya29\.[\w\-]{20,}|\bGOCSPX-[\w\-]{20,}",  # Google
    r"\bSG\.[\w\-]{16,}\.[\w\-]{16,}|\bkey-[0-9a-f]{32}\b|\bSK[0-9a-f]{32}\b|\bAC[0-9a-f]{32}\b",
    r"\bnpm_[A-Za-z0-9]{30,}|\bpypi-[\w\-]{40,}|\bshp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}\b",
    r"\bdop_v1_[0-9a-f]{32,}|\bhv[sb]\.[\w\-]{20,}|\bdapi[0-9a-f]{32}\b|\bAGE-SECRET-KEY-\w+",
    r"\b\d{8,10}:AA[\w\-]{33}\b",  # Telegram
    r"https://hooks\.slack\.com/services/[\w/]+|https://discord(?:app)?\.com/api/webhooks/[\w/\-]+",
    r"\b\d{3}-\d{2}-\d{4}\b",  # US social security number
]
_SECRET_FORM = re.compile("|".join(f"(?:{each})" for each in _FORMS))
_SCHEMES = re.compile(
    r"\b((?i:bearer|digest|negotiate)\s{1,4})[\w.~+/=\-]{8,}"
    r"|\b((?i:basic)\s{1,4})(?=[A-Za-z0-9+/]*[0-9A-Z=])[A-Za-z0-9+/]{8,}={0,2}"
)
_USERINFO = re.compile(r"(\b[a-zA-Z][a-zA-Z0-9+.\-]{0,30}://)[^\s/@\"'<>]{0,256}@")
_CARD = re.compile(r"(?<![\d.])(?:[3-6]\d{3}|2[2-7]\d{2})(?:[ \-]?\d){9,15}(?![\d])")
_EMAIL = re.compile(r"[\w.+\-]{1,64}@[A-Za-z0-9\-]{1,63}(?:\.[A-Za-z0-9\-]{1,63}){1,4}")


class Patterns:
    """The built-in patterns and a team's own keys.

    ``keys`` are globs for whole keys; case and separators do not count: ``*plate`` covers
    ``licence-plate`` and ``licencePlate``.
    """

    def __init__(self, keys: tuple[str, ...] = (), emails: bool = False) -> None:
        words = [re.escape(_squeezed(key)).replace(r"\*", ".*") for key in keys]
        self._own_keys = re.compile(f"^(?:{'|'.join(words)})$") if words else None
        loose = [r"[\w.\-]{0,40}".join(map(_spread, key.split("*"))) for key in keys]
        self._assignments = _assignments("|".join([_WORD, *loose]))
        self._emails = emails

    def hides(self, key: str) -> bool:
        """Whether the value of ``key`` is to be hidden whatever it is."""
        squeezed = _squeezed(key)
        return bool(
            _SENSITIVE_KEY.search(squeezed)
            or (self._own_keys is not None and self._own_keys.match(squeezed))
        )

    def text(self, text: str) -> str:
        """``text`` with every secret form in it replaced."""
        text = _SECRET_FORM.sub(REDACTED, text)
        text = _USERINFO.sub(rf"\1{REDACTED}@", text)
        text = _SCHEMES.sub(lambda match: (match[1] or match[2]) + REDACTED, text)
        for pattern, replacement in (*_HEADERS, *self._assignments):
            text = pattern.sub(replacement, text)
        text = _CARD.sub(_card, text)
        return _EMAIL.sub(REDACTED, text) if self._emails else text


def _squeezed(key: str) -> str:
    return _SEPARATORS.sub("", key.lower())


def _spread(part: str) -> str:
    """``licence_plate`` as written in any of its ways."""
    return r"[_.\- ]?".join(re.escape(each) for each in re.split(r"[_.\- ]+", part))


def _card(match: re.Match[str]) -> str:
    digits = [int(each) for each in match[0] if each.isdigit()]
    doubled = [digit * 2 - 9 * (digit > 4) for digit in digits[-2::-2]]
    return REDACTED if (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0 else match[0]
