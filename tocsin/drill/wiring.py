"""The short drill: set each alarm's state and see its notifications arrive. No traffic, seconds.

It proves alarm -> topic -> subscriber for every kind of alarm, and nothing before it: an alarm
that watches the wrong metric passes here and fails the whole drill.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_SetAlarmState.html
"""

from collections.abc import Callable, Iterator, Sequence

from tocsin import names
from tocsin.aws.account import Account
from tocsin.config import Stage, Watched
from tocsin.config.selection import STAGE
from tocsin.drill import diagnosis
from tocsin.drill.checks import Check, Kind, Link, Result, Stopwatch
from tocsin.drill.clock import StageClock
from tocsin.drill.context import Bench
from tocsin.drill.probe import subscribed
from tocsin.drill.subscribers import subscribers
from tocsin.drill.topics import Topics

REASON = "tocsin drill: wiring"


def check_wiring(
    account: Account,
    stage: Stage,
    topics: Topics,
    clock: StageClock,
    functions: Sequence[Watched],
    on_check: Callable[[Check], None] = lambda check: None,
) -> list[Check]:
    """One check per subscriber and per alarm: ALARM is notified, and so is OK.

    No state outlives the drill: each alarm ends in the one that it was found in, and CloudWatch
    evaluates metric alarms again within a minute.
    """
    done = []
    with subscribed(account, stage, topics.alerts, topics.pages) as probe:
        for check in _checks(Bench(account, stage, topics, clock, probe), functions):
            done.append(check)
            on_check(check)
    return done


def _checks(bench: Bench, functions: Sequence[Watched]) -> Iterator[Check]:
    stage = bench.stage
    yield from subscribers(bench.account, stage, bench.topics)
    # Before the alarms that it looks at are disturbed: the state that it has now is its own.
    page = names.stage_health(stage.suffix)
    yield check_alarm(bench, STAGE, Kind.PAGE, page, bench.topics.pages)
    for function in functions:
        for name in function.alarm_names(stage.suffix).values():
            yield check_alarm(bench, function.key, Kind.WIRING, name)


def check_alarm(
    bench: Bench, function: str, kind: Kind, name: str, topic_arn: str | None = None
) -> Check:
    """Set one alarm to ALARM and to OK, and see both arrive; by the alerts topic by default."""
    watch = Stopwatch()
    alarm = bench.states([name]).get(name)
    broken = f"stack -> alarm: {name} is not deployed"
    if alarm is not None:
        broken = _broken(bench, alarm, topic_arn or bench.topics.alerts)
    result = Result.FAILED if broken else Result.PASSED
    detail = broken or f"{name}, by SetAlarmState"
    return Check(function, kind, Link.NOTIFIED, result, watch.lap(), detail)


def _broken(bench: Bench, alarm: dict[str, object], topic_arn: str) -> str:
    name = str(alarm["AlarmName"])
    # Actions run on a change only, so that it takes both ways. The last state is the one that was
    # found: a composite alarm keeps what is set until one of its children changes, and one that
    # was left in OK while something is wrong would page nobody.
    found, other = ("ALARM", "OK") if alarm["StateValue"] == "ALARM" else ("OK", "ALARM")
    for state in (found, other, found):
        bench.account.client("cloudwatch").set_alarm_state(
            AlarmName=name, StateValue=state, StateReason=REASON
        )
    for state in ("ALARM", "OK"):
        if not bench.probe.find(name, state):
            return diagnosis.missing_notification(bench.account, alarm, topic_arn, state)
    return ""
