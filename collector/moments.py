"""Milliseconds since the epoch as the error log writes them: ISO times and ULIDs."""

from __future__ import annotations

import hashlib
import time

from errorlog.ulid import ALPHABET

# After the ten characters of the time. The collector's role may delete records with it only; of
# ids made by chance one of 32,768 has it.
MARK = "TCN"
_HASHED_BITS = 65


def iso(epoch_ms: int) -> str:
    """ISO 8601 in UTC with milliseconds, as the index sorts it."""
    seconds, millis = divmod(epoch_ms, 1000)
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds)) + f".{millis:03d}Z"


def made_id(epoch_ms: int, *named: str) -> str:
    """26 characters shaped like a ULID: a time, then a hash of ``named`` in place of chance."""
    digest = hashlib.blake2b("\0".join(named).encode("utf-8", "replace"), digest_size=10).digest()
    return _spelled(epoch_ms, 50) + MARK + _spelled(int.from_bytes(digest, "big"), _HASHED_BITS)


def _spelled(value: int, bits: int) -> str:
    return "".join(ALPHABET[(value >> shift) & 31] for shift in range(bits - 5, -1, -5))
