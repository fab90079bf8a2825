"""A budget of records per container and fingerprint, for when everything fails at once.

Every failure is counted here, with or without a record: the count goes into the record and into the
line, so that the greatest that is seen of a counter is the number of its failures.
"""

from __future__ import annotations

import os
from _thread import allocate_lock

# Fingerprints with a bucket of their own; the rest share one, so that errors whose
# fingerprints never repeat cannot get around the budget, nor fill the memory.
MAX_FINGERPRINTS = 128
_SHARED = ""


class _Bucket:
    __slots__ = ("counted", "filled", "serial", "suppressed", "tokens")

    def __init__(self, tokens: float, filled: float) -> None:
        self.tokens = tokens
        self.filled = filled
        self.suppressed = 0
        self.counted = 0
        self.serial = 0


class Budget:
    """Token buckets: ``burst`` records at once, then one every ``refill_s`` seconds."""

    def __init__(self, burst: int, refill_s: float) -> None:
        self.burst = burst
        self.refill_s = refill_s
        self._buckets: dict[str, _Bucket] = {}
        self._process = os.urandom(8).hex()
        self._serials = 0
        self._lock = allocate_lock()

    def take(self, fingerprint: str, now: float) -> int | None:
        """How many failures were suppressed since the last record, or None to suppress this one.

        ``now`` is any monotonic time in seconds. None has counted the failure.
        """
        bucket = self._bucket(fingerprint, now)
        gained = max(0.0, now - bucket.filled) / self.refill_s
        bucket.tokens = min(float(self.burst), bucket.tokens + gained)
        bucket.filled = now
        if bucket.tokens < 1:
            bucket.suppressed += 1
            return None
        bucket.tokens -= 1
        suppressed, bucket.suppressed = bucket.suppressed, 0
        return suppressed

    def pass_over(self, fingerprint: str, failures: int) -> None:
        """Count ``failures`` after one that was suppressed."""
        bucket = self._buckets.get(fingerprint) or self._buckets.get(_SHARED)
        if bucket is not None:
            bucket.suppressed += failures

    def count(self, fingerprint: str, failures: int = 1) -> tuple[str, int]:
        """Count ``failures``: the counter of ``fingerprint``, and what it has counted with them.

        After ``take``. A counter is of one process and one fingerprint. Those that share a bucket
        have none that could go on: each time is a counter of its own.
        """
        with self._lock:
            bucket = self._buckets.get(fingerprint)
            if bucket is None or not bucket.serial:
                self._serials += 1
                if bucket is None:
                    return f"{self._process}.{self._serials}", failures
                bucket.serial = self._serials
            bucket.counted += failures
            return f"{self._process}.{bucket.serial}", bucket.counted

    def _bucket(self, fingerprint: str, now: float) -> _Bucket:
        kept = self._buckets.get(fingerprint)
        if kept is not None:
            return kept
        if len(self._buckets) >= MAX_FINGERPRINTS:
            self._forget_idle(now)
            if len(self._buckets) >= MAX_FINGERPRINTS:
                fingerprint = _SHARED
        return self._buckets.setdefault(fingerprint, _Bucket(float(self.burst), now))

    def _forget_idle(self, now: float) -> None:
        """Drop buckets that are full again and owe no count: a new one would be the same."""
        full_after = self.burst * self.refill_s
        self._buckets = {
            key: bucket
            for key, bucket in self._buckets.items()
            if bucket.suppressed or now - bucket.filled < full_after
        }
