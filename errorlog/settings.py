"""What the stack sets in a function's environment."""

from __future__ import annotations

import os

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


def from_environment() -> Settings:
    """Read the environment; a value that cannot be read gives way to the default."""
    get = os.environ.get
    return Settings(
        table=get("ERROR_LOG_TABLE", "").strip(),
        stage=get("STAGE", ""),
        release=get("RELEASE", ""),
        namespace=get("POWERTOOLS_METRICS_NAMESPACE") or "errorlog",
        ttl_days=int(_number("ERROR_LOG_TTL_DAYS", DEFAULT_TTL_DAYS)),
        answers=_listed(get("ERROR_LOG_ANSWERS", "").lower()) or DEFAULT_ANSWERS,
        redact_keys=_listed(get("ERROR_LOG_REDACT_KEYS", "")),
        redact_emails=get("ERROR_LOG_REDACT_EMAILS", "").lower() in ("1", "true", "yes"),
        timeout_s=_number("ERROR_LOG_TIMEOUT_MS", DEFAULT_TIMEOUT_MS) / 1000,
        burst=int(_number("ERROR_LOG_BURST", 20)),
        refill_s=_number("ERROR_LOG_REFILL_SECONDS", 10),
    )


def _listed(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _number(name: str, default: float) -> float:
    try:
        value = float(os.environ.get(name, ""))
    except ValueError:
        return default
    return value if 0 < value < 1e6 else default
