"""Windows that mute alarms: none for ever, none that is over, each with all its alarms."""

from collections.abc import Iterator
from datetime import UTC, datetime

from tocsin.cloudformation.compiled_mutes import MUTE_TYPE
from tocsin.cloudformation.template import Template
from tocsin.cloudwatch import MuteStatus
from tocsin.config import Stage
from tocsin.config.scheduled_mute import ScheduledMute
from tocsin.findings import Finding, Severity
from tocsin.stacks import stacks_of
from tocsin.stacks.stack_mutes import mutes


def muting(stage: Stage, template: Template) -> Iterator[Finding]:
    """A finding for each window that mutes more, or less, than it says."""
    now = datetime.now(UTC)
    for mute in stage.mutes:
        yield from of_window(mute, now)
    targets = {
        str(rule.get("Name")): set(rule.get("MuteTargets", {}).get("AlarmNames", ()))
        for rule in template.of_type(MUTE_TYPE).values()
    }
    for stack in stacks_of(stage):
        for rule in mutes(stack):
            for name in sorted(set(rule.alarms.values()) - targets.get(rule.name, set())):
                message = f"{rule.name} does not mute {name}: its template was changed"
                yield Finding(Severity.ERROR, "mute", rule.mute.name, message)


def of_window(mute: ScheduledMute, now: datetime) -> Iterator[Finding]:
    """What is wrong with a window by itself, at the time ``now``."""
    windows = mute.windows
    if windows.recurs and windows.leave_no_time(now):
        message = f"mutes always: windows of {mute.duration} by {mute.schedule} leave no time"
        yield Finding(Severity.ERROR, "mutes-always", mute.name, message)
    elif windows.status(now.timestamp()) is MuteStatus.EXPIRED:
        message = f"{mute.schedule} for {mute.duration} is over: it mutes nothing any more"
        yield Finding(Severity.WARNING, "mute-over", mute.name, message)
