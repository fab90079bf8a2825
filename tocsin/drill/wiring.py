"""The short drill: set each alarm's state and see its notifications arrive. No traffic, seconds.

It proves alarm -> topic -> subscriber for every kind of alarm, and nothing before it: an alarm
that watches the wrong metric passes here and fails the whole drill.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_SetAlarmState.html
"""

from collections.abc import Callable, Sequence

from tocsin import alarms
from tocsin.account import Account
from tocsin.config import Function, Stage
from tocsin.drill import diagnosis, probe
from tocsin.drill.checks import Check, Result, Stopwatch

REASON = "tocsin drill: wiring"


def check_wiring(
    account: Account,
    stage: Stage,
    topic_arn: str,
    functions: Sequence[Function],
    on_check: Callable[[Check], None] = lambda check: None,
) -> list[Check]:
    """One check per alarm: ALARM is notified, and so is the way back to OK.

    CloudWatch evaluates the alarms again within a minute, so no state outlives the drill.
    """
    named = [
        (function.key, kind, name)
        for function in functions
        for kind, name in function.alarm_names(stage.suffix).items()
    ]
    deployed = alarms.describe(account, [name for _, _, name in named])
    done = []
    with probe.subscribed(account, stage, topic_arn) as listening:
        for key, kind, name in named:
            watch = Stopwatch()
            broken = (
                _broken(account, listening, deployed[name], topic_arn)
                if name in deployed
                else f"stack -> alarm: {name} is not deployed"
            )
            result = Result.FAILED if broken else Result.PASSED
            check = Check(key, f"{kind} alarm is wired", result, watch.lap(), broken)
            done.append(check)
            on_check(check)
    return done


def _broken(
    account: Account, listening: probe.Probe, alarm: dict[str, object], topic_arn: str
) -> str:
    name = str(alarm["AlarmName"])
    # Actions run on a change only: start from the other state, whatever it was in.
    for state in ("OK", "ALARM", "OK"):
        account.client("cloudwatch").set_alarm_state(
            AlarmName=name, StateValue=state, StateReason=REASON
        )
    for state in ("ALARM", "OK"):
        if not listening.find(name, state):
            return diagnosis.missing_notification(account, alarm, topic_arn, state)
    return ""
