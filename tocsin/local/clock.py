"""Reading and advancing the clock of a running stage.

Example:
    >>> advance(stage, 300).changed                          # doctest: +SKIP
    (AlarmChange(alarm='orders-error-rate-local', old='OK', new='ALARM', ...),)
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Any

from tocsin.local.admin_client import call
from tocsin.local.running_stage import LocalStage

LONGEST_ADVANCE = 7 * 24 * 3600
"""Seconds one advance may cover: a typing slip must not keep the stage busy for hours."""
_PART = 600
"""Seconds of the stage that are asked for at once, or a twentieth of the way."""
_MOST_PARTS = 20


@dataclass(frozen=True)
class AlarmChange:
    """An alarm that changed state; ``at`` is the stage time of the evaluation, UTC."""

    alarm: str
    old: str
    new: str
    at: dt.datetime
    reason: str

    def as_dict(self) -> dict[str, Any]:
        """The change for JSON output; times are ISO 8601."""
        return asdict(self) | {"at": self.at.isoformat()}


@dataclass(frozen=True)
class ClockReading:
    """The stage's time (UTC), how many seconds it is ahead of the wall, and what changed."""

    now: dt.datetime
    offset: float
    changed: tuple[AlarmChange, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """The reading for JSON output; times are ISO 8601."""
        return {
            "now": self.now.isoformat(),
            "offset": self.offset,
            "changed": [change.as_dict() for change in self.changed],
        }


def read(stage: LocalStage) -> ClockReading:
    """What time it is on the stage.

    Raises:
        LocalStageError: the stage does not answer.
    """
    return _reading(call(stage, "clock"))


def advance(
    stage: LocalStage,
    seconds: float,
    on_progress: Callable[[int, int], None] = lambda done, of: None,
) -> ClockReading:
    """Move the stage ``seconds`` forward; every minute in between is evaluated, in order.

    Returns once all evaluations are done and their actions have been handed to SNS or
    Lambda, however long that takes; ``changed`` lists the transitions in the order they happened.
    A longer way is gone in parts; ``on_progress`` hears, in seconds of the stage, how much of how
    much is behind.

    Raises:
        LocalStageError: the stage is not there, or ``seconds`` is negative or more than
            ``LONGEST_ADVANCE``.
    """
    # What makes no sense is for the stage to refuse.
    sensible = 0 <= seconds <= LONGEST_ADVANCE
    parts = min(math.ceil(seconds / _PART), _MOST_PARTS) if sensible else 1
    changed: list[AlarmChange] = []
    for part in range(1, max(parts, 1)):
        changed += _advance_at_once(stage, seconds / parts).changed
        on_progress(round(seconds * part / parts), round(seconds))
    reading = _advance_at_once(stage, seconds / max(parts, 1))
    if parts > 1:
        on_progress(round(seconds), round(seconds))
    return replace(reading, changed=(*changed, *reading.changed))


def _advance_at_once(stage: LocalStage, seconds: float) -> ClockReading:
    # No time-out: how long it takes is a matter of how many alarms there are. A stage that ends
    # closes the connection.
    return _reading(call(stage, "clock/advance", {"seconds": seconds}, timeout=None))


def _reading(answer: dict[str, Any]) -> ClockReading:
    return ClockReading(
        dt.datetime.fromtimestamp(answer["now"], dt.UTC),
        answer["offset"],
        tuple(
            AlarmChange(
                change["alarm"],
                change["old"],
                change["new"],
                dt.datetime.fromtimestamp(change["at"], dt.UTC),
                change["reason"],
            )
            for change in answer.get("changed", ())
        ),
    )
