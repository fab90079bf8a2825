"""The bugs of a stage, out of its records."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from tocsin import triage
from tocsin.aws.account import Account
from tocsin.config import Stage
from tocsin.triage.record_reading import Record, all_since, iso
from tocsin.web.bug_list import TREND_HOURS, BugEntry, BugState, hour_of

DAYS = 7
_NEW_FOR = timedelta(days=1)


def read_bugs(account: Account, stage: Stage, now: datetime) -> tuple[BugEntry, ...]:
    """One entry for each fingerprint of the last days."""
    records = list(all_since(account, stage, None, iso(now - timedelta(days=DAYS))))
    return entries(records, now)


def entries(records: Iterable[Record], now: datetime) -> tuple[BugEntry, ...]:
    records = list(records)
    by_fingerprint: dict[str, list[Record]] = {}
    for record in records:
        by_fingerprint.setdefault(str(record.get("fingerprint", "-")), []).append(record)
    found = []
    for group in triage.group(records):
        own = sorted(by_fingerprint[group.fingerprint], key=lambda each: str(each["timestamp"]))
        newest, oldest = own[-1], own[0]
        first = _moment(group.first_seen)
        is_new = first is not None and now - first < _NEW_FOR
        found.append(
            BugEntry(
                group.fingerprint,
                BugState.NEW if is_new else BugState.SEEN,
                group.error_type,
                group.error_message,
                str(newest.get("topFrame", "")),
                group.functions,
                group.count,
                _trend(own, now),
                group.first_seen,
                group.last_seen,
                str(oldest.get("release", "")),
                str(newest.get("release", "")),
                newest_id=group.newest_id,
            )
        )
    return tuple(found)


def _trend(records: Iterable[Record], now: datetime) -> tuple[int, ...]:
    counts = [0] * TREND_HOURS
    last = hour_of(now)
    for record in records:
        moment = _moment(str(record["timestamp"]))
        if moment is not None and 0 <= last - hour_of(moment) < TREND_HOURS:
            counts[TREND_HOURS - 1 - (last - hour_of(moment))] += 1
    return tuple(counts)


def _moment(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
