"""Secrets that only what stands beside them tells: no key of theirs does, and no form.

Members of a JSON Web Key, an OAuth code beside its state, values of a Kubernetes Secret, the last
field of a line of .pgpass, a token in the path of a URL.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from itertools import islice

from errorlog.lazy_pattern import lazy
from errorlog.secret_keys import NO_SECRET, STRONG, KeyKind, kind_of
from errorlog.secret_values import is_made, is_opaque, is_secret

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_SECRET = KeyKind(STRONG, 1)
_NONE: dict[str, KeyKind] = {}
MARKS = frozenset(("kty", "code", "kind", "loc", "msg", "rejectedValue"))
# https://www.rfc-editor.org/rfc/rfc7518#section-6: what is private of each kind of key.
_OF_JWK = dict.fromkeys(("d", "p", "q", "dp", "dq", "qi", "k", "oth"), _SECRET)
# https://kubernetes.io/docs/concepts/configuration/secret/
_OF_KUBERNETES = dict.fromkeys(("data", "stringData"), _SECRET)
_OF_A_GRANT = ("grant_type", "redirect_uri", "code_verifier", "session_state")
_SURE = 16
_MAX_PLACE = 256
_SHORTEST_CODE = 8

_MEMBER = lazy(
    r"""(\\{0,4}["'](?:d|p|q|dp|dq|qi|k)\\{0,4}["']\s{0,2}:\s{0,2}\\{0,4}["'])[\w\-]{8,}"""
)
_CODE = lazy(r"((?<![\w\-])code=)([^&\s\"'<>#;,\\]{8,512})")
_STATE = lazy(r"(?<![\w\-])state=([^&\s\"'<>#;,\\]{1,512})")
_GRANT = lazy(r"(?:grant_type=authorization_code|code_verifier=|session_state=)")
# pydantic's errors as FastAPI prints them; in JSON they are read as what they are.
_LOCATED = lazy(
    r"'loc': [\[(](?:[^\[\]()]{0,200}[\s,])?'(?P<key>[^'\n]{1,99})',?[\])][^{}]{0,600}?'input': b?"
    r"(?:'(?P<value>(?:[^'\\]|\\.){1,1024}+)|\"(?P<other>[^\"]{1,1024}+))"
)
_KIND = lazy(r"^[ \t\-]{0,40}kind:[ \t]{0,4}[\"']?Secret\b", re.MULTILINE)
_DATA = lazy(r"^([ \t]{0,40})(?:data|stringData):[ \t]{0,4}\r?$", re.MULTILINE)
_ENTRY = lazy(r"[ \t]{1,80}[\w.\-]{1,253}:[ \t]{1,4}")
_MAX_LINES = 500
# host:port:database:user:password, https://www.postgresql.org/docs/current/libpq-pgpass.html
_PGPASS = lazy(
    r"((?<![\w:.\-*/])(?:[\w.\-]{1,253}|\*):(?:54\d\d|6432|26257|\*):[\w.*\-]{1,63}:[\w.*@\-]{1,63}:)"
    r"[^\s:\"',]{1,256}"
)
_PATH = lazy(
    r"(/(?:reset|reset[_\-]password|password[_\-]reset|magic|magic[_\-]link|activate|invite"
    r"|invitations?|tokens?|access[_\-]tokens?|api[_\-]?keys?|secrets?|unsubscribe)/)"
    r"[\w\-.~=]{12,}"
)
_PLACES = ("reset", "magic", "activate", "invit", "token", "key", "secret", "unsubscribe")


def kinds_beside(fields: Mapping[Any, Any]) -> Mapping[str, KeyKind]:
    """Of a mapping's keys, which are a secret's because of the others; most have none."""
    if MARKS.isdisjoint(fields):
        return _NONE
    found: dict[str, KeyKind] = {}
    if isinstance(fields.get("kty"), str):
        found |= _OF_JWK
    if fields.get("kind") == "Secret":
        found |= _OF_KUBERNETES
    code, state = _first(fields.get("code")), _first(fields.get("state"))
    if code and (_is_grant(code, state) or _is_asked_for(code, fields)):
        found["code"] = _SECRET
    kind = _located(fields)
    if kind.strength:
        found |= {key: kind for key in ("input", "value", "rejectedValue") if key in fields}
    return found


def _located(fields: Mapping[Any, Any]) -> KeyKind:
    """Of the field that an error of a validation is about: pydantic's, Spring's and others'."""
    place = fields.get("loc")
    if isinstance(place, list | tuple) and place and "input" in fields:
        # Of what is missing they have what it is missing in.
        place = "" if fields.get("type") == "missing" else place[-1]
    elif "msg" in fields and "value" in fields:
        place = fields.get("path", fields.get("param"))
    elif "rejectedValue" in fields:
        place = fields.get("field")
    return kind_of(place[-_MAX_PLACE:]) if isinstance(place, str) else NO_SECRET


def _first(value: object) -> str:
    """A parameter of a query, which may be a list of one."""
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    return value if isinstance(value, str) else ""


def _is_grant(code: str, state: str) -> bool:
    """Whether ``code`` is one that OAuth gives out, beside the ``state`` that it gives back.

    An error's code beside the state of what failed is none: its parts are words and numbers.
    """
    if not state or len(code) < _SHORTEST_CODE or not is_made(code):
        return False
    return len(code) >= _SURE or is_opaque(state)


def _is_asked_for(code: str, fields: Mapping[Any, Any]) -> bool:
    return (
        len(code) >= _SHORTEST_CODE
        and is_made(code)
        and any(isinstance(fields.get(name), str) for name in _OF_A_GRANT)
    )


def hide_neighbours(
    text: str, hide: Callable[[re.Match[str]], str], hidden: Callable[[str], str]
) -> str:
    """``text`` without those that stand in it.

    ``hide`` replaces a match but for its first group, ``hidden`` a value.
    """
    if "kty" in text:
        text = _MEMBER.sub(hide, text)
    if "'loc'" in text:
        text = _LOCATED.sub(lambda located: _without_input(located, hidden), text)
    if "code=" in text:
        text = _without_codes(text, hidden)
    if "data:" in text.lower() and _KIND.search(text) is not None:
        text = _without_kubernetes(text, hidden)
    if text.count(":", 0, 4_096) >= 4:
        text = _PGPASS.sub(hide, text)
    if "/" in text and any(place in text for place in _PLACES):
        text = _PATH.sub(
            lambda path: hide(path) if is_made(path[0][len(path[1]) :]) else path[0], text
        )
    return text


def _without_input(located: re.Match[str], hidden: Callable[[str], str]) -> str:
    group = "value" if located["value"] else "other"
    if not is_secret(kind_of(located["key"]), located[group]):
        return located[0]
    return f"{located[0][: located.start(group) - located.start()]}{hidden(located[group])}"


def _without_codes(text: str, hidden: Callable[[str], str]) -> str:
    state = _STATE.search(text)
    asked = _GRANT.search(text) is not None
    if state is None and not asked:
        return text

    def shown(code: re.Match[str]) -> str:
        told = (asked and is_made(code[2])) or (state and _is_grant(code[2], state[1]))
        return f"{code[1]}{hidden(code[2])}" if told else code[0]

    return _CODE.sub(shown, text)


def _without_kubernetes(text: str, hidden: Callable[[str], str]) -> str:
    """The YAML of a Secret without its values: all that is indented below ``data``."""
    pieces: list[str] = []
    done = 0
    for data in islice(_DATA.finditer(text), _MAX_LINES):
        start = data.end() + 1
        if start <= done:
            continue
        pieces.append(text[done:start])
        indent = f"{data[1]} "
        lines = 0
        while start < len(text) and lines < _MAX_LINES:
            end = text.find("\n", start)
            end = len(text) if end < 0 else end
            line = text[start:end].rstrip("\r")
            if line.strip() and not line.startswith((indent, f"{data[1]}\t")):
                break
            entry = _ENTRY.match(line)
            begin = entry.end() if entry is not None else len(line) - len(line.lstrip())
            value = line[begin:]
            told = value and value not in ("|", "|-", ">", ">-") and is_secret(_SECRET, value)
            pieces += (line[:begin], hidden(value) if told else value, text[start:end][len(line) :])
            pieces.append(text[end : end + 1])
            start, lines = end + 1, lines + 1
        done = min(start, len(text))
    return "".join((*pieces, text[done:])) if pieces else text
