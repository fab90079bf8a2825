"""The short drill: set each alarm's state and see its notifications arrive. No traffic, seconds.

It proves alarm -> topic -> subscriber for every kind of alarm, and nothing before it: an alarm
that watches the wrong metric passes here and fails the whole drill.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_SetAlarmState.html
"""

from collections.abc import Callable, Sequence

from tocsin import names
from tocsin.account import Account
from tocsin.alarms import STAGE
from tocsin.config import Stage, Watched
from tocsin.drill import diagnosis
from tocsin.drill.bench import Bench
from tocsin.drill.checks import Check, Kind, Link, Result, Stopwatch
from tocsin.drill.clock import StageClock
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
    """One check per subscriber and per alarm: ALARM is notified, and so is the way back to OK.

    CloudWatch evaluates the alarms again within a minute, so no state outlives the drill.
    """
    done = []
    for check in subscribers(account, stage, topics):
        done.append(check)
        on_check(check)
    with subscribed(account, stage, topics.alerts, topics.pages) as probe:
        bench = Bench(account, stage, topics, clock, probe)
        for function in functions:
            for name in function.alarm_names(stage.suffix).values():
                check = check_alarm(bench, function.key, Kind.WIRING, name)
                done.append(check)
                on_check(check)
        check = check_alarm(bench, STAGE, Kind.PAGE, names.stage_health(stage.suffix), topics.pages)
        done.append(check)
        on_check(check)
    return done


def check_alarm(
    bench: Bench, function: str, kind: Kind, name: str, topic_arn: str | None = None
) -> Check:
    """Set one alarm to ALARM and back, and see both arrive; by the alerts topic by default."""
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
    # Actions run on a change only: start from the other state, whatever it was in.
    for state in ("OK", "ALARM", "OK"):
        bench.account.client("cloudwatch").set_alarm_state(
            AlarmName=name, StateValue=state, StateReason=REASON
        )
    for state in ("ALARM", "OK"):
        if not bench.probe.find(name, state):
            return diagnosis.missing_notification(bench.account, alarm, topic_arn, state)
    return ""
