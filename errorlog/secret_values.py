"""Whether the value of a key that names a secret is one: ``expired`` is none."""

from __future__ import annotations

import re

from errorlog.lazy_pattern import lazy
from errorlog.secret_keys import NONE, SECRET, STRONG, WEAK, KeyKind

MAX_PHRASE = 200


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# A value that begins so tells about a secret, in words.
_STATUS = _words(
    "absent accepted active already authenticated authorized bad cannot can't changed checked "
    "configured contains denied disabled does doesn't empty enabled error expected expired expires "
    "expiring fail failed failing fails failure false field forbidden found granted has hasn't "
    "ignored inactive incorrect inherited insufficient invalid is isn't issued length loaded "
    "locked malformed mandatory matched mismatch missing must n/a needs never new no none not "
    "null ok okay optional parse parsing passed pending permitted present provided received "
    "refreshed rejected required requires reset restricted revoked rotated set should stale "
    "success succeeded supported too true unable unauthorized unavailable unchanged undefined "
    "unexpected unknown unset unsupported unused updated used valid validated validation "
    "verified was wrong yes see please check visit"
)
# Of these, so do what a password might also be made of: a sentence is told by one of the next.
_RULE = _words(
    "required must invalid missing incorrect least most short long match characters allowed "
    "denied expired mismatch not contain contains cannot should policy rejected forbidden "
    "failed"
)
# Of a password, only these begin a sentence: "no stock" may be one.
_BEGINNINGS = _words(
    "must is isn't was cannot can't does doesn't expected has hasn't should not required requires "
    "needs missing invalid incorrect expired mismatch wrong"
)
# Names of schemes and kinds, which keys such as ``auth`` and ``token`` often have.
_SCHEMES = _words(
    "basic bearer digest oauth oauth2 oidc saml saml2 ldap kerberos ntlm negotiate sso mfa iam "
    "aws_iam custom cognito cognito_user_pools api_key apikey jwt jwt_bearer client_credentials "
    "authorization_code password refresh_token access_token id_token hs256 hs512 rs256 rs512 "
    "es256 sha1 sha256 sha512 md5 bcrypt argon2 sha256_hmac anonymous request lambda session "
    "cookie cookies strict lax secure httponly public private local test string number object "
    "integer boolean str int bool array code query header body path any guest user admin strong "
    "apache-2.0 mit isc bsd-2-clause bsd-3-clause gpl-2.0 gpl-3.0 lgpl-2.1 lgpl-3.0 agpl-3.0 "
    "mpl-2.0 cc-by-4.0 cc0-1.0 "
    "plain login external gssapi cram-md5 digest-md5 xoauth2 scram-sha-1 scram-sha-256 "
    "weak medium low high sms email totp hardware software cert certificate key keys mtls tls"
)
# What stands before a colon and an address and is nobody's name: contact:ops@example.com
NO_USERS = _words(
    "mailto mail email e-mail to from cc bcc reply-to contact owner by for sip sips xmpp acct ssh "
    "git http https"
)
# Words that stand behind that of a protocol in a sentence: "the PASS rate", "AUTH command failed".
ABOUT_COMMANDS = _words(
    "a after and are attempt attempts before button by call calls command commands count "
    "credentials criteria error errors event events extension fail failure first flag flow for "
    "form from gate handler handshake header in is it layer level line mark mechanism mechanisms "
    "method methods middleware mode module name needed not now of on only or page pages password "
    "phase provider rate rates reply request requests response result results round screen server "
    "service skip state status step string support test tests that the then timeout to today token "
    "tokens type types user username was when with without"
)
_PLACEHOLDER = lazy(r"[*x•.#\-_?]{2,}|\[(?:redacted|cut|filtered|masked|hidden)[^\]]{0,99}\].*"
                          r"|<[\w \-]{0,40}>|\$\{[^}]{1,100}\}|\{\{[^}]{1,100}\}\}|%\w{1,40}%"
                          r"|\$[A-Z_]{2,60}"
                          # where a statement has a value given to it
                          r"|%s|%\(\w{1,60}\)s|:[a-z_]{1,40}|\$\d{1,3}|\?",
                          re.IGNORECASE)  # fmt: skip
# What only names a thing of AWS's, such as a secret: with its name, nobody has it.
_ARN = lazy(r"arn:aws[\w\-]*:[\w\-]+:[\w\-]*:\d*:[\w+=,.@:/\-]+")
_PLACEHOLDER_STARTS = frozenset("*xX•.#-_?[<${%:")
_TIME = lazy(r"\d{4}-\d\d-\d\d(?:[T ][\d:.]{5,18}(?:Z|[+\-]\d\d:?\d\d)?)?"
                   r"|[\d:.]+\s?[a-z]{0,7}")  # fmt: skip
_VERSION = lazy(r"v?\d{1,4}(?:\.\d{1,6}){1,3}(?:-\w{1,10})?"
                      r"|(?:sha|utf|iso|http|ipv|oauth|md|tls|ssl|base|python|node|ed|x|arm|amd)"
                      r"[/\-]?\d{1,5}(?:[.\-]\d{1,4})?", re.IGNORECASE)  # fmt: skip
_DIGIT = lazy(r"\d")
_LETTER = lazy(r"[^\W\d_]")
_SYMBOLS = frozenset("!@#$%^&*+=~|")
_SEPARATED = lazy(r"[\-_./:~=+]+")
_SPLIT = lazy(r"[\s,;:()\[\]{}\"'<>|]+")


def is_secret(kind: KeyKind, value: str) -> bool:
    """Whether ``value``, the text of a key of this kind, is to be hidden."""
    text = value.strip() if len(value) <= MAX_PHRASE else value
    if kind.strength == NONE or not text:
        return False
    if len(text) > MAX_PHRASE:
        return kind.strength > WEAK or is_opaque(text)
    if text[0] in _PLACEHOLDER_STARTS and _PLACEHOLDER.fullmatch(text):
        return False
    if text.startswith("arn:aws") and _ARN.fullmatch(text):
        return False
    if text.isdecimal():
        return len(text) >= (kind.digits or (12 if kind.strength == WEAK else 6))
    words = [word for word in _SPLIT.split(text) if word]
    # The longest first, which nearly always is the one.
    longest = max(words, key=len, default="")
    opaque = is_opaque(longest) or any(is_opaque(word) for word in words) or is_opaque(text)
    if opaque:
        return text.lower() not in _SCHEMES or kind.strength == STRONG
    if kind.strength == WEAK:
        return False
    first = words[0].lower().rstrip(".!?") if words else ""
    if _is_rule(words) or first in (
        _STATUS if kind.strength == SECRET or len(words) == 1 else _BEGINNINGS):  # fmt: skip
        return False
    if kind.strength == STRONG:
        return True
    if text.lower() in _SCHEMES:
        return False
    # A sentence: "denied by policy", "two of three parts are missing".
    return len(words) < 3 or not all(_is_word(word) for word in words)


def _is_rule(words: list[str]) -> bool:
    return len(words) >= 3 and any(word.lower().rstrip(".!") in _RULE for word in words)


def is_secret_number(kind: KeyKind, value: int) -> bool:
    """Whether a number below a key of this kind is a secret: a PIN is, a count is none."""
    return bool(kind.digits) and abs(value) >= 10 ** (kind.digits - 1)


def is_opaque(text: str) -> bool:
    """Whether ``text`` looks made rather than written: ``a81fc2b9``, ``Zq9!mine``."""
    size = len(text)
    if size < 6 or len(text[:500].split(None, 1)) != 1:
        return False
    if size <= 500 and text.isalnum() and text.isascii():  # the same as the expressions say
        digit, letter = not text.isalpha(), not text.isdecimal()
    else:
        digit = _DIGIT.search(text[:500]) is not None
        letter = _LETTER.search(text[:500]) is not None
    if digit and size <= 60 and (_TIME.fullmatch(text) or _VERSION.fullmatch(text)):
        return False
    if letter and (digit or not _SYMBOLS.isdisjoint(text)):
        return True
    if digit:
        return size >= 12 and text.isdecimal()
    lower, upper = text.lower(), text.upper()
    mixed = text not in (lower, upper) and text[1:] != lower[1:]
    return (size >= 16 and mixed) or (size >= 24 and text.isalpha())


def is_made(text: str) -> bool:
    """Whether ``text`` is opaque and more than words and numbers beside each other."""
    return is_opaque(text) and any(
        not (part.isdigit() or (part.isalpha() and (part.islower() or part.isupper()
                                                    or part.istitle())))
        for part in _SEPARATED.split(text[:500]) if len(part) >= 5
    )  # fmt: skip


def _is_word(word: str) -> bool:
    plain = word.strip(".!?-_/")
    return plain.isalpha() or not plain or len(plain) <= 4


def is_word(text: str) -> bool:
    """Whether ``text`` is letters only, as words of a language and names in code are."""
    return text.replace(" ", "").replace("_", "").isalpha()
