"""The bugs of a stage: what its memory has of them or, where it keeps none, its records."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta

from tocsin import triage
from tocsin.aws.account import Account
from tocsin.bugs.bug import iso
from tocsin.config import Stage
from tocsin.triage import Bug, Muted, Regressed, Resolved, Status
from tocsin.triage.record_reading import Record, all_since
from tocsin.web.bug_list import TREND_HOURS, BugEntry, hour_of

DAYS = 7
"""How far back records are read where the stage keeps no memory of bugs."""
_NEW_FOR = timedelta(days=1)


def read_bugs(account: Account, stage: Stage, now: datetime) -> tuple[BugEntry, ...]:
    """One entry for each bug."""
    if stage.bugs.enabled:
        return tuple(remembered(stage, bug, now) for bug in triage.bugs(account, stage, now=now))
    return entries(stage, all_since(account, stage, None, iso(now - timedelta(days=DAYS))), now)


def remembered(stage: Stage, bug: Bug, now: datetime) -> BugEntry:
    """A bug as the memory has it."""
    functions = tuple(sorted(bug.functions))
    withheld = bug.notice.withheld if bug.notice is not None else ""
    return BugEntry(
        bug.fingerprint,
        bug.status(now),
        bug.error_type,
        bug.message,
        bug.top_frame,
        functions,
        bug.count,
        _trend(bug.hours.items(), hour_of(now)),
        bug.first_seen,
        bug.last_seen,
        bug.first_release,
        bug.last_release,
        owner_of(stage, functions),
        _decision(bug),
        bug.state.why if isinstance(bug.state, Regressed) else "",
        bug.notes,
        not_told=withheld,
    )


def entries(stage: Stage, records: Iterable[Record], now: datetime) -> tuple[BugEntry, ...]:
    """The bugs of ``records``, which nobody has decided about."""
    records = list(records)
    by_fingerprint: dict[str, list[Record]] = {}
    for record in records:
        by_fingerprint.setdefault(str(record.get("fingerprint", "-")), []).append(record)
    found = []
    for group in triage.group(records):
        own = sorted(by_fingerprint[group.fingerprint], key=lambda record: str(record["timestamp"]))
        newest, oldest = own[-1], own[0]
        first = moment_of(group.first_seen)
        is_new = first is not None and now - first < _NEW_FOR
        found.append(
            BugEntry(
                group.fingerprint,
                Status.NEW if is_new else Status.SEEN,
                group.error_type,
                group.error_message,
                str(newest.get("topFrame", "")),
                group.functions,
                group.count,
                _trend(_hours(own), hour_of(now)),
                group.first_seen,
                group.last_seen,
                str(oldest.get("release", "")),
                str(newest.get("release", "")),
                owner_of(stage, group.functions),
            )
        )
    return tuple(found)


def owner_of(stage: Stage, functions: Iterable[str]) -> str:
    """Who answers for these functions, by their deployed names; several where they do."""
    owners = {function.name: function.owner for function in stage.watched}
    return ", ".join(sorted({owners[name] or "" for name in functions if owners.get(name)}))


def _decision(bug: Bug) -> str:
    state = bug.state
    if isinstance(state, Resolved):
        where = f"in {state.release}" if state.release else "in whatever comes next"
        return f"resolved {where}, {state.at}{_by(state.by)}"
    if isinstance(state, Muted):
        ends = [
            f"until {state.until}" if state.until else "",
            f"until release {state.release}" if state.release else "",
            f"until {state.count} failures in all" if state.count else "",
        ]
        return f"muted {' or '.join(end for end in ends if end)}, {state.at}{_by(state.by)}"
    return ""


def _by(who: str) -> str:
    return f" by {who}" if who else ""


def _trend(hours: Iterable[tuple[int, int]], last: int) -> tuple[int, ...]:
    """Failures of each of the hours up to ``last``, of pairs of an hour and how many it had."""
    counts = [0] * TREND_HOURS
    for hour, count in hours:
        if 0 <= last - hour < TREND_HOURS:
            counts[TREND_HOURS - 1 - (last - hour)] += count
    return tuple(counts)


def _hours(records: Iterable[Record]) -> Iterator[tuple[int, int]]:
    for record in records:
        moment = moment_of(str(record["timestamp"]))
        if moment is not None:
            yield hour_of(moment), 1


def moment_of(text: str) -> datetime | None:
    """The time that a record says; None where that is no time."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
