"""Composite alarms: evaluation, validation, and the order that cycles make impossible.

Follows https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from tocsin.cloudwatch.alarm import CompositeAlarm, State
from tocsin.cloudwatch.alarm_rule import AlarmRule, parse_rule
from tocsin.cloudwatch.errors import AlarmRuleError, RefusedDefinition
from tocsin.cloudwatch.evaluation import StateRecord
from tocsin.cloudwatch.reasons import api_time
from tocsin.cloudwatch.validation import common_problems

Put = Literal["created", "updated"]
"""What PutCompositeAlarm did to an alarm."""


@dataclass(frozen=True, slots=True)
class CompositeEvaluation:
    """What an evaluation of a composite alarm found; ``unread`` are children without a state."""

    at: float
    previous: State
    state: State
    reason: str
    reason_data: dict[str, Any]
    unread: tuple[str, ...]

    @property
    def changed(self) -> bool:
        """Whether the alarm's actions are due (unless they are suppressed)."""
        return self.state is not self.previous

    @property
    def record(self) -> StateRecord:
        """The state reached, for history and messages."""
        return StateRecord(self.state, self.reason, self.at, self.reason_data)


def evaluate_composite(
    alarm: CompositeAlarm,
    children: Mapping[str, StateRecord],
    at: float,
    state: State,
    arn_of: Callable[[str], str] = str,
    put: Put | None = None,
) -> CompositeEvaluation:
    """The state of a composite alarm at ``at``, given what its children's states are by name.

    A child that ``children`` does not have leaves the alarm in INSUFFICIENT_DATA. ``arn_of``
    turns a child's name into the ARN that the reason and its data show. ``put`` says that the
    evaluation is due to the alarm's own creation or update and not to a change of a child's state.
    Raises AlarmRuleError.
    """
    rule = parse_rule(alarm.rule)
    unread = tuple(name for name in rule.children if name not in children)
    if unread:
        reached = State.INSUFFICIENT_DATA
        reason = f"{', '.join(arn_of(name) for name in unread)}: state cannot be read"
    else:
        states = {name: children[name].state for name in rule.children}
        reached = State.ALARM if rule.holds(states) else State.OK
        reason = _reason(alarm, rule, children, reached, arn_of, put)
    known = [name for name in rule.children if name in children]
    newest_first = sorted(known, key=lambda name: -children[name].at)
    if put is None and rule.children:
        newest_first = newest_first[:1]
    triggering = [
        {
            "arn": arn_of(name),
            "state": {
                "value": str(children[name].state),
                "timestamp": api_time(children[name].at),
            },
        }
        for name in newest_first
    ]
    return CompositeEvaluation(at, state, reached, reason, {"triggeringAlarms": triggering}, unread)


def _reason(
    alarm: CompositeAlarm,
    rule: AlarmRule,
    children: Mapping[str, StateRecord],
    reached: State,
    arn_of: Callable[[str], str],
    put: Put | None,
) -> str:
    if put is not None or not rule.children:
        how = "updated and its new" if put == "updated" else "created and its"
        return f"{arn_of(alarm.name)} was {how} alarm rule evaluates to {reached}"
    newest = max(rule.children, key=lambda name: children[name].at)
    moment = datetime.fromtimestamp(children[newest].at, UTC)
    when = moment.strftime("%A %d %B, %Y %H:%M:%S UTC")
    return f"{arn_of(newest)} transitioned to {children[newest].state} at {when}"


def validate_composite(alarm: CompositeAlarm) -> CompositeAlarm:
    """The alarm itself; RefusedDefinition or AlarmRuleError when CloudWatch would refuse it."""
    problems = list(common_problems(alarm))
    for key, seconds in (
        ("ActionsSuppressorWaitPeriod", alarm.actions_suppressor_wait_period),
        ("ActionsSuppressorExtensionPeriod", alarm.actions_suppressor_extension_period),
    ):
        if seconds < 0:
            problems.append(f"{key}: {seconds}; 0 or more seconds")
        if seconds and alarm.actions_suppressor is None:
            problems.append(f"{key}: given without ActionsSuppressor, which it belongs to")
    if problems:
        raise RefusedDefinition(f"alarm {alarm.name!r}", problems)
    rule = parse_rule(alarm.rule)
    if alarm.name in rule.children:
        raise AlarmRuleError(alarm.rule, 1, f"{alarm.name!r} refers to itself", "other alarms")
    return alarm


def evaluation_order(alarms: Sequence[CompositeAlarm]) -> list[CompositeAlarm]:
    """The alarms, each after the composite alarms it refers to; AlarmRuleError on a cycle."""
    waiting = {alarm.name: alarm for alarm in alarms}
    uses = {name: parse_rule(alarm.rule).children for name, alarm in waiting.items()}
    ordered: list[CompositeAlarm] = []
    while waiting:
        ready = [name for name in waiting if not any(child in waiting for child in uses[name])]
        if not ready:
            path = [next(iter(waiting))]
            while path[-1] not in path[:-1]:
                path.append(next(child for child in uses[path[-1]] if child in waiting))
            cycle = path[path.index(path[-1]) :]
            rule = waiting[cycle[0]].rule
            raise AlarmRuleError(rule, 1, f"alarms form a cycle: {' -> '.join(cycle)}")
        ordered.extend(waiting.pop(name) for name in ready)
    return ordered
