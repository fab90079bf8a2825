"""What the stack sets in a function's environment."""

from __future__ import annotations

from functools import lru_cache

from errorlog import environment_variables

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
    b"ERROR_LOG_TABLE", b"STAGE", b"RELEASE", b"POWERTOOLS_METRICS_NAMESPACE",
    b"ERROR_LOG_TTL_DAYS", b"ERROR_LOG_ANSWERS", b"ERROR_LOG_REDACT_KEYS",
    b"ERROR_LOG_REDACT_EMAILS", b"ERROR_LOG_TIMEOUT_MS", b"ERROR_LOG_BURST",
    b"ERROR_LOG_REFILL_SECONDS",
)  # fmt: skip


def from_environment() -> Settings:
    """Read the environment; a value that cannot be read gives way to the default."""
    return _settings(environment_variables.held(_NAMES))


@lru_cache(maxsize=1)
def _settings(held: tuple[environment_variables.Held, ...]) -> Settings:
    (
        table, stage, release, namespace, ttl_days, answers, redact_keys, redact_emails,
        timeout_ms, burst, refill_s,
    ) = map(environment_variables.text, held)  # fmt: skip
    return Settings(
        table=table.strip(),
        stage=stage,
        release=release,
        namespace=namespace or "errorlog",
        ttl_days=int(_number(ttl_days, DEFAULT_TTL_DAYS)),
        answers=_listed(answers.lower()) or DEFAULT_ANSWERS,
        redact_keys=_listed(redact_keys),
        redact_emails=redact_emails.lower() in ("1", "true", "yes"),
        timeout_s=_number(timeout_ms, DEFAULT_TIMEOUT_MS) / 1000,
        burst=int(_number(burst, 20)),
        refill_s=_number(refill_s, 10),
    )


def _listed(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _number(text: str, default: float) -> float:
    try:
        value = float(text)
    except ValueError:
        return default
    return value if 0 < value < 1e6 else default
