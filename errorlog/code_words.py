"""What an exception's words owe to the program: no caller's secret, even where it reads the same.

A caller may send the password ``no stock``. In "no stock for order-12" these words are the
program's own, as its code shows, and stay.
"""

from __future__ import annotations

import sys
from itertools import islice
from types import CodeType

from errorlog.known_secrets import KnownSecrets, Span, has_ellipsis
from errorlog.lazy_pattern import lazy
from errorlog.stack_trace import MAX_EXCEPTIONS, chained
from errorlog.type_names import qualified_name

_MAX_CODES = 100
_MAX_LITERALS = 2_000
_MAX_FOUND = 200
_MAX_LENGTH = 2_000
_MAX_KNOWN = 500
# By its id, for the hash of a code reads all of it; held, so that no id is used again.
_known_codes: dict[int, tuple[CodeType, tuple[str, ...], str]] = {}
_PLACEHOLDER = lazy(r"%(?:\(\w{1,40}\))?[#0\- +\d.]{0,9}[a-zA-Z]|\{[^{}]{0,60}\}")
_TOKEN = lazy(r"\S+\s*")
_QUOTED = lazy(r"""'[^'\n]{0,1000}'|"[^"\n]{0,1000}\"""")


def own_words(error: BaseException, known: KnownSecrets) -> list[str]:
    """Literals and names of the code that ``error`` went through, as far as ``known`` hides them.

    Never raises.
    """
    if not known:
        return []
    found: dict[str, tuple[str, ...]] = {}
    try:
        for link in islice(chained(error), MAX_EXCEPTIONS):
            entry, codes = link.__traceback__, 0
            while entry is not None and codes < _MAX_CODES and len(found) < _MAX_FOUND:
                words, together = _words_of(entry.tb_frame.f_code)
                found[together] = words
                entry, codes = entry.tb_next, codes + 1
    except BaseException:  # noqa: S110 - an exception whose own attributes raise
        pass
    # Most programs say nothing that a caller calls a secret: all of it is looked at once.
    together = "\n".join(found)
    if not has_ellipsis(together) and known.hide(together) == together:
        return []
    every = dict.fromkeys(word for words in found.values() for word in words)
    return [word for word in islice(every, _MAX_LITERALS) if known.hide(word) != word]


def _words_of(code: CodeType) -> tuple[tuple[str, ...], str]:
    """Its literals and names, and these as lines. The same code fails again and again."""
    kept = _known_codes.get(id(code))
    if kept is not None and kept[0] is code:
        return kept[1:]
    words: dict[str, None] = {}
    waiting: list[object] = [*code.co_consts, *code.co_names, *code.co_varnames, code.co_qualname]
    for constant in islice(waiting, _MAX_LITERALS):
        if isinstance(constant, str) and 4 <= len(constant) <= _MAX_LENGTH:
            words |= dict.fromkeys(
                piece for piece in _PLACEHOLDER.split(constant) if len(piece) >= 4
            )
        elif isinstance(constant, tuple):
            waiting += constant[:100]
    if len(_known_codes) >= _MAX_KNOWN:
        _known_codes.clear()
    _known_codes[id(code)] = code, tuple(words), "\n".join(words)
    return _known_codes[id(code)][1:]


def own_spans(error: BaseException, text: str, words: list[str]) -> list[Span]:
    """Where in ``text``, the words of ``error``, the program itself speaks."""
    spans: list[Span] = []
    for word in words:
        at = text.find(word)
        while at >= 0 and len(spans) < _MAX_LITERALS:
            spans.append((at, at + len(word)))
            at = text.find(word, at + len(word))
    if _is_interpreters(error):
        done = 0
        for quoted in _QUOTED.finditer(text):
            spans += _plain_words(text, done, quoted.start())
            done = quoted.end()
        spans += _plain_words(text, done, len(text))
    return spans


def _plain_words(text: str, start: int, end: int) -> list[Span]:
    """Words of letters only: what else the interpreter quotes without quotes may be data."""
    return [
        (token.start(), token.end())
        for token in islice(_TOKEN.finditer(text, start, end), _MAX_LITERALS)
        if token[0].strip(" ,.:;()[]-").isalpha()
    ]


def _is_interpreters(error: BaseException) -> bool:
    """Whether Python itself raised it, in C: "division by zero"."""
    try:
        module = qualified_name(error).partition(".")[0]
        if module not in sys.stdlib_module_names or module == "sqlite3":
            return False
        import opcode

        entry = error.__traceback__
        while entry is not None and entry.tb_next is not None:
            entry = entry.tb_next
        if entry is None or entry.tb_lasti < 0:
            return False
        instruction = entry.tb_frame.f_code.co_code[entry.tb_lasti]
        return opcode.opname[instruction] not in ("RAISE_VARARGS", "RERAISE")
    except BaseException:
        return False
