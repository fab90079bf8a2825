"""Secrets among the arguments of commands: in a text, ``mysql -px``, and in a list of words.

A text may quote a command, ``Command 'mysql -px' returned ...``, and print a list of its words,
``['mysql', '-px']``; so a quote begins a word only where a value is due.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from errorlog.command_hints import ARGUMENT_KEYS, MAX_WORDS
from errorlog.command_line import TOLD, CommandLine
from errorlog.commands import names, programs_of
from errorlog.lazy_pattern import lazy
from errorlog.patterns import REDACTED
from errorlog.secret_keys import NO_SECRET, SECRET, KeyKind
from errorlog.secret_values import is_secret

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re
    from typing import Any

_PLACES_OF_SECRETS = ("password", "passwd", "pass", "pw", "token", "key", "secret", "pin")
_MAX_TEXT = 16_384
_PROGRAM_KEYS = ("command", "cmd", "Command", "Cmd", "program", "executable", "entryPoint",
                 "entrypoint", "Entrypoint", "EntryPoint", "file")  # fmt: skip
_FIRST = 12  # a program is named among so many words
_NAME = lazy(r"[A-Za-z0-9][\w\-]{1,24}")
_WORD = lazy(r"""[^\s'"`|;<>]+""")
_END = lazy(r"[|<>]|(?<!\\)\r|(?<![\\\r])\n|(?<![\w'\"]);|;(?=\s)")
_QUOTES = "'\"`"
_DUE = lazy(r"""(?:\\{0,4}["'])?,?[ \t]{0,8}(\\{0,4}["'])([^\r\n]{0,1000}?)\1""")
_CLOSED = lazy(r"""["'`][^,"'`]*\Z|^[\])}]""")
_BEHIND = lazy(r"""(\\{0,4}["'])([^\s,)\]}'"][^\r\n]{0,1000}?)\1""")
# Said to the standard input of what asks for it there.
_ECHOED = lazy(
    r"""(?<![\w\-])(?:echo|printf|print|write-output)[ \t]{1,4}(?:-\w{1,3}[ \t]{1,4}){0,3}"""
    r"""(?:["']?%s(?:\\{1,2}n)?["']?[ \t]{1,4})?"""
    r"""("[^"\r\n]{1,500}"|'[^'\r\n]{1,500}'|[^\s|"'&;]{1,500})"""
    r"""[ \t]{0,4}\|(?=([^\r\n;]{1,300}))"""
)
_HERE = lazy(
    r"""(?:<<<|<\((?:echo|printf)[ ])[ \t]{0,4}"""
    r"""("[^"\r\n]{1,500}"|'[^'\r\n]{1,500}'|[^\s|"'&;)]{1,500})"""
)
_DOCUMENT = lazy(
    r"""<<-?["']?(\w{1,20})["']?([^\r\n]{0,300})\r?\n([^\r\n]{1,500})(?=\r?\n[ \t]{0,8}\1)"""
)
_ASKING = lazy(
    r"""--?[\w\-]{0,30}(?:passw|passphrase|token|secret|stdin)|chpasswd|passwd\b|\bkinit\b"""
    r"""|cryptsetup|\bsudo[ ]{1,4}(?:-\w{1,9}[ ]{1,4}){0,3}-\w{0,3}S\b|\blogin\b|\bsecrets?\b"""
    r"""|\bunlock\b|\bsignin\b|htpasswd[ ]{1,4}-\w{0,4}i"""
)


def hide_arguments(text: str, hidden: Callable[[str], str]) -> str:
    """``text`` without them; ``hidden`` is told each, and gives what stands in its place."""
    if "|" in text:
        text = _ECHOED.sub(lambda echoed: _said(echoed, echoed[2], hidden), text)
    if "<<" in text or "<(" in text:
        whole = text
        text = _HERE.sub(
            lambda said: _said(said, whole[max(0, said.start() - 300) : said.start()], hidden),
            whole,
        )
        told = text
        text = _DOCUMENT.sub(
            lambda said: _said(
                said, told[max(0, said.start() - 300) : said.start()] + said[2], hidden, 3
            ),
            told,
        )
    if names().isdisjoint(_NAME.findall(text.lower())):
        return text
    pieces: list[str] = []
    done = at = 0
    line = CommandLine()
    for start, end in _words(text):
        if start < at:
            continue
        if line.under_way and _END.search(text, at, start) is not None:
            line = CommandLine()
        quoted = _DUE.match(text, at) if line.due else None
        if line.due and quoted is None and _CLOSED.search(text, at, end) is not None:
            line = CommandLine()  # the command ends with its option: "'docker login -p' failed"
        if quoted is not None:
            start, end = quoted.span(2)
            span = line.word(quoted[2])
        else:
            bare = text[start:end].rstrip("\\")
            # A quote right behind an option begins its value, but for that which ends a word.
            opens = line.under_way and bare and text[end : end + 1] in _QUOTES
            begins = opens and text[start - 1 : start] not in _QUOTES
            behind = _BEHIND.match(text, start + len(bare)) if begins else None
            if behind is not None:
                span = line.word(bare + behind[2])
                end = behind.end()
                if span is not None and span[0] >= len(bare):
                    start = behind.start(2) - len(bare)
            elif line.due:
                span = line.word(bare.rstrip(","))
            else:
                word_alone = bare.removeprefix("$").lstrip("(") if bare[:2] == "$(" else bare
                word_alone = word_alone.lstrip("()[]{},")
                start += len(bare) - len(word_alone)
                span = line.word(word_alone.rstrip("()[]{},"))
        at = end
        if span is None:
            continue
        begin, stop = start + span[0], start + span[1]
        held = text[begin:stop]
        if begin >= done and _is_told(held, span[2]):
            pieces += (text[done:begin], hidden(held))
            done = stop
    return "".join((*pieces, text[done:])) if pieces else text


def _words(text: str) -> Iterator[tuple[int, int]]:
    """Where each word of ``text`` is; those of a command that commas join are several."""
    for word in _WORD.finditer(text):
        start, end = word.span()
        if "," in word[0] and any(map(programs_of, _pieces(word[0]))):
            for piece in word[0].split(","):
                end = start + len(piece)
                if piece:
                    yield start, end
                start = end + 1
        else:
            yield start, end


def _pieces(word: str) -> list[str]:
    """The first of those that commas join in ``word``."""
    return [piece.lstrip("([{") for piece in word.split(",", _FIRST)[:_FIRST]]


def _said(match: re.Match[str], asked: str, hidden: Callable[[str], str], group: int = 1) -> str:
    """The text of ``match`` without its ``group``, where ``asked`` has who asks for a secret."""
    if _ASKING.search(asked) is None:
        return match[0]
    start, end = match.start(group) - match.start(), match.end(group) - match.start()
    if match[group][0] in _QUOTES:
        start, end = start + 1, end - 1
    held = match[0][start:end]
    user, colon, password = held.partition(":")  # of chpasswd's
    if colon and user and "chpasswd" in asked:
        start, held = end - len(password), password
    if not _is_told(held, TOLD):
        return match[0]
    return f"{match[0][:start]}{hidden(held)}{match[0][end:]}"


def _is_told(held: str, kind: KeyKind) -> bool:
    if held[:1] == "$" and (held[1:2].isalpha() or held[1:2] in ("{", "(", "_")):
        return False  # a variable of the shell's: $PW, $(cat file), $env:PW
    bare = held.strip("[]<>{}")
    if bare in ("", "redacted") or (bare.isupper() and bare.lower() in _PLACES_OF_SECRETS):
        return False  # usage: docker login [-p PASSWORD]
    return is_secret(kind, held)


def _is(value: object, *kinds: type) -> bool:
    """As isinstance, which asks a value for its class, and so runs its code."""
    return issubclass(type(value), kinds)


def spans(words: Sequence[Any], kind_of: Callable[[str], KeyKind]) -> dict[int, tuple[int, int]]:
    """Where in which of ``words``, if they are the arguments of a command, a secret stands.

    ``kind_of`` says what the name of an option such as ``--password`` says of the next word.
    """
    found: dict[int, tuple[int, int]] = {}
    kind = NO_SECRET
    for number, word in enumerate(words[:MAX_WORDS]):
        if not _is(word, str):
            kind = NO_SECRET
            continue
        word = str.__str__(word)
        if kind.strength >= SECRET and word[:1] != "-" and _is_told(word, kind):
            found[number] = 0, len(word)
        option = word[:1] == "-" and "=" not in word
        kind = kind_of(word.lstrip("-")) if option else NO_SECRET
    if not any(type(word) is str and programs_of(word) for word in words[:_FIRST]):
        return found
    line = CommandLine()
    for number, word in enumerate(words[:MAX_WORDS]):
        if not _is(word, str):
            line.word("")
            continue
        span = line.word(str.__str__(word))
        if span is not None and _is_told(word[span[0] : span[1]], span[2]):
            found[number] = span[:2]
    return found


def hide_words(
    words: Sequence[Any],
    kind_of: Callable[[str], KeyKind],
    hidden: Callable[[str], str],
    *,
    behind: Sequence[Any] = (),
) -> Sequence[Any]:
    """``words``, arguments that stand ``behind`` others, without their secrets.

    ``hidden`` is told each, and gives what stands in its place.
    """
    clean: list[Any] | None = None
    for place, (start, end) in spans([*behind, *words] if behind else words, kind_of).items():
        number = place - len(behind)
        if number >= 0:
            clean = list(words) if clean is None else clean
            word = str.__str__(words[number])
            clean[number] = f"{word[:start]}{hidden(word[start:end])}{word[end:]}"
    return words if clean is None else clean


def beside(
    fields: Mapping[Any, Any], kind_of: Callable[[str], KeyKind]
) -> tuple[dict[str, Any], list[str]]:
    """Arguments that stand beside their program, as ``{"command": ["mysql"], "args": ["-px"]}``.

    Those with a secret as they are without it, by their key, and the secrets.
    """
    clean: dict[str, Any] = {}
    secrets: list[str] = []

    def hidden(secret: str) -> str:
        secrets.append(secret)
        return REDACTED

    for name in _PROGRAM_KEYS:
        program: Any = fields.get(name)
        named: Any = str.split(program) if _is(program, str) else program
        if not _is(named, list, tuple) or not 0 < len(named) <= _FIRST:
            continue
        for key in ARGUMENT_KEYS - {name}:
            held: Any = fields.get(key)
            if _is(held, str) and all(type(word) is str for word in named):
                before = f"{' '.join(named)} "
                told = hide_arguments(before + held[:_MAX_TEXT], hidden)[len(before) :]
                if told != held[:_MAX_TEXT]:
                    clean[key] = told + held[_MAX_TEXT:]
            elif _is(held, list, tuple):
                words = hide_words(held, kind_of, hidden, behind=named)
                if words is not held:
                    clean[key] = words
    return clean, secrets
