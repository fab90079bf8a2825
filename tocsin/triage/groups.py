"""Records by fingerprint: one line per bug."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from tocsin.aws.account import Account
from tocsin.config import Stage
from tocsin.triage.record_reading import Record, all_since, iso

_IMPOSSIBLE = 10**15  # failures between two records


@dataclass(frozen=True)
class Group:
    """One bug. ``count`` has the failures that storms left without a record; times are ISO 8601."""

    fingerprint: str
    count: int
    first_seen: str
    last_seen: str
    functions: tuple[str, ...]
    error_type: str
    error_message: str
    newest_id: str

    def as_dict(self) -> dict[str, Any]:
        written = asdict(self)
        return {_camel(name): value for name, value in written.items()}


def recent_groups(
    account: Account, stage: Stage, function: str | None, seconds: float
) -> list[Group]:
    """The groups of the last ``seconds``, of one function or of all."""
    began = datetime.now(UTC) - timedelta(seconds=seconds)
    return group(all_since(account, stage, function, iso(began)))


def group(records: Iterable[Record]) -> list[Group]:
    """The groups of ``records``, most frequent first; type and message are the newest one's."""
    by_fingerprint: dict[str, list[Record]] = {}
    for record in records:
        by_fingerprint.setdefault(str(record.get("fingerprint", "-")), []).append(record)
    found = [_group(key, each) for key, each in by_fingerprint.items()]
    found.sort(key=lambda each: each.last_seen, reverse=True)
    return sorted(found, key=lambda each: each.count, reverse=True)


def _group(fingerprint: str, records: list[Record]) -> Group:
    records = sorted(records, key=lambda record: str(record["timestamp"]))
    newest = records[-1]
    return Group(
        fingerprint,
        sum(1 + _suppressed(record) for record in records),
        str(records[0]["timestamp"]),
        str(newest["timestamp"]),
        tuple(sorted({str(record["functionName"]) for record in records})),
        str(newest.get("errorType", "-")),
        str(newest.get("errorMessage", "")),
        str(newest["errorId"]),
    )


def _suppressed(record: Record) -> int:
    """A number as the error log writes it; what else a record has there counts nothing."""
    value = record.get("suppressed", 0)
    return value if isinstance(value, int) and 0 <= value < _IMPOSSIBLE else 0


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(other.capitalize() for other in others)
