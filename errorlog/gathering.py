"""Reads all that a failure has around it for secrets, before anything of it is written down.

A record keeps 64 KB of an event. What another part of the event calls a secret, in its last
item or at a depth that no record shows, is hidden in the message and the stack trace as well.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence, Set
from itertools import islice

from errorlog import encodings
from errorlog.command_hints import ARGUMENT_KEYS, may_be_a_command
from errorlog.fields import fields_of, hidden_fields_of
from errorlog.known_secrets import KnownSecrets
from errorlog.patterns import (
    MAX_ORDINARY_CHARS,
    SHORTEST,
    SHORTEST_BASE64,
    SHORTEST_FORM,
    Patterns,
)
from errorlog.readings import Readings
from errorlog.secret_keys import NO_SECRET, SECRET, STRONG, KeyKind
from errorlog.secret_neighbours import kinds_beside
from errorlog.secret_values import is_secret, is_secret_number

# Bounds of the reading, far above what a record keeps: a batch of Lambda's is at most 6 MB, and
# then mostly one large text.
MAX_CHARS = 1_048_576
MAX_VALUES = 50_000
_MAX_KEY_TEXT = 16_384
_TEXTS = (str, bytes, bytearray, memoryview)
_PLAIN = (bool, float, complex)
# A text takes longer to read than a number does, and with a fourteenth of a core all that is read
# must not take longer than the function has.
_COST_OF_TEXT, _COST_OF_KEY = 4, 1
_MAX_ENCODINGS = 5
_SECURE = KeyKind(STRONG, 4)
_NAME_KEYS = (
    "name", "key", "Name", "Key", "header", "field", "id", "k", "variable", "parameterName",
    "ParameterKey", "ParameterName", "OptionName", "OutputKey", "headerName", "fieldName",
    "attributeName",
)  # fmt: skip
VALUE_KEYS = frozenset(
    ("value", "Value", "values", "stringValue", "StringValue", "binaryValue", "content", "v", "val",
     "ParameterValue", "parameterValue", "OptionValue", "OutputValue", "headerValue", "fieldValue",
     "attributeValue")
)  # fmt: skip

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any
# Names of columns stand below these (``errorlog.secret_tables``).
TABLES = frozenset(("columns", "columnNames", "column_names", "columnMetadata", "fields", "header"))
# A secret's key over these says nothing of what is inside: {"jwt": {"claims": {...}}}.
_CLAIMS = frozenset(("jwt", "authorizer", "authorization", "auth", "claims", "session"))


class Gathering:
    """Fills ``known`` with the secrets of the values it is given, ``readings`` with the rest."""

    def __init__(self, patterns: Patterns, known: KnownSecrets, readings: Readings) -> None:
        self._patterns = patterns
        self._known = known
        self._readings = readings
        self._chars = MAX_CHARS
        self._values = MAX_VALUES
        self._room = MAX_CHARS

    def read(self, *values: object, others: Iterable[tuple[Any, KeyKind, int]] = ()) -> None:
        """Read all of ``values``, each as deep as it is; never raises.

        Of ``others`` each comes with what its key says, and how many encodings it is within.
        """
        # Widest first, and without recursion: an event may be nested a thousand levels deep.
        waiting: deque[tuple[Any, KeyKind, int]] = deque(
            [(value, NO_SECRET, 0) for value in values if value is not None]
        )
        waiting += others
        seen: dict[int, Any] = {}  # holds what it names, so that no id is used again
        while waiting and self._values > 0 and self._chars > 0:
            self._values -= 1
            value, kind, encodings_above = waiting.popleft()
            try:
                type_ = type(value)
                if type_ is str or isinstance(value, _TEXTS):
                    self._text(value, kind, encodings_above, waiting)
                elif value is None or isinstance(value, _PLAIN):
                    continue
                elif isinstance(value, int):
                    if is_secret_number(kind, value) and value.bit_length() < 512:
                        self._known.add(str(int.__int__(value)))
                elif id(value) not in seen:
                    seen[id(value)] = value
                    self._container(value, kind, encodings_above, waiting)
            except BaseException:  # noqa: S112 - a value whose own methods raise
                continue

    def _container(
        self, value: Any, kind: KeyKind, encoded: int, waiting: deque[tuple[Any, KeyKind, int]]
    ) -> None:
        room = self._values
        # Exact types first, here and in the redaction: asking an abstract class takes far longer.
        type_ = type(value)
        fields = None
        if type_ is not list:
            fields = value if type_ is dict or isinstance(value, Mapping) else fields_of(value)
        if fields is not None:
            named = names_a_secret(self._patterns, fields)
            beside = kinds_beside(fields)
            if not ARGUMENT_KEYS.isdisjoint(fields):
                from errorlog import secret_arguments

                for secret in secret_arguments.beside(fields, self._patterns.kind)[1]:
                    self._known.add(secret)
            if not TABLES.isdisjoint(fields):
                from errorlog.secret_tables import secret_cells

                cells = islice(secret_cells(fields, self._patterns.kind), room)
                waiting += ((cell, kind, encoded) for cell, kind in cells)
            known_texts, kind_and_size = self._patterns.ordinary, self._patterns.key
            names, ordinary = self._readings.names, self._readings.ordinary
            for key, held in islice(fields.items(), room):
                name = key_text(key)
                self._chars -= len(name)
                self._values -= _COST_OF_KEY
                if self._values <= 0:
                    return
                below, size, _ = kind_and_size(name)
                if size:
                    if len(name) >= SHORTEST_FORM and name not in names:
                        self._values -= _COST_OF_TEXT
                    names[name] = size
                elif len(name) >= SHORTEST_FORM:
                    self._plain_text(name, encoded, waiting)
                if named.strength and name in VALUE_KEYS:
                    below = named
                if beside:
                    below = beside.get(name, below)
                if below.strength or kind.strength:
                    below = inherited(kind, name, below, held)
                if type(held) is str and not below.strength:
                    size = known_texts.get(held, 0)
                    if size:
                        # As nearly all texts of an event: it need not wait for its turn.
                        self._values -= 1 + _COST_OF_TEXT
                        self._chars -= len(held)
                        ordinary[held] = size
                        continue
                waiting.append((held, below, encoded))
        elif type_ is list or type_ is tuple or isinstance(value, Sequence | Set | deque):
            if may_be_a_command(value):
                from errorlog import secret_arguments

                spans = secret_arguments.spans(value, self._patterns.kind)
                for number, (start, end) in spans.items():
                    self._known.add(value[number][start:end])
            pair = pair_kind(self._patterns, value)
            for number, held in enumerate(islice(iter(value), room)):
                waiting.append((held, pair if pair.strength and number else kind, encoded))
        elif isinstance(value, BaseException):
            waiting.append((value.args, kind, encoded))
            waiting.append((hidden_fields_of(value), kind, encoded))
        else:
            held = hidden_fields_of(value)
            if held is not None:
                waiting.append((held, kind, encoded))
            elif kind.strength:
                waiting.append((str(value), kind, encoded))

    def _text(
        self, value: Any, kind: KeyKind, encoded: int, waiting: deque[tuple[Any, KeyKind, int]]
    ) -> None:
        if not isinstance(value, str):
            data = bytes(value[: encodings.MAX_DECODED])
            value = encodings.bytes_decoded(data)
            if value is None:
                value = data.decode("latin-1") if kind.strength or len(data) < 4_096 else ""
        text = str.__str__(value)[: encodings.MAX_DECODED]
        self._chars -= len(text)
        if kind.strength and is_secret(kind, text) and self._known.add(text):
            return
        self._plain_text(text, encoded, waiting)

    def _plain_text(
        self, text: str, encoded: int, waiting: deque[tuple[Any, KeyKind, int]]
    ) -> None:
        readings = self._readings
        if len(text) < SHORTEST or text in readings.clean or text in readings.ordinary:
            return
        size = self._patterns.ordinary.get(text)
        if size is not None:
            self._values -= _COST_OF_TEXT
            readings.ordinary[text] = size
            return
        parsed = encodings.json_of(text) if encoded < _MAX_ENCODINGS else None
        if parsed is not None:
            if len(text) <= self._room:
                self._room -= len(text)
                readings.parsed[text] = parsed
            waiting.append((parsed, NO_SECRET, encoded + 1))
            return
        self._values -= _COST_OF_TEXT
        clean = self._patterns.text(text, self._known.add)
        if len(text) <= self._room:
            self._room -= len(text)
            readings.clean[text] = clean
        if encoded >= _MAX_ENCODINGS:
            return
        waiting_before = len(waiting)
        if encodings.is_escaped(text):
            waiting.append((encodings.unescaped(text), NO_SECRET, encoded + 1))
        if len(text) >= SHORTEST_BASE64:
            decoded = encodings.base64_decoded(text)
            if decoded is not None:
                waiting.append((decoded, NO_SECRET, encoded + 1))
            else:
                for within in encodings.base64_within(text):
                    waiting.append((within, NO_SECRET, encoded + 1))
        if len(waiting) == waiting_before and clean == text and len(text) <= MAX_ORDINARY_CHARS:
            size = self._patterns.size(text)
            if size:
                self._patterns.remember(text, size)
                readings.ordinary[text] = size


def inherited(above: KeyKind, name: str, below: KeyKind, held: object) -> KeyKind:
    """What the keys over ``held`` say of it: its own, or the one of what holds it."""
    if below.strength and (
        type(held) is str or name.lower() not in _CLAIMS or not isinstance(held, Mapping)
    ):
        return below
    if above.strength < SECRET:
        return NO_SECRET
    # Within credentials a user's name is none, and all else may be one.
    return NO_SECRET if name.lower() in _NO_SECRETS_INSIDE else above


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_NO_SECRETS_INSIDE = _words(
    "type name kind status expires expiresin expires_in expires_at expiresat expiry created "
    "createdat created_at updated updated_at scope scopes region domain path httponly secure "
    "samesite max-age maxage issued issuer iss aud exp iat nbf sub algorithm alg version "
    "datatype count length provider error errors message reason description"
)


def key_text(key: object) -> str:
    """A key as text, also where it is bytes, as ASGI's headers are."""
    if type(key) is str or isinstance(key, str):
        return str.__str__(key)[:_MAX_KEY_TEXT]
    if isinstance(key, bytes):
        return key[:_MAX_KEY_TEXT].decode("utf-8", "replace")
    if isinstance(key, int) and not isinstance(key, bool) and key.bit_length() > 512:
        return f"[cut: integer of {key.bit_length()} bits]"
    return str(key)[:_MAX_KEY_TEXT]


def names_a_secret(patterns: Patterns, fields: Mapping[Any, Any]) -> KeyKind:
    """Of a pair such as ``{"name": "password", "value": ...}``, what the name says."""
    if type(fields) is dict:
        if VALUE_KEYS.isdisjoint(fields):
            return NO_SECRET
    elif not any(key in fields for key in VALUE_KEYS):
        return NO_SECRET
    if fields.get("Type") == "SecureString" or fields.get("type") == "password":
        return _SECURE  # of the Parameter Store, of a form
    for key in (*_NAME_KEYS, "path") if "op" in fields else _NAME_KEYS:  # JSON Patch
        name = fields.get(key)
        if isinstance(name, str | bytes):
            kind = patterns.kind(key_text(name)[:256])
            if kind.strength:
                return kind
    return NO_SECRET


def pair_kind(patterns: Patterns, value: Any) -> KeyKind:
    """Of a header as a pair, ``("Authorization", "...")``, what its name says."""
    if not isinstance(value, list | tuple) or len(value) != 2:
        return NO_SECRET
    if not isinstance(value[0], str | bytes) or not isinstance(value[1], str | bytes | list):
        return NO_SECRET
    kind = patterns.kind(key_text(value[0])[:256])
    held = key_text(value[1]) if not isinstance(value[1], list) else ""
    # ["password", "email"] are two names.
    return NO_SECRET if held and held.isalpha() and held.islower() else kind
