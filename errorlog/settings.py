"""What the stack sets in a function's environment."""

from __future__ import annotations

import os
from functools import lru_cache

DEFAULT_TTL_DAYS = 30
DEFAULT_TIMEOUT_MS = 300
ITEMS = "items"
DEFAULT_ANSWERS = ("5xx", ITEMS)


class Settings:
    """``table`` is empty where none is configured; records then go to the log.

    No data class: loading what makes them takes as long as the write of a record.
    """

    __slots__ = (
        "answers", "burst", "namespace", "redact_emails", "redact_keys", "refill_s", "release",
        "stage", "table", "timeout_s", "ttl_days",
    )  # fmt: skip

    def __init__(
        self,
        *,
        table: str,
        stage: str,
        release: str,
        namespace: str,
        ttl_days: int,
        redact_keys: tuple[str, ...],
        redact_emails: bool,
        timeout_s: float,
        burst: int,
        refill_s: float,
        answers: tuple[str, ...] = DEFAULT_ANSWERS,
    ) -> None:
        self.answers = answers
        self.table = table
        self.stage = stage
        self.release = release
        self.namespace = namespace
        self.ttl_days = ttl_days
        self.redact_keys = redact_keys
        self.redact_emails = redact_emails
        self.timeout_s = timeout_s
        self.burst = burst
        self.refill_s = refill_s


_NAMES = (
    "ERROR_LOG_TABLE", "STAGE", "RELEASE", "POWERTOOLS_METRICS_NAMESPACE", "ERROR_LOG_TTL_DAYS",
    "ERROR_LOG_ANSWERS", "ERROR_LOG_REDACT_KEYS", "ERROR_LOG_REDACT_EMAILS",
    "ERROR_LOG_TIMEOUT_MS", "ERROR_LOG_BURST", "ERROR_LOG_REFILL_SECONDS",
)  # fmt: skip


def from_environment() -> Settings:
    """Read the environment; a value that cannot be read gives way to the default."""
    return _settings(*map(os.environ.get, _NAMES))


@lru_cache(maxsize=1)
def _settings(
    table: str | None,
    stage: str | None,
    release: str | None,
    namespace: str | None,
    ttl_days: str | None,
    answers: str | None,
    redact_keys: str | None,
    redact_emails: str | None,
    timeout_ms: str | None,
    burst: str | None,
    refill_s: str | None,
) -> Settings:
    return Settings(
        table=(table or "").strip(),
        stage=stage or "",
        release=release or "",
        namespace=namespace or "errorlog",
        ttl_days=int(_number(ttl_days, DEFAULT_TTL_DAYS)),
        answers=_listed((answers or "").lower()) or DEFAULT_ANSWERS,
        redact_keys=_listed(redact_keys or ""),
        redact_emails=(redact_emails or "").lower() in ("1", "true", "yes"),
        timeout_s=_number(timeout_ms, DEFAULT_TIMEOUT_MS) / 1000,
        burst=int(_number(burst, 20)),
        refill_s=_number(refill_s, 10),
    )


def _listed(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _number(text: str | None, default: float) -> float:
    try:
        value = float(text or "")
    except ValueError:
        return default
    return value if 0 < value < 1e6 else default
