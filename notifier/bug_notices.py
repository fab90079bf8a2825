"""News of a bug -> what people are told; and what the memory of bugs knows of others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from notifier.console_links import ConsoleOf
from notifier.explanation import BugSummary, ConsoleLink, Explanation, Memory
from notifier.incoming import BugNotice, moment
from notifier.message_identity import dedup_key, identity
from notifier.quantities import clock
from notifier.stage_facts import FunctionFacts, StageFacts

_BEFORE = timedelta(minutes=5)
_MOST_NAMED = 5


def explained(
    told: BugNotice, facts: StageFacts, now: datetime, place: tuple[str, str, str]
) -> Explanation:
    """What is said of a bug that is new, or back. ``place`` is (partition, region, account)."""
    bug = _bug(told.bug, told.event)
    function = facts.functions.get(told.function) or facts.function_of(told.function)
    name = function.key if function else told.function
    owner = told.owner or (function.owner if function else "")
    began = bug.first_seen if told.event == "new" else moment(told.bug.get("lastSeen"))
    back = "" if told.event == "new" else " again"
    release = bug.first_release if told.event == "new" else bug.last_release
    since = f", since {clock(began, now)}" if began else ""
    key = dedup_key(f"tocsin {facts.service} {facts.stage} bug {bug.fingerprint}")
    return Explanation(
        event="new-bug" if told.event == "new" else "regressed-bug",
        stage=facts.stage,
        service=facts.service,
        function=name,
        headline=f"{bug.type or 'an error'}" + (f" in {release}" if release else ""),
        sentence=f"{name} on {facts.stage} fails{back} with {bug.type or 'an error'}"
        + (f" in {release}" if release else "")
        + f"{since}.",
        severity=told.severity,
        owner=owner,
        owners=(owner,),
        since=began,
        bugs=(bug,),
        also=_other_functions(told.bug.get("functions"), name, facts),
        command=facts.command_for_bug(bug.fingerprint) or facts.command,
        runbook_link=f"{facts.runbook}#error-rate",
        links=_links(ConsoleOf(place[0], place[1]), facts, function, began or now, now),
        dedup_key=key,
        identity=identity(key, told.changed_at),
    )


def remembered_bugs(
    table: str, client: Any, fingerprints: Sequence[str]
) -> dict[str, Mapping[str, Any]]:
    """What the memory knows of each: its status, since when, how often, and what it is."""
    from tocsin.bugs.bug_items import bug_of, key_of

    keys = [key_of(fingerprint) for fingerprint in fingerprints]
    answer = client.batch_get_item(RequestItems={table: {"Keys": keys}})
    found = [bug_of(item) for item in answer.get("Responses", {}).get(table, [])]
    return {
        bug.fingerprint: {
            "firstSeen": bug.first_seen,
            "firstRelease": bug.first_release,
            "count": bug.count,
            "type": bug.error_type,
            "message": bug.message,
            "topFrame": bug.top_frame,
            "status": str(bug.status(datetime.now(UTC))),
        }
        for bug in found
    }


def _bug(given: Mapping[str, Any], event: str) -> BugSummary:
    count = given.get("count")
    memory: Memory = "new" if event == "new" else "regressed"
    return BugSummary(
        fingerprint=str(given["fingerprint"])[:200],
        type=str(given.get("type") or "")[:1_000],
        message=str(given.get("message") or "")[:5_000],
        count=count if isinstance(count, int) and count > 0 else 1,
        counted_from=moment(given.get("firstSeen")),
        first_seen=moment(given.get("firstSeen")),
        first_release=str(given.get("firstRelease") or "")[:200],
        last_release=str(given.get("lastRelease") or "")[:200],
        top_frame=str(given.get("topFrame") or "")[:1_000],
        memory=memory,
    )


def _other_functions(given: Any, name: str, facts: StageFacts) -> tuple[str, ...]:
    if not isinstance(given, list):
        return ()
    deployed = {function.name: function.key for function in facts.functions.values()}
    named = [deployed.get(str(function), str(function)) for function in given]
    others = [function for function in dict.fromkeys(named) if function != name]
    if not others:
        return ()
    more = f" and {len(others) - _MOST_NAMED} more" if len(others) > _MOST_NAMED else ""
    return (f"in {', '.join(others[:_MOST_NAMED])}{more}",)


def _links(
    console: ConsoleOf,
    facts: StageFacts,
    function: FunctionFacts | None,
    began: datetime,
    now: datetime,
) -> tuple[ConsoleLink, ...]:
    made = [
        console.log(function.log_group, began - _BEFORE, now) if function else None,
        console.dashboard(facts.dashboard_of(function)),
    ]
    return tuple(link for link in made if link is not None)
