"""The mute rules of a stack: which of its alarms each window of monitoring.yml mutes.

A rule is for alarms that are there, at most 100, so that each stack has rules for its own.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutAlarmMuteRule.html
"""

from collections.abc import Iterator
from dataclasses import dataclass

from tocsin import names
from tocsin.config.scheduled_mute import ScheduledMute
from tocsin.stacks.composite_alarms import Health
from tocsin.stacks.own_alarms import own_alarms
from tocsin.stacks.stack import Stack

MOST_ALARMS = 100


@dataclass(frozen=True)
class StackMute:
    """One rule. ``alarms`` are names by the logical ids of what it has to wait for."""

    name: str
    logical_id: str
    mute: ScheduledMute
    alarms: dict[str, str]


def mutes(stack: Stack) -> list[StackMute]:
    """The rules that ``stack`` deploys."""
    found = []
    for mute in stack.stage.mutes:
        alarms = list(_alarms(stack, mute))
        for number, start in enumerate(range(0, len(alarms), MOST_ALARMS), start=1):
            found.append(
                StackMute(
                    names.mute_rule(mute.name, stack.part, number, stack.stage.suffix),
                    f"{names.logical_id(mute.name)}Mute{stack.part.capitalize()}N{number}",
                    mute,
                    dict(alarms[start : start + MOST_ALARMS]),
                )
            )
    return found


def _alarms(stack: Stack, mute: ScheduledMute) -> Iterator[tuple[str, str]]:
    """(logical id, name) of what the window mutes in ``stack``."""
    stage, health = stack.stage, Health(stack)
    for function in stack.watched:
        if mute.functions and function.key not in mute.functions:
            continue
        for alarm in function.alarm_definitions(stage.suffix, stage.name):
            yield alarm.logical_id, alarm.name
        if function.pages:
            name = names.function_health(function.key, stage.suffix)
            yield f"{function.logical_id}HealthAlarm", name
    if mute.functions:
        return
    for alarm in own_alarms(stack):
        yield alarm.logical_id, alarm.name
    if health.stack_alarm:
        yield "StackHealthAlarm", health.stack_alarm
    if health.is_here and health.of_stage:
        yield "StageHealthAlarm", names.stage_health(stage.suffix)
