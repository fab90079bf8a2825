"""When a composite alarm's actions are held back by its suppressor alarm.

Follows "Composite alarm action suppression",
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-suppression.html. The
suppressor holds the actions and never the state. All of it is a function of the changes so far: a
``Suppression`` is a value, and ``advance_suppression`` gives the next one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from tocsin.cloudwatch.alarm import CompositeAlarm, State


class SuppressedBy(StrEnum):
    """What holds the actions, as DescribeAlarms' ActionsSuppressedBy."""

    ALARM = "Alarm"
    WAIT_PERIOD = "WaitPeriod"
    EXTENSION_PERIOD = "ExtensionPeriod"


@dataclass(frozen=True, slots=True)
class Suppression:
    """Where a composite alarm's actions stand.

    ``by`` is what holds them now (None: nothing does); ``until`` is when a wait or extension
    period ends, epoch seconds. ``pending`` tells that the state has changed since actions were
    last taken, so that the end of a period has actions to take.
    """

    state: State
    suppressor: State
    by: SuppressedBy | None = None
    until: float | None = None
    pending: bool = False

    @property
    def reason(self) -> str | None:
        """ActionsSuppressedReason."""
        return None if self.by is None else f"Actions suppressed by {self.by}"


def begin_suppression(state: State, suppressor: State) -> Suppression:
    """The start, before any change: the actions of ``state`` count as taken."""
    by = SuppressedBy.ALARM if suppressor is State.ALARM else None
    return Suppression(state, suppressor, by)


def advance_suppression(
    alarm: CompositeAlarm, past: Suppression, at: float, state: State, suppressor: State
) -> tuple[Suppression, tuple[State, ...]]:
    """What holds the actions at ``at``, and the states whose actions are to be taken, in order.

    ``state`` and ``suppressor`` are those in force at ``at``. Call it when either changes and when
    ``past.until`` is reached; calling it more often changes nothing. A change at the very end of a
    period still counts as within it: that is what a WaitPeriod of 60 seconds is for, where alarms
    are evaluated once a minute. There are two states to act on only where a call comes late, with
    a change after the end of a period.
    """
    due: list[State] = []
    now = past
    changed = state is not past.state
    quiet = not changed and suppressor is past.suppressor
    if now.until is not None and (at > now.until or (at == now.until and quiet)):
        now = replace(now, by=None, until=None, pending=False)
        if past.pending:
            due.append(past.state)
    now = replace(now, state=state, suppressor=suppressor, pending=now.pending or changed)
    if alarm.actions_suppressor is None:
        now = replace(now, by=None, until=None)
    elif suppressor is State.ALARM:
        now = replace(now, by=SuppressedBy.ALARM, until=None)
    elif changed:
        # A change discards whatever period was running, also an extension begun by this call.
        now = _held(now, SuppressedBy.WAIT_PERIOD, at, alarm.actions_suppressor_wait_period)
    elif past.suppressor is State.ALARM:
        seconds = alarm.actions_suppressor_extension_period
        now = _held(now, SuppressedBy.EXTENSION_PERIOD, at, seconds)
    if now.by is None and now.pending:
        due.append(state)
        now = replace(now, pending=False)
    return now, tuple(due)


def _held(now: Suppression, by: SuppressedBy, at: float, seconds: float) -> Suppression:
    """A new period in place of any other; one of no length holds nothing."""
    if seconds <= 0:
        return replace(now, by=None, until=None)
    return replace(now, by=by, until=at + seconds)
