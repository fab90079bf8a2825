"""Any value as plain data: redacted, bounded, and fit for JSON and DynamoDB."""

from __future__ import annotations

import json
import math
from collections import deque
from collections.abc import Mapping, Sequence, Set
from itertools import islice

from errorlog import encodings
from errorlog.bounds import fitting, json_size
from errorlog.command_hints import ARGUMENT_KEYS, may_be_a_command
from errorlog.fields import fields_of
from errorlog.gathering import (
    VALUE_KEYS,
    Gathering,
    inherited,
    key_text,
    names_a_secret,
    pair_kind,
)
from errorlog.known_secrets import KnownSecrets, has_ellipsis
from errorlog.one_pass import OnePass
from errorlog.patterns import MAX_TEXT as MAX_READ
from errorlog.patterns import REDACTED, SHORTEST, Patterns
from errorlog.plain_data import Plain
from errorlog.secret_keys import NO_SECRET, KeyKind
from errorlog.secret_neighbours import kinds_beside
from errorlog.secret_values import is_secret, is_secret_number
from errorlog.text_redaction import MAX_TEXT, TextRedaction, cut_at, valid
from errorlog.type_names import type_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# DynamoDB nests 32 levels; the record's own levels and encoded texts inside need a few.
MAX_DEPTH = 20
MAX_NODES = 5_000
MAX_KEY_TEXT = 1_024
_SLACK = 100  # a marker would be as long as what it replaces
_WITHOUT_DASHES = str.maketrans("", "", "_-")


class Sanitiser(TextRedaction):
    """Makes values plain, within one budget of nodes and of characters for all of them.

    ``max_chars`` counts characters as JSON writes them: an escaped one is six.

    :meth:`gather` what a record is made of first: only then is each secret hidden wherever it
    stands. What has been hidden counts in ``hidden``.
    """

    def __init__(
        self, patterns: Patterns, max_chars: int, known: KnownSecrets | None = None
    ) -> None:
        super().__init__(patterns, KnownSecrets() if known is None else known)
        self._most = self._chars = max_chars
        self._nodes = MAX_NODES
        self._path: set[int] = set()
        # What was read and written in one pass: the value, and its two forms.
        self._first: tuple[object, Plain, str] = (None, None, "")

    def gather(self, *values: object, kept: object = None) -> None:
        """Read ``values`` for secrets, all of them before any is made plain; never raises.

        ``kept`` as well, which is the first to be made plain.
        """
        gathering: Gathering | None = None
        # What a pass that was given up had left to read: no text is read a second time.
        waiting: list[tuple[Any, KeyKind, int]] = []
        if type(kept) is dict or type(kept) is list:
            first = OnePass(self._patterns, self.known, self._readings)
            if first.read(kept):
                rest: list[object] = []
                for value in values:
                    if value is not None and not (type(value) is str and first.take(value)):
                        rest.append(value)
                if rest or first.waiting:
                    gathering = self._gathering()
                    gathering.read(*rest, others=first.waiting)
                before = self._chars, self.hidden
                if first.finished(self._string):
                    self._chars -= first.spent
                    self._nodes -= first.nodes
                    self.hidden += first.hidden
                    self._first = kept, first.plain, first.attribute
                    return
                self._chars, self.hidden = before
                values = ()
            else:
                waiting = first.waiting
        (gathering or self._gathering()).read(kept, *values, others=waiting)
        self._heed()

    def _gathering(self) -> Gathering:
        return Gathering(self._patterns, self.known, self._readings)

    def written(self, plain: Plain) -> str | None:
        """JSON of ``plain`` as DynamoDB has it, where both were made in one pass."""
        return self._first[2] if plain is not None and plain is self._first[1] else None

    def _heed(self) -> None:
        if not self.known:
            return
        readings = self._readings
        # Usually none of them holds a secret: all are looked at once.
        together = "\n".join((*readings.ordinary, *readings.names))
        if has_ellipsis(together) or self.known.hide(together) != together:
            readings.ordinary = self._without_known(readings.ordinary)
            readings.names = self._without_known(readings.names)

    def _without_known(self, sizes: dict[str, int]) -> dict[str, int]:
        """Those of the texts that hold none of the known secrets."""
        return {
            text: size for text, size in sizes.items()
            if not has_ellipsis(text) and self.known.hide(text) == text
        }  # fmt: skip

    def plain(self, value: object, depth: int = 0, kind: KeyKind = NO_SECRET) -> Plain:
        """``value`` as None, bool, number, text, list or dict with text keys; never raises.

        ``kind`` is what the key over it says of it.
        """
        if value is self._first[0] and not depth and value is not None:
            return self._first[1]
        self._nodes -= 1
        try:
            return self._plain(value, depth, kind)
        except BaseException as error:  # a value whose own methods raise, or exit
            return self._spend(f"[unreadable {type_name(value)}: {type_name(error)}]")

    def _plain(self, value: Any, depth: int, kind: KeyKind) -> Plain:
        if value is None or value is True or value is False:
            self._chars -= 9
            return value
        type_ = type(value)
        if type_ is dict:
            return self._container(value, value, depth, kind)
        if type_ is list:
            return self._container(value, None, depth, kind)
        if type_ is str or isinstance(value, str):
            return self._string(str.__str__(value), depth, kind)
        if isinstance(value, int):
            return self._integer(int.__int__(value), kind)  # whatever its class says
        if isinstance(value, float):
            value = float.__float__(value)
            self._chars -= 28
            return value if math.isfinite(value) else str(value)
        if isinstance(value, bytes | bytearray | memoryview):
            return self._bytes(bytes(value[: MAX_READ + 1]), len(value), depth, kind)
        fields = value if isinstance(value, Mapping) else fields_of(value)
        if fields is not None or isinstance(value, Sequence | Set | deque):
            return self._container(value, fields, depth, kind)
        if isinstance(value, BaseException):
            return self._string(f"{type_name(value)}: {value}", depth, kind)
        return self._string(str(value), depth, kind)

    def _container(
        self, value: Any, fields: Mapping[Any, Any] | None, depth: int, kind: KeyKind
    ) -> Plain:
        self._chars -= 4
        if depth >= MAX_DEPTH:
            return self._spend(f"[cut: {type_name(value)} nested deeper than {MAX_DEPTH}]")
        if id(value) in self._path:
            return self._spend(f"[cycle: {type_name(value)}]")
        self._path.add(id(value))
        try:
            if fields is not None:
                return self._mapping(fields, depth, kind)
            return self._items(value, depth, kind)
        finally:
            self._path.discard(id(value))

    def _mapping(self, fields: Mapping[Any, Any], depth: int, kind: KeyKind) -> Plain:
        named = names_a_secret(self._patterns, fields)
        beside = kinds_beside(fields)
        if not ARGUMENT_KEYS.isdisjoint(fields):
            fields = self._arguments_beside(fields)
        result: dict[str, Plain] = {}
        size = len(fields)
        for index, (key, held) in enumerate(islice(fields.items(), size)):
            if self._chars <= 0 or self._nodes <= 0:
                result["[cut]"] = f"{size - index} more keys"
                break
            name = key_text(key)
            cost = self._readings.names.get(name)
            if cost is not None and cost <= self._chars and name not in result:
                self._chars -= cost
                shown = name
            else:
                name = valid(name)
                shown = self._key(name, result)
            below = self._patterns.key(name)[0]
            if named.strength and name in VALUE_KEYS:
                below = named
            if beside:
                below = beside.get(name, below)
            if below.strength or kind.strength:
                below = inherited(kind, name, below, held)
            if type(held) is str and not below.strength:
                cost = self._readings.ordinary.get(held)
                if cost is not None and cost <= self._chars:
                    self._chars -= cost
                    self._nodes -= 1
                    result[shown] = held
                    continue
            result[shown] = self.plain(held, depth + 1, below)
        return result

    def _key(self, name: str, taken: Mapping[str, Plain]) -> str:
        plain = len(name) < 11 or name.isalpha() or name.translate(_WITHOUT_DASHES).isalpha()
        shown = self.known.hide(name) if plain else self.redacted(name)
        self.hidden += shown != name
        shown = self._spend(shown[:MAX_KEY_TEXT]) or "[empty key]"  # DynamoDB takes no ""
        number = 2
        while shown in taken:  # two keys with the same secret in them, or 1 and "1"
            shown = f"{shown.rpartition(' (')[0] if number > 2 else shown} ({number})"
            number += 1
        return shown

    def _items(self, value: Any, depth: int, kind: KeyKind) -> Plain:
        size = len(value)
        if may_be_a_command(value):
            value = self._arguments(value)
        pair = pair_kind(self._patterns, value)
        result: list[Plain] = []
        for index, held in enumerate(islice(iter(value), size)):
            if self._chars <= 0 or self._nodes <= 0:
                result.append(f"[cut: {size - index} more items]")
                break
            result.append(self.plain(held, depth + 1, pair if pair.strength and index else kind))
        return result

    def _arguments_beside(self, fields: Mapping[Any, Any]) -> Mapping[Any, Any]:
        """``fields`` with the arguments of a command, if it has some, without its secrets."""
        from errorlog import secret_arguments

        clean, secrets = secret_arguments.beside(fields, self._patterns.kind)
        for secret in secrets:
            self._without(secret)
        return {**fields, **clean} if clean else fields

    def _arguments(self, words: Sequence[Any]) -> Sequence[Any]:
        """``words`` without the secrets that the command which they are takes as arguments."""
        from errorlog import secret_arguments

        return secret_arguments.hide_words(words, self._patterns.kind, self._without)

    def _without(self, secret: str) -> str:
        self._learn(secret)
        self.hidden += 1
        return REDACTED

    def _string(self, value: str, depth: int, kind: KeyKind) -> str:
        if kind.strength and (self.known.holds(value) or is_secret(kind, value[:MAX_READ])):
            self._learn(value)
            self.hidden += 1
            return self._spend(REDACTED)
        cost = self._readings.ordinary.get(value)
        if cost is not None and cost <= self._chars:
            self._chars -= cost
            return value
        if len(value) < SHORTEST:
            return self._spend(valid(value))
        value = valid(value[: MAX_READ + 1]) + value[MAX_READ + 1 :]
        if depth < MAX_DEPTH:
            parsed = self._readings.parsed.get(value)
            if parsed is None:
                parsed = encodings.json_of(value)
            if parsed is not None:
                return self._spend(self._json(value, parsed, depth))
        return self._spend(self.text(value))

    def _json(self, value: str, parsed: Any, depth: int) -> str:
        """A body, or a message in a message: redacted inside, verbatim if nothing was."""
        inner = self._inner()
        clean = inner.plain(parsed, depth + 1)
        if not inner.hidden:
            # Its keys and values hold nothing on their own: what is left stands across them.
            text = self.known.hide(value)
            self.hidden += text != value
            return cut_at(text, MAX_TEXT)
        self.hidden += inner.hidden
        return cut_at(json.dumps(clean, ensure_ascii=False), MAX_TEXT)

    def _bytes(self, value: bytes, size: int, depth: int, kind: KeyKind) -> Plain:
        text = encodings.bytes_decoded(value) if size <= MAX_READ else None
        if text is not None and not value.startswith((b"\x1f\x8b",)):
            return self._string(text, depth, kind)
        return self._spend(f"[cut: {size} bytes]" if size > MAX_READ else f"[{size} bytes]")

    def _inner(self) -> Sanitiser:
        """For a text within a text: the same secrets, and a budget beyond which it is cut."""
        inner = Sanitiser(self._patterns, 2 * MAX_TEXT, self.known)
        inner._readings = self._readings
        return inner

    def _holds_secret(self, text: str) -> bool:
        inner = self._inner()
        inner.plain(text, MAX_DEPTH - 3)
        return inner.hidden > 0

    def _integer(self, value: int, kind: KeyKind) -> Plain:
        if value.bit_length() > 125:  # DynamoDB's numbers have 38 digits
            return self._spend(f"[cut: integer of {value.bit_length()} bits]")
        text = str(value)
        self._chars -= len(text) + 4
        secret = is_secret_number(kind, value) or self.known.holds(text)
        if not secret and 10**12 <= value < 10**19:
            secret = self._patterns.text(text) == REDACTED
        if secret:
            self._learn(text)
            self.hidden += 1
            return REDACTED
        return value

    @property
    def spent(self) -> int:
        """Bytes of JSON that the values made plain take, at most."""
        return self._most - self._chars

    def _spend(self, text: str) -> str:
        cost = json_size(text)
        room = max(0, self._chars)
        self._chars -= cost + 4
        if cost <= room + _SLACK:
            return text
        kept = fitting(text, room)
        self._chars = min(self._chars, 0)
        return f"{kept}[cut {len(text) - len(kept)} of {len(text)} characters]"
