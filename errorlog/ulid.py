"""Identifiers that sort by time: https://github.com/ulid/spec."""

from __future__ import annotations

import os
from base64 import b32encode

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's: no I, L, O, U
_RANDOM_BITS = 80
_BYTES = 20  # of 160 bits, the last 130 of which are the 26 characters
_TO_CROCKFORD = bytes.maketrans(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", ALPHABET.encode())
_last = 0


def ulid(epoch_ms: int) -> str:
    """26 characters: 48 bits of milliseconds, 80 random ones; ascending in a process and clock."""
    global _last
    value = (epoch_ms << _RANDOM_BITS) | int.from_bytes(os.urandom(10), "big")
    if value <= _last and epoch_ms == _last >> _RANDOM_BITS:
        value = _last + 1
    _last = value
    return b32encode(value.to_bytes(_BYTES)).translate(_TO_CROCKFORD)[-26:].decode()
