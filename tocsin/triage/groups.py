"""Records by fingerprint: one line per bug."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from tocsin.aws.account import Account
from tocsin.bugs.bug import iso
from tocsin.config import Stage
from tocsin.triage.record_reading import Record, all_since

_IMPOSSIBLE = 10**15  # failures between two records


@dataclass(frozen=True)
class TablePlace:
    """Where records were kept: a stage in a region of an account, each empty where none says it."""

    account: str
    region: str
    stage: str

    def __str__(self) -> str:
        return " ".join(part or "?" for part in (self.account, self.region, self.stage))


@dataclass(frozen=True)
class Group:
    """One bug. ``count`` has the failures that storms left without a record; times are ISO 8601.

    ``places`` is None where its records are of one table.
    """

    fingerprint: str
    count: int
    first_seen: str
    last_seen: str
    functions: tuple[str, ...]
    error_type: str
    error_message: str
    newest_id: str
    places: tuple[TablePlace, ...] | None = None

    def as_dict(self) -> dict[str, Any]:
        written = asdict(self) | {"places": self.places and [vars(place) for place in self.places]}
        return {camel(name): value for name, value in written.items()}


def recent_groups(
    account: Account, stage: Stage, function: str | None, seconds: float
) -> list[Group]:
    """The groups of the last ``seconds``, of one function or of all."""
    began = datetime.now(UTC) - timedelta(seconds=seconds)
    return group(all_since(account, stage, function, iso(began)))


def group(records: Iterable[Record]) -> list[Group]:
    """The groups of ``records``, most frequent first; type and message are the newest one's.

    One record after the other: what is kept grows with the bugs, not with the records.
    """
    growing: dict[str, _Growing] = {}
    for record in records:
        fingerprint = str(record.get("fingerprint", "-"))
        known = growing.get(fingerprint)
        if known is None:
            growing[fingerprint] = known = _Growing(record)
        known.take(record)
    return sorted(
        (known.group(fingerprint) for fingerprint, known in growing.items()),
        key=frequent_first,
        reverse=True,
    )


def frequent_first(group: Group) -> tuple[int, str]:
    """Groups in the order of a list, reversed: by count, then by their newest failure."""
    return group.count, group.last_seen


class _Growing:
    """A group so far."""

    __slots__ = ("count", "first", "functions", "newest")

    def __init__(self, record: Record) -> None:
        self.count = 0
        self.first = str(record["timestamp"])
        self.newest = record
        self.functions: set[str] = set()

    def take(self, record: Record) -> None:
        timestamp = str(record["timestamp"])
        self.count += 1 + _suppressed(record)
        self.first = min(self.first, timestamp)
        self.functions.add(str(record["functionName"]))
        if timestamp >= str(self.newest["timestamp"]):
            self.newest = record

    def group(self, fingerprint: str) -> Group:
        newest = self.newest
        return Group(
            fingerprint,
            self.count,
            self.first,
            str(newest["timestamp"]),
            tuple(sorted(self.functions)),
            str(newest.get("errorType", "-")),
            str(newest.get("errorMessage", "")),
            str(newest["errorId"]),
        )


def _suppressed(record: Record) -> int:
    """A number as the error log writes it; what else a record has there counts nothing."""
    value = record.get("suppressed", 0)
    return value if isinstance(value, int) and 0 <= value < _IMPOSSIBLE else 0


def camel(name: str) -> str:
    """A field's name as JSON has it."""
    first, *others = name.split("_")
    return first + "".join(other.capitalize() for other in others)
