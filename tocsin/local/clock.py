"""Reading and advancing the clock of a running stage.

Example:
    >>> advance("http://127.0.0.1:4599", 300).changed        # doctest: +SKIP
    (AlarmChange(alarm='orders-error-rate-local', old='OK', new='ALARM', ...),)
"""

from __future__ import annotations

import datetime as dt
import json
import urllib.error
import urllib.request
from dataclasses import asdict, dataclass
from typing import Any

from tocsin.local.errors import LocalStageError

_TIMEOUT = 600
"""Seconds: a long advance evaluates every minute of every alarm before it answers."""


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


def read(endpoint: str) -> ClockReading:
    """What time it is on the stage.

    Raises:
        LocalStageError: no stage answers at ``endpoint``.
    """
    return _reading(call(endpoint, "clock"))


def advance(endpoint: str, seconds: float) -> ClockReading:
    """Move the stage ``seconds`` forward; every minute in between is evaluated, in order.

    Returns once all evaluations are done and their actions have been handed to SNS or
    Lambda; ``changed`` lists the transitions in the order they happened.

    Raises:
        LocalStageError: no stage answers at ``endpoint``, or ``seconds`` is negative.
    """
    return _reading(call(endpoint, "clock/advance", {"seconds": seconds}))


def call(
    endpoint: str, path: str, request: dict[str, Any] | None = None, timeout: float = _TIMEOUT
) -> dict[str, Any]:
    """Ask the stage's own (not AWS's) endpoint; a request body makes it a POST."""
    url = f"{endpoint.rstrip('/')}/_tocsin/{path}"
    body = None if request is None else json.dumps(request).encode()
    try:
        # No proxy: the stage is on this machine.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(url, data=body, timeout=timeout) as answer:
            answered: dict[str, Any] = json.load(answer)
            return answered
    except urllib.error.HTTPError as error:
        raise LocalStageError(error.read().decode(errors="replace")) from error
    except (OSError, ValueError) as error:
        raise LocalStageError(
            f"no local stage answers at {endpoint} ({error}); start it with: ./inv local-start"
        ) from error


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
