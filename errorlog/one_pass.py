"""An event as nearly all are, read for secrets and written down in one walk.

Small, of the types that JSON has, with keys that hold no secret themselves: then a text is either
hidden by its key, or known to hold nothing, or left for later. What makes the walk sound is looked
at when all that a failure has around it has been read: that no secret stands in what was kept. All
other values are read first and written after, by :mod:`errorlog.gathering` and
:mod:`errorlog.redaction`, which give the same of each that is read here.
"""

from __future__ import annotations

import math
from json.encoder import encode_basestring_ascii as quoted

from errorlog import encodings
from errorlog.command_hints import ARGUMENT_KEYS, may_be_a_command
from errorlog.gathering import VALUE_KEYS, inherited, names_a_secret, pair_kind
from errorlog.key_sets import key_set
from errorlog.known_secrets import KnownSecrets, has_ellipsis
from errorlog.patterns import (
    MAX_ORDINARY_CHARS,
    QUOTED,
    REDACTED,
    SHORTEST,
    SHORTEST_BASE64,
    Patterns,
)
from errorlog.readings import Readings
from errorlog.secret_keys import NO_SECRET, KeyKind
from errorlog.secret_neighbours import kinds_beside
from errorlog.secret_values import is_secret, is_secret_number

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from errorlog.plain_data import Plain

MAX_VALUES = 1_000
MAX_CHARS = 16_384
MAX_DEPTH = 16
_MAX_ENCODINGS = 4
_MOST_ESCAPED = 12  # bytes that JSON makes of a character
_MOST_BITS = 63
_LEAST_CARD = 10**12
_HIDDEN = f'{{"S":{quoted(REDACTED)}}}'


class Unusual(Exception):
    """The value is one for the two walks."""


class OnePass:
    """Reads one value; :meth:`finished` says whether what it wrote down holds."""

    def __init__(self, patterns: Patterns, known: KnownSecrets, readings: Readings) -> None:
        self._patterns = patterns
        self._known = known
        self._readings = readings
        self._ordinary = patterns.ordinary
        # What is left to be read, for the gathering.
        self.waiting: list[tuple[Any, KeyKind, int]] = []
        self._texts: list[str] = []  # names as well
        self._numbers: list[int] = []
        # JSON of the value as DynamoDB has it, in pieces.
        self._pieces: list[str] = []
        # Where a text belongs that can be written when all secrets are known.
        self._later: list[tuple[Any, Any, int, str, KeyKind, int]] = []
        self._chars = self._read = self._encoded = 0
        self.nodes = self.hidden = 0
        self.spent = 0
        self.plain: Plain = None
        self.attribute = ""

    def read(self, value: dict[Any, Any] | list[Any]) -> bool:
        """Whether ``value`` is one of these; never raises."""
        try:
            self.nodes = 1
            self.plain = self._container(value, 1)
        except BaseException:  # a RecursionError, and whatever a value raises that is asked
            return False
        # Nothing of it has to be cut.
        chars = self._chars
        for _, _, _, text, _, _ in self._later:
            chars += _MOST_ESCAPED * len(text)
        return self._read <= MAX_CHARS and chars <= 2 * MAX_CHARS

    def take(self, text: str) -> bool:
        """Whether ``text``, another one of the same failure, was read here; never raises."""
        length = len(text)
        self._read += length
        if length < SHORTEST:
            return True
        size = self._ordinary.get(text, 0)
        if not size:
            if self._read > MAX_CHARS or text[:1] in "{[ \t\r\n":
                return False
            try:
                if not self._holds_nothing(text, length) or length > MAX_ORDINARY_CHARS:
                    return True
                size = self._patterns.size(text)
            except BaseException:
                return False
            self._patterns.remember(text, size)
        if size:
            self._readings.ordinary[text] = size
        return True

    def finished(self, written: Callable[[str, int, KeyKind], str]) -> bool:
        """Write what was left for later, with ``written``; whether no secret is in the rest.

        Nor in what else of the failure was found to be ordinary.
        """
        known = self._known
        size = len(known)
        if size:
            # A secret may be ordinary as a text.
            ordinary, names = self._readings.ordinary, self._readings.names
            for text in [*ordinary]:
                if known.holds(text):
                    del ordinary[text]
            together = "\n".join((*self._texts, *ordinary, *names))
            if has_ellipsis(together) or known.hide(together) != together:
                return False
            for number in self._numbers:
                if known.holds(str(number)):
                    return False
        pieces = self._pieces
        for plain, place, number, text, kind, depth in self._later:
            plain[place] = shown = written(text, depth, kind)
            pieces[number] = f"{pieces[number]}{quoted(shown)}}}"
        self.attribute = "".join(pieces)
        self.spent = self._chars
        return len(known) == size

    def _container(self, value: Any, depth: int) -> Plain:
        if type(value) is dict:
            return self._mapping(value, NO_SECRET, depth)
        return self._items(value, NO_SECRET, depth)

    def _mapping(self, fields: dict[Any, Any], kind: KeyKind, depth: int) -> Plain:
        self.nodes += len(fields)
        if depth > MAX_DEPTH or self.nodes > MAX_VALUES:
            raise Unusual
        ordinary, texts = self._ordinary, self._texts
        piece = self._pieces.append
        keys = key_set(tuple(fields), self._patterns)
        if keys is None or (keys.beside and self._says_more(fields)):
            raise Unusual
        named = names_a_secret(self._patterns, fields) if keys.with_values else NO_SECRET
        plain: dict[str, Plain] = {}
        texts.append(keys.together)
        chars = keys.size + 4
        within_a_secret = named is not NO_SECRET or kind is not NO_SECRET
        for (name, below, shown), held in zip(keys.rows, fields.values(), strict=True):
            if within_a_secret or below is not NO_SECRET:
                if named is not NO_SECRET and name in VALUE_KEYS:
                    below = named
                below = inherited(kind, name, below, held)
            type_ = type(held)
            if type_ is str:
                if below is NO_SECRET:
                    size = ordinary.get(held, 0)
                    if size:
                        chars += size
                        texts.append(held)
                        plain[name] = held
                        piece(f'{shown}{{"S":{quoted(held)}}}')
                        continue
                piece(shown)
                plain[name] = None  # its place, where the text is for later
                plain[name] = self._text(held, below, depth, plain, name)
            else:
                piece(shown)
                if type_ is dict:
                    plain[name] = self._mapping(held, below, depth + 1)
                elif type_ is list:
                    plain[name] = self._items(held, below, depth + 1)
                else:
                    plain[name] = self._number(held, below)
        piece("}}" if plain else '{"M":{}}')
        self._chars += chars
        return plain

    def _says_more(self, fields: dict[str, Any]) -> bool:
        """Whether a value of ``fields`` is a secret, or holds one, because of other keys."""
        if kinds_beside(fields):
            return True
        if ARGUMENT_KEYS.isdisjoint(fields):
            return False
        from errorlog import secret_arguments

        return bool(secret_arguments.beside(fields, self._patterns.kind)[0])

    def _items(self, items: list[Any], kind: KeyKind, depth: int) -> Plain:
        self.nodes += len(items)
        self._chars += 4
        if depth > MAX_DEPTH or self.nodes > MAX_VALUES:
            raise Unusual
        if may_be_a_command(items):
            from errorlog import secret_arguments

            if secret_arguments.spans(items, self._patterns.kind):
                raise Unusual
        pair = pair_kind(self._patterns, items)
        plain: list[Plain] = []
        before = '{"L":['
        for number, held in enumerate(items):
            below = pair if pair is not NO_SECRET and number else kind
            type_ = type(held)
            self._pieces.append(before)
            if type_ is str:
                plain.append(self._text(held, below, depth, plain, number))
            elif type_ is dict:
                plain.append(self._mapping(held, below, depth + 1))
            elif type_ is list:
                plain.append(self._items(held, below, depth + 1))
            else:
                plain.append(self._number(held, below))
            before = ","
        self._pieces.append("]}" if plain else '{"L":[]}')
        return plain

    def _number(self, held: object, kind: KeyKind) -> Plain:
        if held is None:
            self._chars += 9
            self._pieces.append('{"NULL":true}')
            return None
        if held is True or held is False:
            self._chars += 9
            self._pieces.append('{"BOOL":true}' if held else '{"BOOL":false}')
            return held
        if type(held) is int and held.bit_length() <= _MOST_BITS:
            text = str(held)
            if is_secret_number(kind, held):
                raise Unusual
            if held >= _LEAST_CARD and self._patterns.text(text) != text:
                raise Unusual
            self._numbers.append(held)
            self._chars += len(text) + 4
            self._pieces.append(f'{{"N":"{text}"}}')
            return held
        if type(held) is float and math.isfinite(held) and (held == 0 or 1e-99 < abs(held) < 1e99):
            self._chars += 28
            self._pieces.append(f'{{"N":"{held!r}"}}')
            return held
        raise Unusual

    def _text(self, text: str, kind: KeyKind, depth: int, within: Any, place: Any) -> str | None:
        """As it is written down; None where that is for later: then it goes ``within``."""
        length = len(text)
        self._read += length
        if self._read > MAX_CHARS:
            raise Unusual
        if kind is not NO_SECRET and is_secret(kind, text):
            self.hidden += 1
            self._chars += len(REDACTED) + QUOTED
            if not self._known.add(text):
                self.waiting.append((text, NO_SECRET, self._encoded))
            self._pieces.append(_HIDDEN)
            return REDACTED
        written = quoted(text)
        size = self._ordinary.get(text, 0)
        if not size:
            parsed = None
            if length >= SHORTEST:
                if text[:1] in "{[ \t\r\n":
                    parsed = encodings.json_of(text)
                if not (
                    self._holds_nothing(text, length)
                    if parsed is None
                    else self._json_holds_nothing(text, parsed, depth)
                ):
                    self._later.append((within, place, len(self._pieces), text, kind, depth))
                    self._pieces.append('{"S":')
                    return None
            if not text.isascii() and not self._patterns.size(text):
                raise Unusual  # a lone surrogate
            size = len(written) + QUOTED - 2
            # Not JSON: a secret that is known another time may be escaped in it.
            if parsed is None and SHORTEST <= length <= MAX_ORDINARY_CHARS:
                self._patterns.remember(text, size)
        self._chars += size
        self._texts.append(text)
        self._pieces.append(f'{{"S":{written}}}')
        return text

    def _holds_nothing(self, text: str, length: int) -> bool:
        """Whether no secret is in ``text``, neither as it is nor decoded."""
        clean = self._readings.clean[text] = self._patterns.text(text, self._known.add)
        nothing = clean == text
        if encodings.is_escaped(text):
            self.waiting.append((encodings.unescaped(text), NO_SECRET, self._encoded + 1))
            nothing = False
        if length >= SHORTEST_BASE64:
            decoded = encodings.base64_decoded(text)
            found = encodings.base64_within(text) if decoded is None else [decoded]
            for within in found:
                self.waiting.append((within, NO_SECRET, self._encoded + 1))
            nothing = nothing and not found
        return nothing

    def _json_holds_nothing(self, text: str, parsed: Any, depth: int) -> bool:
        """Whether nothing of what ``text``, JSON, says is hidden."""
        if self._encoded >= _MAX_ENCODINGS:
            raise Unusual
        hidden, later = self.hidden, len(self._later)
        chars, nodes, pieces = self._chars, self.nodes, len(self._pieces)
        self._encoded += 1
        self._container(parsed, depth + 1)
        self._encoded -= 1
        del self._pieces[pieces:]
        self._chars, self.nodes = chars, nodes
        if self.hidden == hidden and len(self._later) == later:
            return True
        self.hidden = hidden
        del self._later[later:]
        self._readings.parsed[text] = parsed
        return False
