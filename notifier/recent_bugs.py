"""The bugs behind an alarm: the records of its functions since it began, by fingerprint.

Read through the index by function and time. Event, context and stack are never read: the role lets
nobody here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from notifier.explanation import BugSummary
from notifier.incoming import moment

INDEX = "FunctionNameIndex"
READ = (
    "errorMessage",
    "errorType",
    "fingerprint",
    "functionName",
    "handled",
    "logStream",
    "release",
    "suppressed",
    "timestamp",
    "topFrame",
)
"""All that the notifier's role lets it read of records."""

DRILL_FAILURE = "DrillFailure"
"""What a function raises that the drill asks for an exception (errorlog/drill.py): nobody's bug."""

# Of 1 MB each: some 20 records with large events, hundreds as most are.
MOST_PAGES = 12
_MOST_BUGS = 200


@dataclass
class _Tally:
    newest: Mapping[str, Any]
    count: int = 0
    first: str = ""


@dataclass(frozen=True)
class BugsRead:
    """The bugs of a time, the most frequent first; ``complete``: no record was left unread."""

    bugs: tuple[BugSummary, ...]
    complete: bool = True
    functions: frozenset[str] = field(default_factory=frozenset)


def recent_bugs(
    client: Any,
    table: str,
    functions: Sequence[str],
    since: datetime,
    until: datetime,
    in_time: Callable[[], bool],
) -> BugsRead:
    """The bugs of ``functions`` (deployed names) from ``since`` to ``until``.

    ``client`` is a low-level DynamoDB client. Errors that the code handled are none of the
    alarm's; what was only counted counts. Reading ends when ``in_time`` says so.
    """
    tallies: dict[str, _Tally] = {}
    pages = 0
    complete = True
    for function in functions:
        for page in _pages(client, table, function, since, until):
            pages += 1
            for found in page["Items"]:
                _count(tallies, {name: next(iter(value.values())) for name, value in found.items()})
            if "LastEvaluatedKey" in page and (pages >= MOST_PAGES or not in_time()):
                complete = False
                break
    ordered = sorted(tallies.items(), key=lambda entry: (-entry[1].count, entry[0]))
    found_bugs = tuple(_bug(fingerprint, tally, complete) for fingerprint, tally in ordered)
    return BugsRead(found_bugs, complete, frozenset(functions))


def _pages(
    client: Any, table: str, function: str, since: datetime, until: datetime
) -> Iterator[dict[str, Any]]:
    request: dict[str, Any] = {
        "TableName": table,
        "IndexName": INDEX,
        "ScanIndexForward": False,  # newest first, where not all can be read
        "KeyConditionExpression": "#functionName = :function AND #timestamp BETWEEN :a AND :b",
        "Select": "SPECIFIC_ATTRIBUTES",
        "ProjectionExpression": ", ".join(f"#{name}" for name in READ),
        "ExpressionAttributeNames": {f"#{name}": name for name in READ},
        "ExpressionAttributeValues": {
            ":function": {"S": function},
            ":a": {"S": _iso(since)},
            ":b": {"S": _iso(until)},
        },
    }
    while True:
        page = client.query(**request)
        yield page
        if "LastEvaluatedKey" not in page:
            return
        request["ExclusiveStartKey"] = page["LastEvaluatedKey"]


def _count(tallies: dict[str, _Tally], record: Mapping[str, Any]) -> None:
    if record.get("handled") is True or record.get("errorType") == DRILL_FAILURE:
        return
    fingerprint = str(record.get("fingerprint") or record.get("errorType") or "")
    if not fingerprint or (fingerprint not in tallies and len(tallies) >= _MOST_BUGS):
        return
    tally = tallies.setdefault(fingerprint, _Tally(record))
    tally.count += 1 + _whole(record.get("suppressed"))
    tally.first = str(record.get("timestamp", ""))


def _bug(fingerprint: str, tally: _Tally, complete: bool) -> BugSummary:
    newest = tally.newest
    return BugSummary(
        fingerprint=fingerprint,
        type=str(newest.get("errorType", "")),
        message=str(newest.get("errorMessage", "")),
        count=tally.count,
        counted_from=moment(tally.first),
        last_release=str(newest.get("release", "")),
        top_frame=str(newest.get("topFrame", "")),
        log_stream=str(newest.get("logStream", "")),
        at_least=not complete,
    )


def remembered(bug: BugSummary, known: Mapping[str, Any] | None) -> BugSummary:
    """``bug`` with what the memory of bugs has of it: since when, in which release, its status.

    ``known`` has ``firstSeen``, ``firstRelease`` and ``status``; the count stays that of the alarm.
    """
    if not known:
        return bug
    status = known.get("status")
    return replace(
        bug,
        first_seen=moment(known.get("firstSeen")),
        first_release=str(known.get("firstRelease") or ""),
        memory=status if status in ("new", "regressed") else "seen",
    )


def _whole(value: Any) -> int:
    text = str(value or "0")
    return int(text) if len(text) < 10 and text.isdecimal() else 0


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
