"""An alarm's message -> what people are told: what is wrong in numbers, the bugs behind it, what to
do.

Only what is known is said: a share of calls that was not read in time is no number, and a bug is
new only where the memory of bugs says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from notifier.alarm_numbers import Measured, began, measured_of, sentence, sums_of
from notifier.alarm_tree import FiringAlarm, behind
from notifier.console_links import ConsoleOf, console_of
from notifier.error_words import NotInTime, why
from notifier.explanation import MOST_BUGS, MOST_REMEMBERED, ConsoleLink, Explanation, PastAlarm
from notifier.explanation_sources import Sources
from notifier.incoming import AlarmMessage, Announcement
from notifier.message_identity import dedup_key, identity
from notifier.recent_bugs import BugsRead
from notifier.recovery import recovered
from notifier.stage_facts import AlarmFacts, FunctionFacts, StageFacts

MOST_FUNCTIONS = 3
_MOST_ALSO = 3
# A record is written before the datapoint that counts it begins to be late.
_BEFORE = timedelta(minutes=1)


def explained(
    message: AlarmMessage,
    facts: StageFacts,
    sources: Sources,
    now: datetime,
    past: PastAlarm | None = None,
) -> Explanation:
    """What is said of ``message``; ``past`` is what was said when the alarm began."""
    base = _of_message(message, facts)
    if message.state != "ALARM":
        return recovered(message, base, facts, sources, past)
    known = [
        (facts.alarms[alarm.name], alarm)
        for alarm in behind(message, sources.describe, sources.then)
        if alarm.name in facts.alarms
    ]
    if not known:
        return base
    known.sort(key=lambda pair: pair[0].severity != "page")
    main, firing = known[0]
    functions = _functions(known, facts)
    since = began(main, firing) or message.time or now
    # Where the alarms' clock is ahead of the records', they are looked for by their own.
    happened = since - max(message.time - now, timedelta(0)) if message.time else since
    measured, read, why_not = _asked(main, firing, functions, happened, sources, now)
    function = functions[0] if functions else None
    several = len({facts_of.subject for facts_of, _ in known}) - 1
    name = main.subject + (f" +{several}" if several else "")
    console = console_of(message.arn)
    found = read.bugs if read else ()
    owners = sorted({facts.functions[function.key].owner for function in functions} or {""})
    return replace(
        base,
        function=name,
        headline=measured.headline,
        sentence=sentence(main, measured, facts.stage, now),
        alarm=main.name,
        severity=message.severity,
        owner=", ".join(owner for owner in owners if owner),
        owners=tuple(owners),
        since=measured.since,
        bugs=tuple(found[:MOST_BUGS]),
        more_bugs=max(0, len(found) - MOST_BUGS),
        bugs_note=why_not,
        also=_also(known[1:]),
        runbook_words=facts.words.get(main.anchor, ""),
        runbook_link=f"{facts.runbook}#{main.anchor}",
        command=facts.command_for_bug(found[0].fingerprint if found else "") or main.command,
        links=_links(console, facts, function, happened, now, main.name),
        past=PastAlarm(
            alarm=main.name,
            function=name,
            value=measured.value,
            began=measured.since or message.time,
            owners=tuple(owners),
            bugs=tuple(bug.fingerprint for bug in found[:MOST_REMEMBERED]),
        ),
    )


def _asked(
    main: AlarmFacts,
    firing: FiringAlarm,
    functions: Sequence[FunctionFacts],
    happened: datetime,
    sources: Sources,
    now: datetime,
) -> tuple[Measured, BugsRead | None, str]:
    """The alarm in numbers and the bugs behind it, asked for at once; why those are not known."""
    with ThreadPoolExecutor(2) as threads:
        sums = threads.submit(sums_of, main, firing, sources) if main.share else None
        bugs = (
            threads.submit(
                sources.bugs, [function.name for function in functions], happened - _BEFORE, now
            )
            if functions
            else None
        )
        measured = measured_of(main, firing, _result(sums)[0] if sums else None)
        read, why_not = _result(bugs) if bugs else (None, "")
    if main.share and read and not read.bugs:
        why_not = "no record of one yet"
    return measured, read, why_not


def announced(told: Announcement, facts: StageFacts) -> Explanation:
    """That a drill is held, for those whose stage says so to them (``drill: {notify: true}``)."""
    return Explanation(
        event="drill",
        stage=facts.stage,
        service=facts.service,
        function=facts.service,
        headline="a fire drill is held, nothing is wrong",
        sentence=f"A fire drill is held on {told.drill}; alarms are muted while functions are "
        "made to fail.",
        severity=told.severity,
        dedup_key=dedup_key(f"tocsin {facts.service} {facts.stage} drill"),
        identity=identity(told.subject_key, told.changed_at),
    )


def _of_message(message: AlarmMessage, facts: StageFacts) -> Explanation:
    """What the message alone says, of an alarm that this stage has not declared."""
    known = facts.alarms.get(message.name)
    return Explanation(
        event={"ALARM": "alarm", "OK": "recovery"}.get(message.state, "no-data"),  # type: ignore[arg-type]
        stage=facts.stage,
        service=facts.service,
        function=known.subject if known else message.name,
        headline="in ALARM" if message.opens else "no data" if message.state != "OK" else "well",
        sentence=message.reason,
        severity=message.severity,
        alarm=message.name,
        since=message.time,
        owners=("",),
        runbook_link=f"{facts.runbook}#{known.anchor if known else 'paging'}",
        command=known.command if known else facts.command,
        links=tuple(
            link for link in (console_of(message.arn).alarm(message.name),) if link is not None
        ),
        dedup_key=dedup_key(message.arn),
        identity=identity(message.arn, message.changed_at),
        past=PastAlarm(
            alarm=message.name, function=message.name, value="", began=message.time, owners=("",)
        ),
    )


def _functions(
    known: Sequence[tuple[AlarmFacts, FiringAlarm]], facts: StageFacts
) -> list[FunctionFacts]:
    found = [
        facts.functions[alarm.subject] for alarm, _ in known if alarm.subject in facts.functions
    ]
    return list({bug.key: bug for bug in found}.values())[:MOST_FUNCTIONS]


def _also(others: Sequence[tuple[AlarmFacts, FiringAlarm]]) -> tuple[str, ...]:
    said = [f"{alarm.subject}: {alarm.what}" for alarm, _ in others]
    shown = list(dict.fromkeys(said))
    more = len(shown) - _MOST_ALSO
    return (*shown[:_MOST_ALSO], *([f"and {more} more"] if more > 0 else []))


def _links(
    console: ConsoleOf,
    facts: StageFacts,
    function: FunctionFacts | None,
    since: datetime,
    now: datetime,
    alarm: str,
) -> tuple[ConsoleLink, ...]:
    made = [
        console.log(function.log_group, since - _BEFORE, now) if function else None,
        console.dashboard(facts.dashboard_of(function)),
        console.alarm(alarm),
    ]
    return tuple(link for link in made if link is not None)


def _result(future: Future[Any]) -> tuple[Any, str]:
    """What was found, or why it was not, in words for people."""
    try:
        return future.result(), ""
    except NotInTime:
        return None, "not read in time"
    except Exception as error:  # what is missing costs its line, not the page
        return None, f"not read ({why(error)})"


def utc_now() -> datetime:
    return datetime.now(UTC)
