"""By what programs and people know that two messages are of the same thing, or the same one."""

from __future__ import annotations

import hashlib


def dedup_key(arn: str) -> str:
    """The same for an alarm and its recovery, at most 255 characters."""
    if len(arn) <= 255 and arn.isascii() and arn.isprintable():
        return arn
    return hashlib.sha256(arn.encode("utf-8", "surrogatepass")).hexdigest()


def identity(arn: str, changed_at: str) -> str:
    """Four digits by which people tell one message from another."""
    return hashlib.sha256(f"{arn} {changed_at}".encode("utf-8", "surrogatepass")).hexdigest()[:4]
