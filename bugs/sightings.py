"""The error table's stream, record by record: which failures it tells of, and who counted them.

A process of a function counts its failures of each fingerprint (errorlog/storms.py), and every
record and every line about a failure that was counted only has that count so far. So the greatest
count of each counter is the number of its failures, whatever is lost on the way, comes twice, or
in another order. A record without a counter counts for itself, by its ``errorId``.

What an item holds is anybody's who may put one, or print a line: every field is checked.
https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from tocsin.bugs.bug import MAX_NAME, MAX_TEXT, Occurrence, iso
from tocsin.bugs.bug_items import value

COUNT_PREFIX = "count:"
"""What the hash key begins with of an item that only has a count (collector/counted_only.py)."""
DRILL_EVENT, DRILL_FAILURE = "tocsin_drill", "DrillFailure"
MAX_COUNT = 10**9
NO_RULE = "v0"
"""The version of the fingerprint of what has none: its function and type."""

# Of the collector's own ids (collector/moments.py): it takes back what it knew too little of.
_TAKEN_BACK = re.compile(r"[0-9A-Z]{10}TCN[0-9A-Z]{13}")
_FINGERPRINT = re.compile(r"v[0-9]{1,4}:[0-9a-f]{1,64}")
_COUNTER = re.compile(r"[0-9A-Za-z._-]{1,64}")
_LATE = timedelta(minutes=5)
_EARLIEST = "2015-01-01T00:00:00.000Z"
_MAX_FORMER = 3
_READ = (
    "errorId", "timestamp", "at", "functionName", "function", "errorType", "errorMessage",
    "topFrame", "fingerprint", "formerFingerprints", "release", "suppressed", "counter",
    "counted", "expiresAt",
)  # fmt: skip


@dataclass(frozen=True)
class Sighting:
    """What ``source`` has counted by now of the failures of a bug, ``occurrence``.

    ``sequence`` orders what the stream says of a record; a ``is_counter`` source only ever counts
    up. With no failures, a record was taken back.
    """

    source: str
    failures: int
    sequence: int
    occurrence: Occurrence
    is_counter: bool = False
    expires_at: int = 0


def sightings(event: Mapping[str, Any], now: datetime, but: frozenset[str]) -> list[Sighting]:
    """What a batch of the stream tells; failures of the functions ``but`` are left out.

    Raises:
        ValueError: that is no batch of a stream.
    """
    records = event.get("Records")
    if not isinstance(records, list):
        raise ValueError("a batch of a stream has a list of Records")
    found = (_sighting(record, now) for record in records if isinstance(record, dict))
    return [
        sighting
        for sighting in found
        if sighting is not None and sighting.occurrence.function not in but
    ]


def former_of(fingerprints: Any, fingerprint: str) -> tuple[str, ...]:
    """Fingerprints that earlier rules gave the same failure, as far as they are some."""
    given = fingerprints if isinstance(fingerprints, list) else []
    return tuple(
        former
        for former in given[:_MAX_FORMER]
        if isinstance(former, str) and _FINGERPRINT.fullmatch(former) and former != fingerprint
    )


def by_source(found: Iterable[Sighting]) -> dict[str, list[Sighting]]:
    """The sightings of each source, by what it had counted."""
    grouped: dict[str, list[Sighting]] = {}
    for sighting in found:
        grouped.setdefault(sighting.source, []).append(sighting)
    for source, told in grouped.items():
        grouped[source] = sorted(told, key=lambda one: (one.failures, one.sequence))
    return grouped


def _sighting(record: dict[str, Any], now: datetime) -> Sighting | None:
    try:
        change = record["dynamodb"]
        sequence = int(str(change.get("SequenceNumber", "0"))[:60])
        if record.get("eventName") == "REMOVE":
            if record.get("userIdentity"):
                return None  # its time was over, which takes nothing back
            return _taken_back(value(change["Keys"]["errorId"]), sequence)
        image = change["NewImage"]
        fields = {name: value(image[name]) for name in _READ if name in image}
        if _is_drill(image, fields):
            return None
        said = fields.get("at" if "at" in fields else "timestamp")
        arrived = change.get("ApproximateCreationDateTime")
        return _of(fields, sequence, _time(said, arrived, now), now)
    except (AttributeError, KeyError, TypeError, ValueError, OverflowError):
        return None  # an item of somebody else's


def _of(fields: dict[str, Any], sequence: int, at: str, now: datetime) -> Sighting | None:
    error_id = fields["errorId"]
    only_count = error_id.startswith(COUNT_PREFIX)
    function = _text(fields.get("function" if only_count else "functionName"), MAX_NAME)
    if not function:
        return None  # what the collector knows of a log stream
    expires_at = fields.get("expiresAt")
    expires_at = expires_at if isinstance(expires_at, int) else 0
    if 0 < expires_at < now.timestamp():
        return None  # about to be deleted: counted when it was new, or never to be
    error_type = _text(fields.get("errorType"), MAX_NAME)
    fingerprint = fields.get("fingerprint")
    if not isinstance(fingerprint, str) or not _FINGERPRINT.fullmatch(fingerprint):
        named = f"{function}\0{error_type}".encode("utf-8", "replace")
        fingerprint = f"{NO_RULE}:{hashlib.blake2b(named, digest_size=8).hexdigest()}"
    occurrence = Occurrence(
        fingerprint=fingerprint,
        at=at,
        function=function,
        release=_text(fields.get("release"), MAX_NAME),
        error_id="" if only_count else _text(error_id, MAX_NAME),
        error_type=error_type,
        message=_text(fields.get("errorMessage"), MAX_TEXT),
        top_frame=_text(fields.get("topFrame"), MAX_TEXT),
        former=former_of(fields.get("formerFingerprints"), fingerprint),
    )
    counter, counted = fields.get("counter"), fields.get("counted")
    if isinstance(counter, str) and _COUNTER.fullmatch(counter) and _is_count(counted):
        source = _digest("counter", fingerprint, counter)
        return Sighting(source, int(counted or 0), sequence, occurrence, True, expires_at)
    if only_count:
        return None
    suppressed = fields.get("suppressed", 0)
    failures = 1 + (suppressed if _is_count(suppressed) else 0)
    return Sighting(_digest("record", error_id), failures, sequence, occurrence, False, expires_at)


def _taken_back(error_id: Any, sequence: int) -> Sighting | None:
    if not isinstance(error_id, str) or not _TAKEN_BACK.fullmatch(error_id):
        return None
    return Sighting(_digest("record", error_id), 0, sequence, Occurrence("", "", ""))


def _is_drill(image: Mapping[str, Any], fields: Mapping[str, Any]) -> bool:
    """Whether the drill asked for it: nobody's bug (errorlog/drill.py)."""
    event = image.get("event", {}).get("M")
    asked = isinstance(event, dict) and list(event) == [DRILL_EVENT]
    return asked or fields.get("errorType") == DRILL_FAILURE


def _time(said: Any, arrived: Any, now: datetime) -> str:
    """When it failed, as it says: but not in a time to come, nor before there was Lambda."""
    for given in (said, arrived):
        try:
            moment = (
                datetime.fromisoformat(given) if isinstance(given, str)
                else datetime.fromtimestamp(float(given), UTC)
            )  # fmt: skip
            if moment.tzinfo is None:
                continue
            at = iso(min(moment, now) if moment > now + _LATE else moment)
        except (TypeError, ValueError, OverflowError):
            continue
        if at >= _EARLIEST:
            return at
    return iso(now)


def _text(given: Any, most: int) -> str:
    return given[:most] if isinstance(given, str) else ""


def _is_count(given: Any) -> bool:
    return isinstance(given, int) and not isinstance(given, bool) and 0 <= given <= MAX_COUNT


def _digest(*named: str) -> str:
    text = "\0".join(named).encode("utf-8", "replace")
    return hashlib.blake2b(text, digest_size=12).hexdigest()
