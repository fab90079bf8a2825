"""The short drill: set each alarm's state and see its notifications arrive. No traffic, seconds.

It proves alarm -> topic -> subscriber for every kind of alarm, and nothing before it: an alarm
that watches the wrong metric passes here and fails the whole drill.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_SetAlarmState.html
"""

from collections.abc import Callable, Collection, Generator, Iterator, Sequence
from contextlib import closing

from tocsin import names
from tocsin.aws.account import Account
from tocsin.config import Stage, Watched
from tocsin.config.selection import STAGE
from tocsin.drill import diagnosis
from tocsin.drill.audience import Audience, announce, told_past
from tocsin.drill.checks import Check, Finding, Kind, Link, Result, RowEnd, Stopwatch, not_shown
from tocsin.drill.context import Bench
from tocsin.drill.drill_clock import DrillClock
from tocsin.drill.leftovers import clear_probes
from tocsin.drill.mute import NotMuted, muted, muted_by
from tocsin.drill.probe import subscribed
from tocsin.drill.stage_alarms import composite_alarms, on_no_function, set_right
from tocsin.drill.subscribers import subscribers
from tocsin.drill.topics import Topics
from tocsin.drill.trouble import guarded, row

REASON = f"{names.DRILL_REASON}: wiring"
_AS_FOUND = f"{REASON}, the state that was found"
# A metric alarm is evaluated again within a minute, and a composite one when that has changed it.
_FOLLOWS_S = 300


def check_wiring(
    account: Account,
    stage: Stage,
    topics: Topics,
    clock: DrillClock,
    functions: Sequence[Watched],
    tell: Callable[[Finding], None] = lambda finding: None,
) -> list[Check]:
    """One check per subscriber and per alarm: ALARM is notified, and so is OK.

    No state outlives the drill: each alarm ends in the one that it was found in, and CloudWatch
    evaluates metric alarms again within a minute.
    """
    done: list[Check] = []
    clear_probes(account, stage, (topics.alerts, topics.pages))
    with subscribed(account, stage, topics.alerts, topics.pages) as probe:
        bench = Bench(account, stage, topics, clock, probe)
        set_right(bench)
        with closing(_findings(bench, functions)) as findings:
            for finding in findings:
                if isinstance(finding, Check):
                    done.append(finding)
                tell(finding)
    return done


def _findings(bench: Bench, functions: Sequence[Watched]) -> Generator[Finding, None, None]:
    stage = bench.stage
    declared = subscribers(bench.account, stage, bench.topics)
    yield from row(STAGE, Kind.SUBSCRIBERS, Link.CONFIRMED, declared)
    audience = Audience.of(bench.account, bench.topics)
    # Before the alarms that it looks at are disturbed: the state that it has now is its own.
    page = names.stage_health(stage.suffix)
    yield from checked(bench, audience, STAGE, Kind.PAGE, page, topic_arn=bench.topics.pages)
    yield RowEnd(STAGE, Kind.PAGE)
    if not audience.subscribed:
        yield from _wired(bench, audience, functions)
        return
    if stage.drill_notify:
        announce(bench)
    try:
        # A composite alarm above one whose state is set changes by itself, and says so.
        with muted(bench, composite_alarms(bench, functions), _FOLLOWS_S):
            yield from _wired(bench, audience, functions)
    except NotMuted as error:
        for function in functions:
            yield not_shown(function.key, Kind.WIRING, Link.NOTIFIED, f"{error}")
            yield RowEnd(function.key, Kind.WIRING)


def _wired(bench: Bench, audience: Audience, functions: Sequence[Watched]) -> Iterator[Finding]:
    for function in functions:
        for name in function.alarm_names(bench.stage.suffix).values():
            yield from checked(bench, audience, function.key, Kind.WIRING, name)
        yield RowEnd(function.key, Kind.WIRING)
    own = on_no_function(bench.stage, functions)
    for name in own:
        yield from checked(bench, audience, STAGE, Kind.WIRING, name)
    if own:
        yield RowEnd(STAGE, Kind.WIRING)


def checked(
    bench: Bench,
    audience: Audience,
    function: str,
    kind: Kind,
    name: str,
    topic_arn: str | None = None,
) -> Iterator[Check]:
    """As :func:`check_alarm`, where nobody else would be told of the states; else not shown."""
    if audience.why_not_set:
        yield not_shown(function, kind, Link.NOTIFIED, audience.why_not_set)
        return
    one = (check_alarm(bench, function, kind, topic_name, topic_arn) for topic_name in [name])
    yield from guarded(function, kind, Link.NOTIFIED, one)


def check_alarm(
    bench: Bench, function: str, kind: Kind, name: str, topic_arn: str | None = None
) -> Check:
    """Set one alarm to ALARM and to OK, and see both arrive; by the alerts topic by default."""
    watch = Stopwatch()
    alarm = bench.states([name]).get(name)
    broken = f"stack -> alarm: {name} is not deployed"
    if alarm is not None:
        others = told_past(bench.account, bench.topics, alarm) or _muted(bench, name)
        if others:
            return not_shown(function, kind, Link.NOTIFIED, others)
        broken = _broken(bench, alarm, topic_arn or bench.topics.alerts)
    if broken and alarm is not None and (why := _muted(bench, name)):
        return not_shown(function, kind, Link.NOTIFIED, why)
    result = Result.FAILED if broken else Result.PASSED
    detail = broken or f"{name}, by SetAlarmState"
    return Check(function, kind, Link.NOTIFIED, result, watch.lap(), detail)


def _muted(bench: Bench, name: str) -> str:
    rule = muted_by(bench.account, name)
    return f"{name} is muted by {rule}" if rule else ""


def set_ok(bench: Bench, alarms: Collection[str]) -> None:
    for name in alarms:
        bench.set_state(name, "OK", _AS_FOUND)


def _broken(bench: Bench, alarm: dict[str, object], topic_arn: str) -> str:
    name = str(alarm["AlarmName"])
    # Actions run on a change only, so that it takes both ways. The last state is the one that was
    # found: a composite alarm keeps what is set until one of its children changes, and one that
    # was left in OK while something is wrong would page nobody.
    found, other = ("ALARM", "OK") if alarm["StateValue"] == "ALARM" else ("OK", "ALARM")
    if alarm.get("StateReason") == REASON and "AlarmRule" not in alarm:
        # A drill was killed before it set the last state; without calls this one would stay.
        found, other = other, found
    for state in (found, other, found):
        bench.set_state(name, state, REASON if state == other else _AS_FOUND)
    for state in ("ALARM", "OK"):
        if not bench.probe.find(name, state):
            return diagnosis.missing_notification(bench.account, alarm, topic_arn, state)
    return ""
