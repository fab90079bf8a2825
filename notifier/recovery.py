"""That an alarm is over, or that nothing is known of it any more: the number of then, how long it
lasted, and which of its bugs nobody has decided about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from notifier.alarm_numbers import measured_of, sums_of
from notifier.alarm_tree import FiringAlarm
from notifier.console_links import console_of
from notifier.explanation import MOST_BUGS, BugSummary, Explanation, PastAlarm
from notifier.explanation_sources import Sources
from notifier.incoming import AlarmMessage, moment
from notifier.quantities import clock, duration, times
from notifier.stage_facts import AlarmFacts, StageFacts

_OPEN = ("new", "seen", "regressed")
_WELL = "well again"


def recovered(
    message: AlarmMessage,
    base: Explanation,
    facts: StageFacts,
    sources: Sources,
    past: PastAlarm | None,
) -> Explanation:
    """``base``, with what is known of the alarm's time; ``past`` is what was said as it began."""
    began_with = facts.alarms.get(past.alarm if past else message.name)
    ended = message.time
    lasted = ""
    if past and past.began and ended and ended > past.began:
        lasted = duration((ended - past.began).total_seconds())
    said = _said_now(message, began_with, sources)
    if past and past.value:
        said += f", was {past.value}"
    function = (past.function if past else "") or base.function
    known = facts.functions.get(began_with.subject) if began_with else None
    owners = past.owners if past else ((known.owner,) if known else ("",))
    over = f"is {_WELL}" if message.state == "OK" else "cannot be judged any more"
    number = "" if said == _WELL else f": {said}"
    lasted_since = (
        f" It lasted {lasted}, since {clock(past.began, ended)}."
        if lasted and past and past.began
        else ""
    )
    bugs = _open_bugs(past, sources)
    open_still = f" {_named(bugs)} still open." if bugs else ""
    console = console_of(message.arn)
    return replace(
        base,
        function=function,
        headline=f"{said}; {lasted}" if lasted else said,
        sentence=f"{function} on {facts.stage} {over}{number}.{lasted_since}{open_still}",
        since=past.began if past else None,
        owner=", ".join(owner for owner in owners if owner),
        owners=owners,
        alarm=began_with.name if began_with else message.name,
        bugs=bugs[:MOST_BUGS],
        more_bugs=max(0, len(bugs) - MOST_BUGS),
        command=facts.command_for_bug(bugs[0].fingerprint if bugs else "") or base.command,
        links=tuple(
            link
            for link in (console.dashboard(facts.dashboard_of(known)), console.alarm(message.name))
            if link is not None
        ),
        past=past,
    )


def _said_now(message: AlarmMessage, began_with: AlarmFacts | None, sources: Sources) -> str:
    """``errors 0.4 %``; without the number where it is not known."""
    if message.state != "OK":
        return f"{began_with.noun}: no data any more" if began_with else "no data any more"
    if began_with is None:
        return _WELL
    firing = FiringAlarm(message.name, message.reason, message.time)
    try:
        if message.name != began_with.name:
            described = sources.describe([began_with.name])
            reason = next((str(alarm.get("StateReason", "")) for alarm in described), "")
            firing = FiringAlarm(began_with.name, reason, message.time)
        sums = sums_of(began_with, firing, sources, newest=True) if began_with.share else None
    except Exception:  # the number is left out; that it is over is known without it
        return f"{began_with.noun} within the limit"
    measured = measured_of(began_with, firing, sums)
    # An alarm asks for several datapoints, and of few calls for a larger share: it may be over
    # while the last number alone would not say so.
    if not measured.value or measured.beyond:
        return f"{began_with.noun} within the limit"
    return f"{began_with.noun} {measured.value}"


def _open_bugs(past: PastAlarm | None, sources: Sources) -> tuple[BugSummary, ...]:
    """Of the bugs that the alarm was about, those that nobody has decided about."""
    if past is None or not past.bugs:
        return ()
    try:
        known = sources.remembered(past.bugs)
    except Exception:  # the bugs are left out; that it is over is known without them
        return ()
    return tuple(
        _bug(fingerprint, known[fingerprint])
        for fingerprint in past.bugs
        if known.get(fingerprint, {}).get("status") in _OPEN
    )


def _bug(fingerprint: str, known: Mapping[str, Any]) -> BugSummary:
    first: datetime | None = moment(known.get("firstSeen"))
    return BugSummary(
        fingerprint=fingerprint,
        type=str(known.get("type", "")),
        message=str(known.get("message", "")),
        count=known.get("count", 1),
        counted_from=first,
        first_seen=first,
        first_release=str(known.get("firstRelease") or ""),
        top_frame=str(known.get("topFrame", "")),
        memory=known["status"],
    )


def _named(bugs: tuple[BugSummary, ...]) -> str:
    """``KeyError (214 times) and 2 more are``"""
    first = f"{bugs[0].type[:80] or 'A bug'} ({times(bugs[0].count)})"
    return f"{first} and {len(bugs) - 1} more are" if len(bugs) > 1 else f"{first} is"
