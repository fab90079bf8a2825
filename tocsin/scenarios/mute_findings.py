"""What is wrong with the mute rules of a template: a rule that mutes too much, or nothing."""

from collections.abc import Iterator
from datetime import datetime

from tocsin.cloudformation.compiled_mutes import CompiledMute
from tocsin.cloudwatch import MuteStatus
from tocsin.findings import Finding, Severity
from tocsin.nearest import first_of, nearest
from tocsin.scenarios.aws_metrics import is_misspelt
from tocsin.scenarios.loading import LoadedAlarms


def mute_findings(alarms: LoadedAlarms, now: datetime) -> Iterator[Finding]:
    """The findings of each rule of ``alarms``, as of ``now``."""
    for rule in alarms.mutes:
        for problem in rule.problems:
            told = f"CloudWatch does not document that it takes this: {problem}"
            yield Finding(Severity.ERROR, "mute-refused", rule.logical_id, told)
        yield from _targets(rule, alarms)
        yield from _windows(rule, now)


def _targets(rule: CompiledMute, alarms: LoadedAlarms) -> Iterator[Finding]:
    """Whether what is muted is there; it may be another stack's, so only a name that is nearly
    one of the template's is an error."""
    if rule.knows_all and not rule.alarms and not rule.problems:
        told = "names no alarm: it mutes nothing"
        yield Finding(Severity.WARNING, "mutes-nothing", rule.logical_id, told)
    known = {*alarms.names, *alarms.logical_ids.values()}
    strange = [name for name in dict.fromkeys(rule.alarms) if name not in known]
    slips = [name for name in strange if is_misspelt(name, known)]
    for name in slips:
        told = f"mutes {name}: the template has no such alarm; it has {nearest(name, known)}"
        yield Finding(Severity.ERROR, "unknown-alarm", rule.logical_id, told)
    others = [name for name in strange if name not in slips]
    if others and not alarms.refused:  # whose names are not known
        told = f"mutes {first_of(others)}: an alarm of another stack, or none"
        yield Finding(Severity.WARNING, "unknown-alarm", rule.logical_id, told)


def _windows(rule: CompiledMute, now: datetime) -> Iterator[Finding]:
    windows = rule.windows
    if windows is None:
        return
    if windows.expires is None and windows.leave_no_time(now):
        told = "mutes always: each window begins before the one before it has ended"
        yield Finding(Severity.ERROR, "mutes-always", rule.logical_id, told)
    elif windows.status(now.timestamp()) is MuteStatus.EXPIRED:
        told = "is over: it mutes nothing any more"
        yield Finding(Severity.WARNING, "mute-over", rule.logical_id, told)
    elif (
        windows.recurs
        and windows.next_begin(now.timestamp()) is None
        and (windows.active_until(now.timestamp()) is None)
    ):
        told = "mutes nothing: no window ever opens"
        yield Finding(Severity.ERROR, "mutes-nothing", rule.logical_id, told)
