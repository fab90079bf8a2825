"""An alarm's message -> what people are told: what is wrong in numbers, the bugs behind it, what to
do.

Only what is known is said: a share of calls that was not read in time is no number, and a bug is
new only where the memory of bugs says so.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from notifier.alarm_reasons import datapoints
from notifier.alarm_tree import Describe, FiringAlarm, behind
from notifier.console_links import ConsoleOf
from notifier.explanation import MOST_BUGS, ConsoleLink, Explanation, PastAlarm
from notifier.incoming import AlarmMessage
from notifier.quantities import clock, duration, number, quantity
from notifier.recent_bugs import BugsRead
from notifier.stage_facts import AlarmFacts, FunctionFacts, StageFacts

MOST_FUNCTIONS = 3
_MOST_ALSO = 3
# A record is written before the datapoint that counts it begins to be late.
_BEFORE = timedelta(minutes=1)


class Sources(Protocol):
    """What AWS is asked; each call ends in time, or raises."""

    @property
    def describe(self) -> Describe: ...

    def sums(
        self, metrics: Sequence[Mapping[str, Any]], period: int, start: datetime, end: datetime
    ) -> list[float]:
        """The sum of each metric from ``start`` to ``end``."""

    def bugs(self, functions: Sequence[str], since: datetime, until: datetime) -> BugsRead: ...


class NotInTime(Exception):
    """A question to AWS took longer than a page may wait."""


@dataclass(frozen=True)
class _Measured:
    """One firing alarm in numbers. ``value`` as text, empty where it is not known."""

    facts: AlarmFacts
    value: str
    of: str
    limit: str
    since: datetime | None
    at: datetime | None

    @property
    def headline(self) -> str:
        """``errors 7.2 % (limit 5 %)``"""
        if self.facts.kind == "heartbeat":
            return f"no run for {duration(self.facts.period * self.facts.periods)}"
        said = f"{self.facts.noun} {self.value}" if self.value else self.facts.noun
        return f"{said} ({self._bound})"

    @property
    def numbers(self) -> str:
        """``7.2 % of 240 calls, limit 5 %``"""
        if self.facts.kind == "heartbeat":
            return f"it did not run for {duration(self.facts.period * self.facts.periods)}"
        if not self.value:
            return f"{self.facts.what}"
        said = self.value if self.of else f"{self.facts.noun} {self.value}"
        return f"{said}{self.of}, {self._bound}"

    @property
    def _bound(self) -> str:
        return f"at least {self.limit}" if self.facts.below else f"limit {self.limit}"


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
        return _recovered(message, base, facts, sources, past, now)
    known = [
        (facts.alarms[alarm.name], alarm)
        for alarm in behind(message, sources.describe)
        if alarm.name in facts.alarms
    ]
    if not known:
        return base
    known.sort(key=lambda pair: pair[0].severity != "page")
    main, firing = known[0]
    functions = _functions(known, facts)
    since = _began(firing) or message.time or now
    with ThreadPoolExecutor(2) as threads:
        sums = threads.submit(_sums, main, firing, sources, now) if main.share else None
        bugs = (
            threads.submit(
                sources.bugs, [function.name for function in functions], since - _BEFORE, now
            )
            if functions
            else None
        )
        measured = _measured(main, firing, _result(sums)[0] if sums else None)
        read, why_not = _result(bugs) if bugs else (None, "")
    if main.share and read and not read.bugs:
        why_not = "no record of one yet"
    function = functions[0] if functions else None
    several = len({facts_of.subject for facts_of, _ in known}) - 1
    name = main.subject + (f" +{several}" if several else "")
    console = _console(message.arn)
    found = read.bugs if read else ()
    owners = sorted({facts.functions[function.key].owner for function in functions} or {""})
    return replace(
        base,
        function=name,
        headline=measured.headline,
        sentence=_sentence(main, measured, facts.stage, now),
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
        links=_links(console, facts, function, since, now, main.name),
        past=PastAlarm(
            alarm=main.name,
            function=name,
            value=measured.value,
            began=measured.since or message.time,
            owners=tuple(owners),
        ),
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
            link for link in (_console(message.arn).alarm(message.name),) if link is not None
        ),
        dedup_key=dedup_key(message.arn),
        identity=identity(message.arn, message.changed_at),
        past=PastAlarm(
            alarm=message.name, function=message.name, value="", began=message.time, owners=("",)
        ),
    )


def _recovered(
    message: AlarmMessage,
    base: Explanation,
    facts: StageFacts,
    sources: Sources,
    past: PastAlarm | None,
    now: datetime,
) -> Explanation:
    """That it is over, or that nothing is known any more; with the number of then, and how long."""
    began_with = facts.alarms.get(past.alarm if past else message.name)
    ended = message.time
    lasted = ""
    if past and past.began and ended and ended > past.began:
        lasted = duration((ended - past.began).total_seconds())
    said = _said_now(message, began_with, sources, now)
    if past and past.value:
        said += f", was {past.value}"
    function = (past.function if past else "") or base.function
    known = facts.functions.get(began_with.subject) if began_with else None
    owners = past.owners if past else ((known.owner,) if known else ("",))
    over = "is well again" if message.state == "OK" else "cannot be judged any more"
    lasted_since = (
        f" It lasted {lasted}, since {clock(past.began, ended)}."
        if lasted and past and past.began
        else ""
    )
    console = _console(message.arn)
    return replace(
        base,
        function=function,
        headline=f"{said}; {lasted}" if lasted else said,
        sentence=f"{function} on {facts.stage} {over}: {said}.{lasted_since}",
        since=past.began if past else None,
        owner=", ".join(owner for owner in owners if owner),
        owners=owners,
        alarm=began_with.name if began_with else message.name,
        links=tuple(
            link
            for link in (console.dashboard(_dashboard(facts, known)), console.alarm(message.name))
            if link is not None
        ),
        past=past,
    )


def _said_now(
    message: AlarmMessage, began_with: AlarmFacts | None, sources: Sources, now: datetime
) -> str:
    """``errors 0.4 %``; without the number where it is not known."""
    if message.state != "OK":
        return f"{began_with.noun}: no data any more" if began_with else "no data any more"
    if began_with is None:
        return "well again"
    firing = FiringAlarm(message.name, message.reason, message.time)
    try:
        if message.name != began_with.name:
            described = sources.describe([began_with.name])
            reason = next((str(alarm.get("StateReason", "")) for alarm in described), "")
            firing = FiringAlarm(began_with.name, reason, message.time)
        sums = _sums(began_with, firing, sources, now) if began_with.share else None
    except Exception:  # the number is left out; that it is over is known without it
        return f"{began_with.noun} within the limit"
    measured = _measured(began_with, firing, sums)
    if not measured.value:
        return f"{began_with.noun} within the limit"
    return f"{began_with.noun} {measured.value}"


def _functions(
    known: Sequence[tuple[AlarmFacts, FiringAlarm]], facts: StageFacts
) -> list[FunctionFacts]:
    found = [
        facts.functions[alarm.subject] for alarm, _ in known if alarm.subject in facts.functions
    ]
    return list({bug.key: bug for bug in found}.values())[:MOST_FUNCTIONS]


def _began(firing: FiringAlarm) -> datetime | None:
    """When the oldest datapoint began that the alarm is about."""
    points = datapoints(firing.reason)
    return points[-1].at if points else firing.changed_at


def _sums(
    main: AlarmFacts, firing: FiringAlarm, sources: Sources, now: datetime
) -> list[float] | None:
    points = datapoints(firing.reason)
    if not points:
        return None
    end = points[0].at + timedelta(seconds=main.period)
    return sources.sums(main.share, main.period, points[-1].at, min(end, now))


def _measured(main: AlarmFacts, firing: FiringAlarm, sums: list[float] | None) -> _Measured:
    points = datapoints(firing.reason)
    value, of = "", ""
    if main.share:
        if sums and len(sums) > 1 and sums[1] > 0:
            value = quantity(100 * (sum(sums) - sums[1]) / sums[1], main.unit)
            of = f" of {number(sums[1])} {main.share_of}"
    elif points:
        value = quantity(points[0].value, main.unit)
    return _Measured(
        main, value, of, quantity(main.threshold, main.unit), _began(firing),
        points[0].at if points else None,
    )  # fmt: skip


def _sentence(main: AlarmFacts, measured: _Measured, stage: str, now: datetime) -> str:
    verb = " fails" if main.share else ""
    since = f", since {clock(measured.since, now)}" if measured.since else ""
    return f"{main.subject} on {stage}{verb}: {measured.numbers}{since}."


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
        console.dashboard(_dashboard(facts, function)),
        console.alarm(alarm),
    ]
    return tuple(link for link in made if link is not None)


def _dashboard(facts: StageFacts, function: FunctionFacts | None) -> str:
    return (function.dashboard if function else "") or facts.dashboard


def _console(arn: str) -> ConsoleOf:
    _, partition, _, region, *_ = [*arn.split(":"), "", "", "", ""]
    return ConsoleOf(partition, region)


def dedup_key(arn: str) -> str:
    """The same for an alarm and its recovery, at most 255 characters."""
    if len(arn) <= 255 and arn.isascii() and arn.isprintable():
        return arn
    return hashlib.sha256(arn.encode("utf-8", "surrogatepass")).hexdigest()


def identity(arn: str, changed_at: str) -> str:
    """Four digits by which people tell one message from another."""
    return hashlib.sha256(f"{arn} {changed_at}".encode("utf-8", "surrogatepass")).hexdigest()[:4]


def _result(future: Future[Any]) -> tuple[Any, str]:
    """What was found, or why it was not, in words for people."""
    try:
        return future.result(), ""
    except NotInTime:
        return None, "not read in time"
    except Exception as error:  # what is missing costs its line, not the page
        return None, f"not read ({why(error)})"


def why(error: BaseException) -> str:
    """An error in a few words of AWS's or our own: no text of it may hold an address or a token."""
    answer = getattr(error, "response", None)
    if isinstance(answer, dict):
        code = answer.get("Error", {}).get("Code", "")
        operation = getattr(error, "operation_name", "")
        return f"{code} {operation}".strip()
    return type(error).__name__


def utc_now() -> datetime:
    return datetime.now(UTC)
