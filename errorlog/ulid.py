"""Identifiers that sort by time: https://github.com/ulid/spec."""

from __future__ import annotations

import os
from functools import lru_cache

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's: no I, L, O, U
_RANDOM = 16  # characters, after 10 of the time
_DIGIT = bytes(ord(ALPHABET[byte & 31]) for byte in range(256))
_last = (0, "")


def ulid(epoch_ms: int) -> str:
    """26 characters: 48 bits of milliseconds, 80 random ones; ascending in a process and clock."""
    global _last
    random = os.urandom(_RANDOM).translate(_DIGIT).decode()
    if epoch_ms == _last[0] and random <= _last[1]:
        random = _after(_last[1])
    _last = epoch_ms, random
    return f"{_encoded(epoch_ms >> 15, 7)}{_encoded(epoch_ms & 32_767, 3)}{random}"


def forked() -> None:
    """In a child: its next one does not come after its parent's last, as that's own does."""
    global _last
    _last = (0, "")


@lru_cache(maxsize=4)
def _encoded(value: int, length: int) -> str:
    return "".join([ALPHABET[value >> 5 * place & 31] for place in range(length - 1, -1, -1)])


def _after(random: str) -> str:
    """The next of as many characters."""
    kept = random.rstrip(ALPHABET[-1])
    following = ALPHABET[ALPHABET.index(kept[-1]) + 1] if kept else ""
    return (kept[:-1] + following).ljust(_RANDOM, ALPHABET[0])
