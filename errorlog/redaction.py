"""Any value as plain data: redacted, bounded, and fit for JSON and DynamoDB."""

from __future__ import annotations

import base64
import json
import math
import re
import zlib
from collections.abc import Mapping, Sequence, Set
from decimal import Decimal
from itertools import islice
from typing import Any
from urllib.parse import unquote_plus

from errorlog.patterns import REDACTED, Patterns

Plain = None | bool | int | float | str | list["Plain"] | dict[str, "Plain"]

# DynamoDB nests 32 levels; the record's own levels and encoded texts inside need a few.
MAX_DEPTH = 20
MAX_NODES = 5_000
MAX_TEXT = 16_384
# Patterns run over this much more than is kept, so that a secret at the cut is seen whole.
_MARGIN = 4_096
_MAX_ENCODED = 262_144
_MAX_SECRETS = 200
_SLACK = 100  # a marker would be as long as what it replaces

_NAME_KEYS = ("name", "key", "Name", "Key", "header", "field", "id")
_VALUE_KEYS = ("value", "Value", "values", "stringValue", "StringValue", "content")
_BASE64 = re.compile(r"[A-Za-z0-9+/_\-\r\n]{16,}={0,2}\s*")
_PART = re.compile(r"""[^\s;,&=:"'<>{}()\[\]]{8,4096}""")
_DIGIT = re.compile(r"\d")
_ESCAPE = re.compile(r"%[0-9A-Fa-f]{2}")


class Sanitiser:
    """Makes values plain, within one budget of nodes and of characters for all of them.

    ``max_chars`` counts characters as JSON writes them: an escaped one is six.

    What it hid is kept in ``secrets`` until the record is done, so that :meth:`text` also finds
    the same words where no pattern would: in an exception's message.
    """

    def __init__(self, patterns: Patterns, max_chars: int) -> None:
        self._patterns = patterns
        self._chars = max_chars
        self._nodes = MAX_NODES
        self._path: set[int] = set()
        self.secrets: set[str] = set()
        self.hidden = 0

    def plain(self, value: object, depth: int = 0) -> Plain:
        """``value`` as None, bool, number, text, list or dict with text keys; never raises."""
        self._nodes -= 1
        try:
            return self._plain(value, depth)
        except RecursionError:
            return "[cut: nested too deep]"
        except Exception as error:  # a value whose own methods raise
            return f"[unreadable {_type_name(value)}: {_type_name(error)}]"

    def text(self, text: str, limit: int = MAX_TEXT) -> str:
        """``text`` redacted and cut to ``limit`` characters, with a marker that counts the cut."""
        whole = len(text)
        text = _valid(text[: limit + _MARGIN])
        text = self._without_secrets(text)
        clean = self._encoded(self._patterns.text(text, self._remember))
        self.hidden += clean != text
        if len(clean) <= limit and whole <= limit + _MARGIN:
            return clean
        kept = clean[:limit]
        return f"{kept}[cut {whole - min(whole, limit)} of {whole} characters]"

    def again(self, value: Plain) -> Plain:
        """``value``, made plain before, without the secrets that only turned up after it."""
        if not self.secrets:
            return value
        if isinstance(value, str):
            return self._without_secrets(value)
        if isinstance(value, list):
            return [self.again(each) for each in value]
        if isinstance(value, dict):
            return {self._without_secrets(name): self.again(held) for name, held in value.items()}
        return value

    def _without_secrets(self, text: str) -> str:
        for secret in sorted(self.secrets, key=len, reverse=True):
            if secret in text:
                text = text.replace(secret, REDACTED)
        return text

    def _plain(self, value: Any, depth: int) -> Plain:
        if value is None or value is True or value is False:
            return value
        if isinstance(value, str):
            return self._string(str.__str__(value), depth)
        if isinstance(value, int):
            return self._integer(int(value))
        if isinstance(value, float):
            value = float(value)
            return value if math.isfinite(value) else str(value)
        if isinstance(value, bytes | bytearray | memoryview):
            return self._bytes(bytes(value), depth)
        if isinstance(value, Decimal):
            return str(value)
        if isinstance(value, Mapping | Sequence | Set):
            return self._container(value, depth)
        if isinstance(value, BaseException):
            return self._spend(self.text(f"{_type_name(value)}: {value}"))
        return self._spend(self.text(str(value)))

    def _container(self, value: Any, depth: int) -> Plain:
        if depth >= MAX_DEPTH:
            return f"[cut: {_type_name(value)} nested deeper than {MAX_DEPTH}]"
        if id(value) in self._path:
            return f"[cycle: {_type_name(value)}]"
        self._path.add(id(value))
        try:
            if isinstance(value, Mapping):
                return self._mapping(value, depth)
            return self._items(value, depth)
        finally:
            self._path.discard(id(value))

    def _mapping(self, value: Mapping[Any, Any], depth: int) -> Plain:
        named = self._names_a_secret(value)
        result: dict[str, Plain] = {}
        for index, (key, held) in enumerate(value.items()):
            if self._spent:
                result["[cut]"] = f"{len(value) - index} more keys"
                break
            name = _valid(key if isinstance(key, str) else str(key))[:MAX_TEXT]
            shown = self._spend(self.text(name, 1_024)) or "[empty key]"  # DynamoDB takes no ""
            if self._patterns.hides(name) or (named and name in _VALUE_KEYS):
                result[shown] = self._hide(held)
            else:
                result[shown] = self.plain(held, depth + 1)
        return result

    def _items(self, value: Any, depth: int) -> Plain:
        size = len(value)
        if self._is_secret_pair(value):
            return [self._string(value[0], depth), self._hide(value[1])]
        result: list[Plain] = []
        for index, each in enumerate(islice(iter(value), size)):
            if self._spent:
                result.append(f"[cut: {size - index} more items]")
                break
            result.append(self.plain(each, depth + 1))
        return result

    def _is_secret_pair(self, value: Any) -> bool:
        """Whether this is a header as a pair: ``("Authorization", "...")``."""
        return (
            isinstance(value, list | tuple)
            and len(value) == 2
            and isinstance(value[0], str)
            and self._patterns.hides(value[0])
        )

    def _names_a_secret(self, value: Mapping[Any, Any]) -> bool:
        """Whether this is a pair such as ``{"name": "password", "value": ...}``."""
        names = [value[key] for key in _NAME_KEYS if key in value]
        return any(isinstance(name, str) and self._patterns.hides(name) for name in names)

    def _hide(self, value: Any) -> Plain:
        if value is None or value is True or value is False or value == "":
            return value  # type: ignore[no-any-return]  # says that there was none
        self._remember(value)
        self.hidden += 1
        self._spend(REDACTED)
        return REDACTED

    def _remember(self, value: Any, depth: int = 0) -> None:
        """Keep what was hidden, and the parts of it that may turn up alone."""
        if len(self.secrets) >= _MAX_SECRETS or depth > 4:
            return
        if isinstance(value, str):
            # Short or plain words would be cut out of every message they are part of.
            if 6 <= len(value) <= _MARGIN:
                self.secrets.add(_valid(value))
            parts = islice(_PART.finditer(value), 50)
            self.secrets.update(part[0] for part in parts if _DIGIT.search(part[0]))
        elif isinstance(value, bytes) and len(value) <= _MARGIN:
            self._remember(value.decode(errors="replace"), depth)
        elif isinstance(value, int) and abs(value) >= 10**5:
            self.secrets.add(str(value)[:_MARGIN])
        elif isinstance(value, Mapping):
            for each in islice(value.values(), 50):
                self._remember(each, depth + 1)
        elif isinstance(value, list | tuple):
            for each in value[:50]:
                self._remember(each, depth + 1)

    def _inner(self) -> Sanitiser:
        """For a text within a text: the same secrets, and a budget beyond which it is cut."""
        inner = Sanitiser(self._patterns, 2 * MAX_TEXT)
        inner.secrets = self.secrets
        return inner

    def _string(self, value: str, depth: int) -> str:
        if len(value) <= _MAX_ENCODED and value.lstrip()[:1] in ("{", "[") and depth < MAX_DEPTH:
            return self._spend(self._json(value, depth))
        return self._spend(self.text(value))

    def _json(self, value: str, depth: int) -> str:
        """A body, or a message in a message: redacted inside, verbatim if nothing was."""
        try:
            parsed = json.loads(value)
        except (ValueError, RecursionError):
            return self.text(value)
        before = self.hidden
        inner = self._inner()
        clean = inner.plain(parsed, depth + 1)
        self.hidden += inner.hidden
        if self.hidden == before:
            return self.text(value)
        dumped = json.dumps(clean, ensure_ascii=False)
        if len(dumped) > MAX_TEXT:
            cut = len(dumped) - MAX_TEXT
            return f"{dumped[:MAX_TEXT]}[cut {cut} of {len(dumped)} characters]"
        return dumped

    def _bytes(self, value: bytes, depth: int) -> Plain:
        if len(value) > _MAX_ENCODED:
            return f"[cut: {len(value)} bytes]"
        try:
            return self._string(value.decode(), depth)
        except UnicodeDecodeError:
            return f"[{len(value)} bytes]"

    def _encoded(self, text: str) -> str:
        """``text`` itself, unless a usual encoding of it holds a secret."""
        if _ESCAPE.search(text):
            decoded = unquote_plus(text, errors="replace")
            clean = self._patterns.text(decoded, self._remember)
            if clean != decoded:
                text = clean
        if len(text) <= _MAX_ENCODED and _BASE64.fullmatch(text):
            decoded_text = _decoded(text)
            if decoded_text is not None:
                inner = self._inner()
                inner.plain(decoded_text, MAX_DEPTH - 3)
                if inner.hidden:
                    return f"{REDACTED} base64 of {len(decoded_text)} characters"
        return text

    def _integer(self, value: int) -> Plain:
        if value.bit_length() > 125:  # DynamoDB's numbers have 38 digits
            return f"[cut: integer of {value.bit_length()} bits]"
        if 10**12 <= value < 10**19:
            shown = self._patterns.text(str(value))
            if shown == REDACTED:
                self.hidden += 1
                return shown
        return value

    @property
    def _spent(self) -> bool:
        return self._chars <= 0 or self._nodes <= 0

    def _spend(self, text: str) -> str:
        cost = len(text) if text.isascii() and text.isprintable() else len(json.dumps(text))
        room = max(0, self._chars)
        self._chars -= cost + 4
        if cost <= room + _SLACK:
            return text
        kept = text[: room * len(text) // cost]
        return f"{kept}[cut {len(text) - len(kept)} of {len(text)} characters]"


def _decoded(text: str) -> str | None:
    """The text that ``text`` is the base64 of, also when compressed; None when it is not."""
    try:
        data = base64.b64decode(re.sub(r"\s", "", text).translate(_URL_SAFE) + "==")
        if data[:2] == b"\x1f\x8b":
            data = zlib.decompressobj(31).decompress(data, _MAX_ENCODED)
        return data.decode()
    except (ValueError, zlib.error):
        return None


_URL_SAFE = str.maketrans("-_", "+/")


def _valid(text: str) -> str:
    """``text`` without lone surrogates, which have no UTF-8 form; most texts have none."""
    if text.isascii():
        return text
    return text.encode("utf-8", "backslashreplace").decode()


def _type_name(value: object) -> str:
    try:
        return str(type(value).__name__)[:100]
    except Exception:
        return "object"
