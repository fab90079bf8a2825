"""Identifiers that sort by time: https://github.com/ulid/spec."""

from __future__ import annotations

import os

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's: no I, L, O, U
_RANDOM_BITS = 80
_HALF = 65  # bits of 13 characters
_SHIFTS = range(_HALF - 5, -1, -5)
_last = 0


def ulid(epoch_ms: int) -> str:
    """26 characters: 48 bits of milliseconds, 80 random ones; ascending in a process and clock."""
    global _last
    value = (epoch_ms << _RANDOM_BITS) | int.from_bytes(os.urandom(10), "big")
    if value <= _last and epoch_ms == _last >> _RANDOM_BITS:
        value = _last + 1
    _last = value
    # In halves: shifting long integers takes longer than all the rest.
    halves = (value >> _HALF, value & (1 << _HALF) - 1)
    return "".join([ALPHABET[half >> shift & 31] for half in halves for shift in _SHIFTS])
