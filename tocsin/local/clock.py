"""Reading and advancing the clock of a running stage.

Example:
    >>> advance(stage, 300).changed                          # doctest: +SKIP
    (AlarmChange(alarm='orders-error-rate-local', old='OK', new='ALARM', ...),)
"""

from __future__ import annotations

import datetime as dt
import json
import urllib.error
import urllib.request
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from tocsin.local.errors import LocalStageError

if TYPE_CHECKING:
    from tocsin.local.stage import LocalStage

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


def read(stage: LocalStage) -> ClockReading:
    """What time it is on the stage.

    Raises:
        LocalStageError: the stage does not answer.
    """
    return _reading(call(stage, "clock"))


def advance(stage: LocalStage, seconds: float) -> ClockReading:
    """Move the stage ``seconds`` forward; every minute in between is evaluated, in order.

    Returns once all evaluations are done and their actions have been handed to SNS or
    Lambda; ``changed`` lists the transitions in the order they happened.

    Raises:
        LocalStageError: the stage does not answer, or ``seconds`` is negative.
    """
    return _reading(call(stage, "clock/advance", {"seconds": seconds}))


def call(
    stage: LocalStage,
    path: str,
    request: dict[str, Any] | None = None,
    *,
    timeout: float = _TIMEOUT,
    signed: bool = True,
) -> dict[str, Any]:
    """Ask the stage's own (not AWS's) endpoint; a request body makes it a POST.

    Raises:
        LocalStageError: it does not answer, or refuses.
    """
    url = f"{stage.endpoint}/_tocsin/{path}"
    body = None if request is None else json.dumps(request).encode()
    headers = _signed(stage, url, body) if signed else {}
    try:
        # No proxy: the stage is on this machine.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        asked = urllib.request.Request(url, data=body, headers=headers)  # noqa: S310  loopback
        with opener.open(asked, timeout=timeout) as answer:
            answered: dict[str, Any] = json.load(answer)
            return answered
    except urllib.error.HTTPError as error:
        raise LocalStageError(error.read().decode(errors="replace")) from error
    except (OSError, ValueError) as error:
        raise LocalStageError(
            f"no local stage answers at {stage.endpoint} ({error}); "
            "start it with: ./inv local-start"
        ) from error


def _signed(stage: LocalStage, url: str, body: bytes | None) -> dict[str, str]:
    """The headers that show whose request it is."""
    from botocore.auth import SigV4Auth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials

    request = AWSRequest("GET" if body is None else "POST", url, data=body)
    key = Credentials(stage.root.access_key_id, stage.root.secret_access_key)
    SigV4Auth(key, "tocsin", stage.region).add_auth(request)
    return dict(request.headers.items())


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
