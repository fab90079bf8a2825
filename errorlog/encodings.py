"""What an encoded text says: JSON, base64, compressed or not, percent-encoding."""

from __future__ import annotations

import json
import re
import zlib
from binascii import a2b_base64, b2a_base64
from contextlib import suppress
from functools import lru_cache
from itertools import islice

from errorlog.lazy_pattern import lazy

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

MAX_DECODED = 262_144
# Base64 alone, or within a text: shorter runs hold no secret with the key that gives it away.
_BASE64 = lazy(r"[A-Za-z0-9+/_\-\r\n]{12,}+={0,2}\s*")
BASE64_RUN = lazy(r"(?<![A-Za-z0-9+/_\-])[A-Za-z0-9+/_\-]{16,}+={0,2}")
LONG_RUN = 24
_HEX_DIGITS = lazy(r"(?:0?x)?[0-9A-Fa-f]++")
_ESCAPE = lazy(r"%[0-9A-Fa-f]{2}")
_HEX = lazy(r"(?:%[0-9A-Fa-f]{2})+")
_ENTITIES = {"quot": '"', "apos": "'", "lt": "<", "gt": ">", "amp": "&", "nbsp": " "}
# Of characters beyond ASCII only the blank: others stand inside of words.
_ENTITY = lazy(r"&(?:(quot|apos|lt|gt|amp|nbsp)|#(?:(\d{1,3})|x([0-9a-f]{1,2})));", re.IGNORECASE)
# Of these only what stands around a value: JSON writes others so that are letters.
_UNICODE = lazy(r"\\{1,4}u(00(?:2[267]|3[a-e]))", re.IGNORECASE)
_MAX_RUNS = 500
_decoder = json.JSONDecoder()
_decoded = _decoder.decode
_scanned: Callable[[str, int], tuple[Any, int]] = _decoder.scan_once  # type: ignore[attr-defined]
_URL_SAFE = str.maketrans("-_", "+/")
_TO_URL_SAFE = str.maketrans("+/", "-_")
# What decoding puts in place of bytes that are no text.
_WRONG = "\N{REPLACEMENT CHARACTER}"
_WRONG_BYTES = _WRONG.encode()


def json_of(text: str) -> Any:
    """The list or dict that ``text`` is the JSON of, else None."""
    first = text[:1]
    if first not in ("{", "[") and not (first.isspace() and text.lstrip()[:1] in ("{", "[")):
        return None
    if len(text) > MAX_DECODED:
        return None
    try:
        found, end = _scanned(text, 0) if first in "{[" else (None, 0)
        if end != len(text):  # there are blanks around it, as a rule
            found = _decoded(text)
    except (StopIteration, ValueError, RecursionError):
        return None
    return found if isinstance(found, dict | list) else None


def is_escaped(text: str) -> bool:
    """Whether ``text`` has escapes of URLs, XML or JSON: ``%41``, ``&quot;``, ``\\u0022``."""
    return (
        ("%" in text and _ESCAPE.search(text) is not None)
        or ("&" in text and ";" in text and _ENTITY.search(text) is not None)
        or ("\\u00" in text and _UNICODE.search(text) is not None)
    )


def unescaped(text: str) -> str:
    """``text`` as it is without one of these; from URLs with spaces for ``+``, as in forms."""
    if "%" in text and _ESCAPE.search(text) is not None:
        text = percent_decoded(text)
    if "&" in text:
        text = _ENTITY.sub(_of_entity, text)
    return _UNICODE.sub(lambda code: chr(int(code[1], 16)), text)


def _of_entity(entity: re.Match[str]) -> str:
    if entity[1]:
        return _ENTITIES[entity[1].lower()]
    code = int(entity[2]) if entity[2] else int(entity[3], 16)
    return chr(code) if code < 128 else " " if code == 160 else entity[0]


def percent_decoded(text: str) -> str:
    """``text`` without its ``%41`` and with spaces for ``+``, as forms are written."""
    return _HEX.sub(
        lambda run: bytes.fromhex(run[0].replace("%", "")).decode("utf-8", "replace"),
        text.replace("+", " "),
    )


_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-~")


def percent_encoded(text: str, safe: str = "") -> str:
    """``text`` as a URL writes it; without :mod:`urllib`, which takes long to load."""
    if _UNRESERVED.issuperset(text):
        return text
    if text.isascii():
        return text.translate(_reserved(safe))
    return "".join(
        character
        if character in _UNRESERVED or character in safe
        else "".join([f"%{byte:02X}" for byte in character.encode("utf-8", "surrogatepass")])
        for character in text
    )


@lru_cache(maxsize=4)
def _reserved(safe: str) -> dict[int, str]:
    return {
        code: f"%{code:02X}"
        for code in range(128) if chr(code) not in _UNRESERVED and chr(code) not in safe
    }  # fmt: skip


def base64_decoded(text: str) -> str | None:
    """The text that ``text`` is the base64 of, also when compressed; None when it is not.

    The end may be missing: ``text`` may have been cut. Hexadecimal digits count as well, as
    databases print what they hold: ``0x7b22...``.
    """
    if len(text) > 2 * MAX_DECODED or not _BASE64.fullmatch(text):
        return None
    if len(text) >= LONG_RUN and _HEX_DIGITS.fullmatch(text):
        digits = text[text.find("x") + 1 :]
        found = bytes_decoded(bytes.fromhex(digits[: len(digits) // 2 * 2]))
        if found is not None:
            return found
    packed = text
    if not text.isalnum():
        packed = "".join(text.split()).rstrip("=").translate(_URL_SAFE)
    left = len(packed) % 4
    if left:
        packed = packed[:-1] if left == 1 else f"{packed}{'=' * (4 - left)}"
    try:
        data = a2b_base64(packed)
    except ValueError:
        return None
    return bytes_decoded(data)


def base64_within(text: str) -> list[str]:
    """The texts that parts of ``text`` are the base64 of."""
    if len(text) < LONG_RUN:
        return []
    runs = [run[0] for run in islice(BASE64_RUN.finditer(text), _MAX_RUNS)]
    if not any(len(run) >= LONG_RUN for run in runs):
        return []
    return [decoded for decoded in map(base64_decoded, runs) if decoded is not None]


def bytes_decoded(data: bytes) -> str | None:
    """The text that ``data`` is, in UTF-8 and perhaps compressed; None when it is none."""
    if data[:2] == b"\x1f\x8b" or data[:1] == b"\x78":
        with suppress(zlib.error):  # what begins so may be a text
            data = zlib.decompressobj(47).decompress(data, MAX_DECODED)
    data = data[:MAX_DECODED]
    found = data.decode("utf-8", "replace")  # most are no text, and an exception costs more
    wrong = found.find(_WRONG)
    if wrong >= 0:
        # Each mark stands for a byte at least: with three more after it, this is not the end.
        surely = _WRONG_BYTES not in data  # where the mark is no character of the text's
        if surely and (len(data) < 9 or len(found) - wrong > 3):
            return None
        try:
            found = data.decode()
        except UnicodeDecodeError as error:
            if len(data) < 9 or error.start < len(data) - 3:
                return None
            found = data[: error.start].decode()  # the last character may be cut
    return found if found.isprintable() or _is_text(found) else None


def _is_text(text: str) -> bool:
    """Whether this is a text rather than bytes that happen to decode."""
    odd = sum(character < " " and character not in "\t\r\n" for character in text[:200])
    return odd * 20 <= min(len(text), 200)


def base64_forms(text: str) -> list[str]:
    """What the base64 of any text with ``text`` in it has in it, at either alphabet."""
    data = text.encode("utf-8", "surrogatepass")
    found = []
    # So many bytes may stand before it; what they share a character with is not its own.
    for before, start in (b"", 0), (b"\0", 2), (b"\0\0", 3):
        whole = (len(before) + len(data)) // 3 * 4
        core = b2a_base64(before + data, newline=False)[start:whole].decode()
        found.append(core)
        if "+" in core or "/" in core:
            found.append(core.translate(_TO_URL_SAFE))
    return found
