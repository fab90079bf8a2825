"""Secrets that a client says to a server, as transcripts and errors print them.

``PASS x`` of FTP and POP3, ``AUTH PLAIN x`` of SMTP, ``A1 LOGIN ann x`` of IMAP, ``AUTH ann x`` and
``ACL SETUSER ann >x`` of Redis. Headlines and reports of tests have the same words: "PASS
src/a.test.js", "the AUTH service". So a word counts where a sign of such a talk is beside it, or
where it looks made and ends what is said.
"""

from __future__ import annotations

import re
from binascii import a2b_base64
from collections.abc import Callable

from errorlog.lazy_pattern import lazy
from errorlog.secret_keys import STRONG, KeyKind
from errorlog.secret_values import ABOUT_COMMANDS, is_made, is_opaque, is_secret, is_word

_BARE = r"[^\s\"'`\\]{1,256}"
_NEWLINE = r"(?:\\{1,2}r\\{1,2}n|\r?\n)"
_START = r"(?:(?<![\w\-])|(?<=\\[rn]))"  # of a word, also behind a line's end that is escaped
_NEAR = 300
_MAX_TALK = 20
_ENDING = ",;:.)]}"
# What may follow the last word of a command: nothing, a sign, or what became of it.
_SIGN = lazy(r"[ ]{0,4}(?:\Z|[\r\n\"'`)\]},;.]|\\{1,2}[rn]|[=\-]>|:(?:[ ]|\Z))")
_OUTCOME = lazy(
    r"[ ](?:failed|returned|rejected|refused|was|is|of|caused|raised|timed|on|from|at)\b"
)
_MECHANISM = lazy(r"X?OAUTH\w{0,9}|[A-Z]{3,8}-[A-Z\d\-]{2,16}|PLAIN|LOGIN|NTLM|GSSAPI|EXTERNAL")
_FILE = lazy(r"[\w./\-\[\]]{1,256}\.[a-z]{1,5}")

# Of a client's side of a transcript: "C: ", "-> ", ftplib's "*cmd* '", smtplib's "send: '".
_CLIENT = lazy(
    r"(?:(?:\A|[\s\"'(\[])(?:C:|-{1,4}>|>{1,3}|\*(?:cmd|put)\*|sen[dt]:|sending:|command:|cmd:"
    r"|AUTHINFO)\s?b?[\"'`]?)\Z",
    re.IGNORECASE,
)
_PASS = lazy(rf"{_START}PASS[ ]{{1,4}}({_BARE})")
_USER = lazy(r"(?<![\w\-])(?:USER|NICK)[ ]{1,4}[^\s\"'`\\]{1,64}")
_JOINED = lazy(r"(?:[\s,;:/&+|'\"\\.()>\-]|and(?!\w)|then(?!\w)|b(?=['\"]))*+")
_REPLY = lazy(r"(?<!\w)(?:33[12]|530|535|[45]\d\d 5)[ \-][A-Z5]|\+OK\b|-ERR\b")
_TAGGED = lazy(
    rf"{_START}(?:([A-Za-z]{{1,10}}\d{{1,8}})[ ])?LOGIN[ ]"
    rf"(?:\\?\"[^\"\r\n]{{1,128}}\"|{_BARE})[ ](?:\\?\"([^\"\r\n]{{1,256}})\"|({_BARE}))"
)
_SASL = lazy(
    rf"{_START}AUTH(?:ENTICATE)?[ ](?:(?:PLAIN|X?OAUTH2|XOAUTH2|OAUTHBEARER)"
    rf"(?:[ ]|{_NEWLINE}(?:(?:S:[ ])?(?:334|\+)[ ]?{_NEWLINE})?(?:C:[ ])?)"
    r"|[A-Z][A-Z\d\-]{2,20}[ ])([A-Za-z\d+/]{4,8192}+={0,2}+)(?![\w+/=\-])"
)
_ASKED = "UGFzc3dvcmQ6"  # base64 of "Password:"
_ANSWERED = lazy(
    r"(?:^|\n|\\n)[ ]{0,8}(?:C:|sen[dt]:|-{0,2}>{1,3})?[ ]?b?[\"']?([A-Za-z\d+/]{4,256}+={0,2}+)"
    r"(?=\\{1,2}r|[\"']|\s{0,4}(?:\n|\Z))"
)
_REDIS = lazy(
    r"redis|valkey|WRONGPASS|NOAUTH|args beginning with|of pipeline|HELLO [23]|:6379(?!\d)",
    re.IGNORECASE,
)
# What stands before a command rather than within a sentence.
_COMMAND = lazy(r"(?:\A|[\r\n\"'`(\[>:][ ]?|HELLO [23][ ])\Z")
_AUTH = lazy(rf"(?:(?<![\w\-\"'`])|(?<=\\[rn]))AUTH2?[ ]{{1,2}}({_BARE})(?:[ ]{{1,2}}({_BARE}))?")
_AUTH_QUOTED = lazy(
    r"([\"'`])AUTH\1(,?[ ]{0,2}|,[ ]with args beginning with:[ ])\1([^\"'`\r\n]{1,256})\1"
    r"(?:,?[ ]{0,2}\1([^\"'`\r\n]{1,256})\1)?"
)
_AUTH_SENT = lazy(
    rf"AUTH{_NEWLINE}\$\d{{1,5}}{_NEWLINE}([^\r\n\\]{{1,256}})"
    rf"(?:{_NEWLINE}\$\d{{1,5}}{_NEWLINE}([^\r\n\\]{{1,256}}))?",
    re.IGNORECASE,
)
_SETUSER = lazy(r"(?<!\w)SETUSER[ ]")
_ADDED = lazy(r"(?<![\w>\-=])>([^\s\"'`\\]{1,256})")


def hide_said(text: str, hidden: Callable[[str], str]) -> str:
    """``text`` without them; ``hidden`` is told each, and gives what stands in its place."""
    spans: list[tuple[int, int]] = []
    if "PASS " in text:
        spans += _passwords(text)
    if "LOGIN " in text:
        spans += _logins(text)
    if "AUTH" in text:
        spans += _exchanged(text, hidden)
        spans += _of_redis(text)
    if "SETUSER " in text:
        for command in _SETUSER.finditer(text):
            end = command.end()
            spans += (added.span(1) for added in _ADDED.finditer(text, end, end + _NEAR))
    if not spans:
        return text
    pieces: list[str] = []
    done = 0
    for start, end in sorted(spans):
        if start >= done and "[redacted]" not in text[start:end]:
            pieces += (text[done:start], hidden(text[start:end]))
            done = end
    return "".join((*pieces, text[done:]))


def _passwords(text: str) -> list[tuple[int, int]]:
    found = []
    replied: bool | None = None
    for said in _PASS.finditer(text):
        start, end = _bare(said, 1)
        held = text[start:end]
        if not _is_said(held) or not (_ends(text, end) or is_opaque(held)):
            continue
        before = text[max(0, said.start() - _NEAR) : said.start()]
        if not _follows_user(before):
            if replied is None:
                replied = _REPLY.search(text) is not None
            is_talk = replied or _CLIENT.search(before[-_MAX_TALK:]) is not None
            if not is_talk or _FILE.fullmatch(held):
                continue
            if is_word(held) and _SIGN.match(text, end) is None:
                continue
        found.append((start, end))
    return found


def _follows_user(before: str) -> bool:
    """Whether ``before`` a word a user was named to the server, and little else told."""
    end = max((user.end() for user in _USER.finditer(before)), default=-1)
    between = before[end:]
    return end >= 0 and (
        "\n" in between or "\\n" in between or _JOINED.fullmatch(between) is not None
    )


def _logins(text: str) -> list[tuple[int, int]]:
    found = []
    for said in _TAGGED.finditer(text):
        if said[2]:
            found.append((said.start(2), said.end(2) - (said[2][-1] == "\\")))
            continue
        start, end = _bare(said, 3)
        user = text[said.start() : start].split()[-1]
        held = text[start:end]
        if not _is_said(held) or user.lower() in ABOUT_COMMANDS:
            continue
        before = text[max(0, said.start() - _MAX_TALK) : said.start()]
        is_talk = said[1] or _CLIENT.search(before) is not None or _is_bytes(text, before, said)
        if (is_talk and _ends(text, end)) or (is_made(held) and _SIGN.match(text, end)):
            found.append((start, end))
    return found


def _is_bytes(text: str, before: str, said: re.Match[str]) -> bool:
    """Whether Python prints it as bytes, which a sentence is not: b'LOGIN ann x'"""
    return before[-2:] in ("b'", 'b"') and text[said.end() : said.end() + 1] == before[-1:]


def _exchanged(text: str, hidden: Callable[[str], str]) -> list[tuple[int, int]]:
    """What mechanisms of SASL have in base64."""
    found = []
    for said in _SASL.finditer(text):
        held = said[1]
        password = _of_plain(held)
        if password:
            hidden(password)  # wherever else it stands
        if password or held[-1] == "=" or (is_opaque(held) and not held.isupper()):
            found.append(said.span(1))
    at = text.find(_ASKED)
    while at >= 0:
        for answered in _ANSWERED.finditer(text, at + len(_ASKED), at + _NEAR):
            if answered[1] != _ASKED:
                found.append(answered.span(1))
                break
        at = text.find(_ASKED, at + _NEAR)
    return found


def _of_plain(encoded: str) -> str:
    """The password that base64 of ``\\0ann\\0x`` has in it; of other texts nothing."""
    try:
        decoded = a2b_base64(encoded[: len(encoded) // 4 * 4]).decode("utf-8", "replace")
    except ValueError:
        return ""
    parts = decoded.split("\0")
    return parts[2] if len(parts) == 3 and parts[1].isprintable() else ""


def _of_redis(text: str) -> list[tuple[int, int]]:
    found = []
    for sent in _AUTH_SENT.finditer(text):
        found.append(sent.span(2 if sent[2] else 1))
    is_redis = _REDIS.search(text) is not None
    for said in _AUTH_QUOTED.finditer(text):
        group = 4 if said[4] else 3
        apart = "," not in said[2]
        if _is_said(said[group]) and (is_redis or apart or is_made(said[group])):
            found.append(said.span(group))
    for said in _AUTH.finditer(text):
        start, end = _bare(said, 1)
        if not _is_said(text[start:end], 1):
            continue
        asked = _COMMAND.search(text[max(0, said.start() - _MAX_TALK) : said.start()]) is not None
        if said[2] and end == said.end(1):
            second = _bare(said, 2)
            if _is_argument(text, second, is_redis, asked):
                found.append(second)
                continue
        if _is_argument(text, (start, end), is_redis, asked):
            found.append((start, end))
    return found


def _is_argument(text: str, span: tuple[int, int], is_redis: bool, asked: bool) -> bool:
    held = text[slice(*span)]
    if not _is_said(held):
        return False
    if is_word(held):
        return is_redis and asked and _SIGN.match(text, span[1]) is not None
    return (is_redis and is_opaque(held)) or (_ends(text, span[1]) and (is_redis or is_made(held)))


def _is_said(held: str, shortest: int = 4) -> bool:
    """Whether ``held`` may be what a client says, and is no word about it."""
    return (
        held[:1] not in "([{<"
        and held.lower() not in ABOUT_COMMANDS
        and _MECHANISM.fullmatch(held) is None
        and is_secret(KeyKind(STRONG, shortest), held)
    )


def _ends(text: str, end: int) -> bool:
    return _SIGN.match(text, end) is not None or _OUTCOME.match(text, end) is not None


def _bare(said: re.Match[str], group: int) -> tuple[int, int]:
    """Where a word is, without the signs that end a sentence."""
    start = said.start(group)
    return start, start + len(said[group].rstrip(_ENDING))
