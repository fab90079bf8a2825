"""What the stage remembers of its bugs (docs/bugs.md): list them, and look at one."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from tocsin import names
from tocsin.aws.account import Account
from tocsin.bugs.bug import Bug, iso
from tocsin.bugs.bug_items import KEY, PARTS, RELEASE, bug_of, key_of, values
from tocsin.bugs.states import Status
from tocsin.config import Stage
from tocsin.exceptions import InputError
from tocsin.triage.forms import formed
from tocsin.triage.groups import camel
from tocsin.triage.record_reading import Record, UnknownRecord, deployed, function_names, show
from tocsin.typed_command import typed

OPEN_STATUSES = frozenset({Status.NEW, Status.SEEN, Status.REGRESSED})
_MAX_MOVES = 5


class UnknownBug(InputError):
    """No bug has this fingerprint."""


@dataclass(frozen=True)
class BugFilter:
    """Which bugs: every condition that is given has to hold.

    ``error_type`` is the whole name, ``text`` a part of type, message or frame in any case,
    ``since`` the earliest last failure (ISO 8601, UTC); ``function`` a key or deployed name.
    """

    statuses: frozenset[Status] | None = None
    function: str = ""
    error_type: str = ""
    release: str = ""
    text: str = ""
    since: str = ""


def bugs(
    account: Account,
    stage: Stage,
    wanted: BugFilter | None = None,
    *,
    now: datetime | None = None,
) -> list[Bug]:
    """The bugs of the stage that ``wanted`` lets through, the last to fail first."""
    wanted = wanted or BugFilter()
    moment = now or datetime.now(UTC)
    functions = set(function_names(stage, wanted.function)) if wanted.function else set()
    found = [
        bug
        for bug in _all(account, stage)
        if bug.count and not bug.moved_to and _passes(bug, wanted, functions, moment)
    ]
    return sorted(found, key=lambda bug: (bug.last_seen, bug.fingerprint), reverse=True)


def bug(account: Account, stage: Stage, fingerprint: str) -> Bug:
    """The bug with ``fingerprint``, or the one that took it over when the rule changed.

    Raises:
        UnknownBug: nothing is remembered of it.
        MalformedRecord: that is no fingerprint.
    """
    return _read(account, names.bugs_table(stage.suffix), fingerprint)


def newest_record(account: Account, stage: Stage, bug: Bug) -> Record | None:
    """The newest record of ``bug`` that is left; None where its time is over."""
    try:
        return show(account, stage, bug.newest_id) if bug.newest_id else None
    except UnknownRecord:
        return None


def releases(account: Account, stage: Stage) -> dict[str, str]:
    """Each release that the stage has had, and since when (ISO 8601), in that order."""
    table = names.bugs_table(stage.suffix)
    with deployed(account, table) as client:
        found = [values(item) for item in _query(client, table, RELEASE)]
    found.sort(key=lambda release: str(release["began"]))
    return {str(release[KEY]): str(release["began"]) for release in found}


def bug_dict(bug: Bug, now: datetime | None = None) -> dict[str, Any]:
    """A bug for JSON: docs/schemas/bugs.json."""
    decided = {
        camel(name): value for name, value in vars(bug.state).items() if name != "known" and value
    }
    return {
        "fingerprint": bug.fingerprint,
        "status": str(bug.status(now or datetime.now(UTC))),
        "count": bug.count,
        "errorType": bug.error_type,
        "errorMessage": bug.message,
        "topFrame": bug.top_frame,
        "firstSeen": bug.first_seen,
        "lastSeen": bug.last_seen,
        "firstRelease": bug.first_release,
        "lastRelease": bug.last_release,
        "functions": sorted(bug.functions),
        "releases": [
            {
                "release": name,
                "count": found.count,
                "firstSeen": found.first_seen,
                "lastSeen": found.last_seen,
            }
            for name, found in bug.releases.items()
        ],
        "hours": [
            {"hour": iso(datetime.fromtimestamp(hour * 3_600, UTC)), "count": count}
            for hour, count in sorted(bug.hours.items())
        ],
        "decision": decided or None,
        "notes": [vars(note) for note in bug.notes],
        "newestId": bug.newest_id,
        "toldAt": bug.notice.sent if bug.notice and bug.notice.sent else None,
        "notTold": bug.notice.withheld if bug.notice and bug.notice.withheld else None,
        "carriedFrom": list(bug.carried_from),
    }


def _all(account: Account, stage: Stage) -> Iterator[Bug]:
    table = names.bugs_table(stage.suffix)
    with deployed(account, table) as client, ThreadPoolExecutor(len(PARTS)) as threads:
        kinds = [f"bug#{digit}" for digit in PARTS]
        for found in threads.map(lambda kind: list(_query(client, table, kind)), kinds):
            for item in found:
                yield bug_of(item)


def _query(client: Any, table: str, kind: str) -> Iterator[dict[str, Any]]:
    pages = client.get_paginator("query").paginate(
        TableName=table,
        KeyConditionExpression="#kind = :kind",
        ExpressionAttributeNames={"#kind": "kind"},
        ExpressionAttributeValues={":kind": {"S": kind}},
    )
    for page in pages:
        yield from page["Items"]


def _passes(bug: Bug, wanted: BugFilter, functions: set[str], now: datetime) -> bool:
    words = f"{bug.error_type}: {bug.message}\n{bug.top_frame}\n{bug.fingerprint}".casefold()
    return (
        (wanted.statuses is None or bug.status(now) in wanted.statuses)
        and (not functions or bool(functions & set(bug.functions)))
        and (not wanted.error_type or bug.error_type == wanted.error_type)
        and (not wanted.release or wanted.release in bug.releases)
        and (not wanted.text or wanted.text.casefold() in words)
        and (not wanted.since or bug.last_seen >= wanted.since)
    )


def _read(account: Account, table: str, fingerprint: str) -> Bug:
    wanted = formed({"fingerprint": fingerprint}, "fingerprint")
    with deployed(account, table) as client:
        for _ in range(_MAX_MOVES):
            answer = client.get_item(TableName=table, Key=key_of(wanted), ConsistentRead=True)
            if "Item" not in answer:
                break
            found = bug_of(answer["Item"])
            if not found.moved_to:
                return found
            wanted = found.moved_to
    raise UnknownBug(f"found no bug {fingerprint} in {table}; `{typed('bugs')}` lists them")
