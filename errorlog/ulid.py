"""Identifiers that sort by time: https://github.com/ulid/spec."""

from __future__ import annotations

import os
from functools import lru_cache

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's: no I, L, O, U
_RANDOM = 16  # characters, after 10 of the time
_COUNTED = 8  # of these, which come after those of the last one; the rest stay random
_DIGIT = bytes(ord(ALPHABET[byte & 31]) for byte in range(256))
_last = (0, "")


def ulid(epoch_ms: int) -> str:
    """26 characters: 48 bits of milliseconds, 80 random ones; ascending in a process and clock."""
    global _last
    random = os.urandom(_RANDOM).translate(_DIGIT).decode()
    if epoch_ms == _last[0] and random <= _last[1]:
        # Without a lock, which a signal's handler might wait for: threads that come after the same
        # one still differ in the rest.
        random = f"{_after(_last[1][:_COUNTED])}{random[_COUNTED:]}"
    _last = epoch_ms, random
    low = epoch_ms & 32_767
    ends = f"{ALPHABET[low >> 10]}{ALPHABET[low >> 5 & 31]}{ALPHABET[low & 31]}"
    return f"{_half_a_minute(epoch_ms >> 15)}{ends}{random}"


def forked() -> None:
    """In a child: its next one does not come after its parent's last, as that's own does."""
    global _last
    _last = (0, "")


@lru_cache(maxsize=2)
def _half_a_minute(value: int) -> str:
    """What is the same for all identifiers of 32 seconds: the first seven characters."""
    return "".join([ALPHABET[value >> 5 * place & 31] for place in range(6, -1, -1)])


def _after(random: str) -> str:
    """The next of as many characters."""
    kept = random.rstrip(ALPHABET[-1])
    following = ALPHABET[ALPHABET.index(kept[-1]) + 1] if kept else ""
    return (kept[:-1] + following).ljust(_COUNTED, ALPHABET[0])
