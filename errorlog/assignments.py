"""Where a text names a secret and then tells it: ``password=x``, ``<pin>1</pin>``.

The keys are those of :mod:`errorlog.secret_keys`, in any notation: JSON and its escapes, Python,
forms and queries, headers, INI and YAML, XML, multipart, command lines, connection strings. An
expression finds the key, and only where that names a secret is the value read.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from errorlog.assigned_values import MAX_VALUE, Found, KindOf, Value, content_at, value_at
from errorlog.call_arguments import CALL, CALL_WITH_BOTH, of_call, of_call_with_both
from errorlog.lazy_pattern import lazy
from errorlog.secret_keys import SECRET, STRONG, WEAK, KeyKind
from errorlog.secret_values import MAX_PHRASE, is_opaque, is_secret
from errorlog.spoken_secrets import SPOKEN, SPOKEN_WORDS, of_word

_KEY = lazy(
    r"""(?<![\w.\-$])([\w.\-$]++)"""
    r"""((?:\\{0,4}["'`])?[\])]?[ \t]{0,8}(?::=|=>|==?|:(?!//|:))\s{0,8})"""
)
# In a stack of another language's: auth.js:12:34, Token.cs:line 42
_SOURCE = lazy(r"[^\n]{1,400}\.[A-Za-z]{1,5}")
_LINE = lazy(r"(?:line )?\d{1,7}(?::\d{1,7})?(?![\w.\-])")
# password <> 'x', token NOT IN ('x'), as SQL compares
_COMPARED = lazy(
    r"(?<![\w.\-$'\"])([\w.\-$]{1,200}+)`?\]?[ ]{0,4}"
    r"(?:!=|<>|(?:NOT[ ])?(?:I?LIKE|IN)(?![\w]))[ ]{0,4}\(?[ ]{0,2}(?=N?['\"])"
)
# ENV DB_PASSWORD x, setx DB_PASSWORD x, aws configure set aws_secret_access_key x
_SET = lazy(
    r"(?<![\w\-])(?:ENV|setx|setenv|config(?:ure)? set|CONFIG SET)[ \t]{1,4}"
    r"([^\W\d]\w{1,63}+)[ \t]{1,4}(?![=])"
)
_OPTION = lazy(
    r"""(?<![\w\-])--?([^\W\d][\w.\-]{1,63}+)(?:\\{0,4}["'],[ \t]{0,4}|[ \t]{1,4}|,)"""
    r"""(?![\-\s|>&,])"""
)
_ELEMENT = lazy(r"<([^\W\d][\w:.\-]{0,99}+)(?:\s[^<>]{0,200})?>(?!\s{0,20}<\w)")
_NAMED = lazy(
    r"""(?<!\w)(?:name|key|id|field|header|Name|Key)(?:\\{0,4}["'])?\s{0,2}[=:]\s{0,2}"""
    r"""\\{0,4}["']?([^"'\\\r\n<>]{1,99}?)(?:\\{0,4}["']|(?=,?\s{1,40}[vV]alue:))"""
)
_NAME_ELEMENT = lazy(r"<(?:key|name|Key|Name)>([^<>]{1,99})</\w{1,9}>\s{0,40}<\w[^<>]{0,60}>")
_PAIR = lazy(r"""[\[(]\s?b?["']([\w\-]{1,99})["'],\s?(?=b?["'])""")
# CREATE USER x WITH PASSWORD 'y', ALTER USER x IDENTIFIED BY 'y'
_SQL = lazy(
    r"(\bIDENTIFIED(?:[ ]WITH[ ]\S{1,40})?[ ](?:BY|AS)(?:[ ]PASSWORD)?"
    r"|(?<=[\w,'\"`])[ ]PASSWORD|\bSET[ ]PASSWORD[^\r\n;=]{0,99}=)"
    r"\s{0,4}\(?\s{0,2}(?='|(?<=DENTIFIED BY )[\w\"])",
    re.IGNORECASE,
)
_PART = lazy(r"[^\r\n]{0,200}\r?\n(?:[^\r\n]{1,200}\r?\n){0,4}\r?\n")
_PART_END = lazy(r"\r?\n--")
_VALUE_OF_NAMED = lazy(
    r"""[^<>{}]{0,60}?(?<!\w)(?:string|String)?[vV]alues?(?:\\{0,4}["'])?\s{0,2}[=:]\s{0,2}"""
)
_CONTENT_OF_NAMED = lazy(r"""[^<>"'\r\n]{0,60}>""")

_NO_CONTENT = tuple(" \"'.,;:)]")
_FIELDS = ("user", "username", "email", "name", "login", "id", "confirm", "text", "hidden")
_END_OF_PHRASE = lazy(r"[\r\n\"';,&|]|[ ]-[ ]")
_WORD_IN_BRACKETS = lazy(r"""[^\s,:;\[\]{}()"'=]+""")
# "when calling the GetSecretValue operation: Secrets Manager can't ..."
_NO_NAMES = (
    "operation", "action", "endpoint", "exception", "function", "call", "class", "failed",
    "failure", "error", "mismatch", "warning",
)  # fmt: skip
_TOLD = ("provided", "given", "used", "supplied", "received", "sent", "specified", "submitted")
_BEFORE_KEY = lazy(r"[\s\"'`{}()\[\],;&?<>=:]")


def hide_assigned(
    text: str, kind_of: Callable[[str], KeyKind], hide: Callable[[str], str], *, code: bool = False
) -> str:
    """``text`` with ``hide(value)`` in place of each value of a secret's key.

    In ``code`` only quoted values count: there ``token = read(event)`` names no secret.
    """
    for marks, matches, read in _NOTATIONS:
        if code and read not in (_of_key, _of_pair, of_call_with_both):
            continue
        if not _has(text, marks):
            continue
        pieces: list[str] = []
        done = after = 0
        for match in matches.finditer(text):
            if match.start() < after:
                continue
            found = read(text, match, kind_of)
            if found is None:
                continue
            kind, value, phrase = found
            if value.end - value.start > MAX_PHRASE:
                after = value.end  # once is enough: so that all values together are linear
            if value.start < done or (code and not value.enclosed):
                continue
            held = text[value.start : value.end]
            if not held or not _tells(kind, held, phrase, value.enclosed):
                continue
            pieces += (text[done : value.start], hide(held))
            done = value.end
        if done:
            text = "".join((*pieces, text[done:]))
    return text


def _has(text: str, marks: tuple[tuple[str, ...], ...]) -> bool:
    """Whether ``text`` has one of each; with any() and all() this would be most of a call."""
    for either in marks:
        for mark in either:
            if mark in text:
                break
        else:
            return False
    return True


def _of_key(text: str, match: re.Match[str], kind_of: KindOf) -> Found:
    kind = _kind(text, match.start(1), match[1], kind_of)
    if not kind.strength:
        return None
    spaced = ":" in match[2] and match[2][-1:].isspace()
    if match[2] == ":" and "arn:" in text[max(0, match.start() - 90) : match.start()]:
        return None  # a name: arn:aws:secretsmanager:us-east-1:123456789012:secret:db
    if match[1] == "PASS" and spaced and text[max(0, match.start() - 4) : match.start()] == "--- ":
        return None  # of a test: --- PASS: TestOrder2 (0.00s)
    if text.startswith("::", match.start() - 2):
        return None  # a type: AWS::SecretsManager::SecretTargetAttachment
    if match[2] == ":" and _LINE.match(text, match.end()) and _SOURCE.fullmatch(match[1]):
        return None
    value = value_at(text, match.end(), match, kind)
    held = text[value.start : value.end]
    if ("\n" in match[2] and held[-1:] == ":") or (
        kind.strength < STRONG and held.lower() == match[1].lower()
    ):
        return None  # the next key: "credentials:\n  EnvironmentCredential: ..."
    if spaced and match[1] in ("pass", "auth", "token", "pin", "sig"):
        before = text[max(0, match.start() - 12) : match.start()].rpartition("\n")[2]
        if (before[-1:] == " " and before.strip()[-1:].isalpha()) or before.endswith("error; "):
            kind = KeyKind(WEAK, kind.digits)  # "tests pass: 41", "unexpected token: x"
    if spaced and text[match.start() - 1 : match.start()] == "/":
        kind = KeyKind(WEAK, kind.digits)  # "/run/secrets/db_password: permission denied"
    return kind, value, _phrase(text, value.end) if spaced and not value.enclosed else ""


def _kind(text: str, start: int, key: str, kind_of: Callable[[str], KeyKind]) -> KeyKind:
    kind = kind_of(key[-200:])
    if kind.strength < SECRET and key.isalpha():
        # "api key", "card number": the word before belongs to it.
        before = text[max(0, start - 20) : start]
        if key.lower() in _NO_NAMES:
            return kind
        if key.lower() in _TOLD:  # "Invalid API key provided: x"
            return kind_of(" ".join(before.split()[-2:]))
        if not before[-1:].isascii():  # a vowel's mark is no part of a word to an expression
            return kind_of(f"{_BEFORE_KEY.split(before)[-1]}{key}")
        if before[-1:] == " " and before[-2:-1].isalpha():
            last = before.split()[-1]
            if last.lower() == "pass" and key.lower() not in ("word", "phrase", "code"):
                return kind  # a verb: "please pass target=x"
            both = kind_of(f"{last} {key}")
            return both if both.strength > kind.strength else kind
    return kind


def _phrase(text: str, start: int) -> str:
    """What stands after a value up to the end of its sentence, which tells prose from data."""
    return _END_OF_PHRASE.split(text[start : start + 80], maxsplit=1)[0]


def _tells(kind: KeyKind, held: str, phrase: str, enclosed: bool) -> bool:
    """Whether ``held`` is a secret where ``phrase`` follows it."""
    if "[redacted]" in held and not held.replace("[redacted]", "").strip(" ,;&\"'"):
        return False
    if enclosed and held[0] in "[{(" and held[-1] in "]})":
        return _brackets_tell(kind, held)
    if phrase.strip() and len(held) <= MAX_PHRASE:
        if not is_secret(kind, held):
            return False
        whole = held + phrase
        if kind.strength != STRONG:
            return is_opaque(held) or is_secret(kind, whole)
        return is_secret(kind, whole)
    return is_secret(kind, held)


def _brackets_tell(kind: KeyKind, held: str) -> bool:
    if kind.strength < SECRET:
        return False
    inside = held[1:-1].strip()
    words = _WORD_IN_BRACKETS.findall(inside[:MAX_VALUE])
    if all(word in ("None", "null", "True", "False", "true", "false") or word.isdecimal()
           for word in words):  # fmt: skip
        return False
    return is_secret(kind, inside) if len(inside) <= MAX_PHRASE else True


def _of_option(text: str, match: re.Match[str], kind_of: KindOf) -> Found:
    kind = kind_of(match[1])
    if not kind.strength:
        return None
    if match[0][-1] == "," and match[0][-2] not in _QUOTES and text[match.start() - 1] != ",":
        return None  # "with --token,not with --key"; a command that commas join has them all over
    value = value_at(text, match.end(), match, kind)
    told = text[value.start : value.end].rstrip("]")
    if told.isupper() and told.lower().replace("_", "-") in match[1].lower().replace("_", "-"):
        return None  # "usage: run [--password PASSWORD]"
    return kind, value, ""


def _of_element(text: str, match: re.Match[str], kind_of: KindOf) -> Found:
    kind = kind_of(match[1])
    if not kind.strength:
        return None
    value = content_at(text, match.end())
    if text[match.end() : match.end() + 1] in _NO_CONTENT and not text.startswith("</", value.end):
        return None  # a place for it: "usage: login <user> <password> ..."
    return kind, value, ""


def _of_name(text: str, match: re.Match[str], kind_of: KindOf) -> Found:
    """``name="password"`` in a form, an element or a pair, and what is called so."""
    kind = kind_of(match[1])
    if not kind.strength:
        return None
    part = _PART.match(text, match.end())
    if part is not None:
        end = _PART_END.search(text, part.end())
        return kind, Value(part.end(), len(text) if end is None else end.start(), True), ""
    value = _VALUE_OF_NAMED.match(text, match.end())
    if value is not None:
        return kind, value_at(text, value.end(), match, kind), ""
    content = _CONTENT_OF_NAMED.match(text, match.end())
    return None if content is None else (kind, content_at(text, content.end()), "")


def _of_pair(text: str, match: re.Match[str], kind_of: KindOf) -> Found:
    """``("authorization", "x")``; ``("password", "email")`` are two names."""
    kind = kind_of(match[1])
    if kind.strength < SECRET:
        return None
    value = value_at(text, match.end(), match, kind)
    if _is_item(text, match, value, kind_of):
        return kind, value, ""
    if kind.strength == STRONG or not match[1].lower().endswith(("authorization", "cookie")):
        kind = KeyKind(WEAK)
    return kind, value, ""


def _is_item(text: str, match: re.Match[str], value: Value, kind_of: KindOf) -> bool:
    """Whether this is one of several pairs, ``[('user', 'ann'), ('password', 'x')]``."""
    held = text[value.start : value.end]
    return (
        text[match.start()] == "("
        and text[value.end + 1 : value.end + 2] == ")"
        and (text[max(0, match.start() - 1) : match.start()] == "["
             or text[max(0, match.start() - 3) : match.start()] == "), ")
        and held.lower() != match[1].lower()
        and held.lower() not in _FIELDS
        and not kind_of(held).strength
    )  # fmt: skip


def _of_sql(text: str, match: re.Match[str], kind_of: KindOf) -> Found:
    statement = _STATEMENT.search(text, max(0, match.start() - 200), match.end())
    if statement is None:
        return None
    return KeyKind(STRONG), value_at(text, match.end(), match, KeyKind(STRONG)), ""


_STATEMENT = lazy(r"\b(?:CREATE|ALTER|SET|GRANT)\b", re.IGNORECASE)

# With what a text has to have for them: compiling an expression costs more than most texts.
_QUOTES = ("'", '"')
_NOTATIONS: tuple[
    tuple[tuple[tuple[str, ...], ...], re.Pattern[str], Callable[..., Found]], ...
] = (
    ((("<",), (">",)), _ELEMENT, _of_element),
    ((("ey>", "ame>"),), _NAME_ELEMENT, _of_element),
    ((("ame", "ey", "id", "field", "header"), (*_QUOTES, "alue:"), ("=", ":")), _NAMED, _of_name),
    ((("=", ":"),), _KEY, _of_key),
    ((("-",), (" ", ",")), _OPTION, _of_option),
    ((("ENV ", "setx ", "setenv ", " set ", "CONFIG SET"),), _SET, _of_option),
    ((("(",), _QUOTES, ('("', "('", "(b", "( ")), CALL, of_call),
    (
        (("(",), ("in(", "set(", "als(", "uth(", "ind(", "_s(", "ypt(", "YPT("), _QUOTES, (",",)),
        CALL_WITH_BOTH,
        of_call_with_both,
    ),
    ((_QUOTES, ("!=", "<>", "LIKE", "IN")), _COMPARED, _of_option),
    ((("(", "["), _QUOTES, (",",)), _PAIR, _of_pair),
    ((("BY ", "by ", "'"), ("BY", "by", "AS", "as", "PASS", "pass")), _SQL, _of_sql),
    (((" ",), SPOKEN_WORDS), SPOKEN, of_word),
)
