"""A function that is asked to fail fails, whatever its handler does with events.

The fire drill sends an event that holds nothing but ``tocsin_drill``: what to do, for which
function, until when, a nonce, and an HMAC-SHA256 over all of it with the stage's key. The key is in
the function's configuration (``ERROR_LOG_DRILL_KEY``), so that who may read that may ask, and
nobody else. Whatever is not signed so is an ordinary event, the handler's own to answer.

Only loaded once an event has that key: see docs/decisions/drill-events.md.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import time
from collections import deque
from typing import Any, NoReturn

from errorlog.invocation import DRILL

KEY_VARIABLE = "ERROR_LOG_DRILL_KEY"
LONGEST_S = 3600
"""An event that is good for longer is refused: what somebody finds in a log is good for nothing."""
_SHORTEST_KEY = 32
_CLOCKS_DIFFER_S = 300
_REMEMBERED = 256
# How long past its time-out a call sleeps, or past its memory holds that: a busy machine may be
# late in ending it, and what it raised meanwhile would be recorded as well.
_BEYOND_S = 30

SUCCESS, EXCEPTION, SLOW = "success", "exception", "slow"
TIMEOUT, MEMORY, EXIT = "timeout", "memory", "exit"
ANSWER, ITEMS = "answer", "items"
KINDS = frozenset({SUCCESS, EXCEPTION, SLOW, TIMEOUT, MEMORY, EXIT, ANSWER, ITEMS})

_SIGNED = ("kind", "function", "expires", "nonce", "milliseconds")
_MEMBERS = {*_SIGNED, "signature"}
_used: deque[str] = deque(maxlen=_REMEMBERED)


class DrillFailure(Exception):
    """The failure that a drill asked for: raised, or what an answer that it asked for reports."""


def signature(key: str, request: dict[str, Any]) -> str:
    """The HMAC-SHA256 of ``request`` in hex; its ``signature`` is not part of it."""
    text = "\n".join(str(request.get(name)) for name in _SIGNED)
    return hmac.new(key.encode(), text.encode("utf-8", "replace"), hashlib.sha256).hexdigest()


def asked(event: dict[str, Any]) -> dict[str, Any] | None:
    """What ``event`` asks for, if it may: signed with the key, for this function, now, once.

    None for an event that is the handler's own to answer. Never raises an Exception.
    """
    try:
        return _asked(event)
    except Exception:
        return None


def _asked(event: dict[str, Any]) -> dict[str, Any] | None:
    key, request = os.environ.get(KEY_VARIABLE, ""), event[DRILL]
    if len(key) < _SHORTEST_KEY or len(event) != 1 or type(request) is not dict:
        return None
    kind, expires, pause = request.get("kind"), request.get("expires"), request.get("milliseconds")
    nonce, given = request.get("nonce"), request.get("signature")
    if not (
        set(request) == _MEMBERS
        and kind in KINDS
        and type(expires) is int
        and type(pause) is int
        and 0 <= pause <= 900_000
        and type(nonce) is str
        and 16 <= len(nonce) <= 64
        and type(given) is str
        and len(given) == 64
        and given.isascii()
        and request.get("function") == os.environ.get("AWS_LAMBDA_FUNCTION_NAME")
    ):
        return None
    if not hmac.compare_digest(given, signature(key, request)):
        return None
    left = expires - time.time()
    if not 0 < left <= LONGEST_S + _CLOCKS_DIFFER_S or nonce in _used:
        return None
    _used.append(nonce)
    # As the record has it: without what would let somebody ask again.
    return {"kind": kind, "milliseconds": pause}


def carry_out(request: dict[str, Any], context: Any) -> dict[str, Any]:
    """Do as asked, in place of the handler.

    Raises:
        DrillFailure: that was asked for, or the platform did not end the call as it should have.
    """
    kind = request["kind"]
    if kind == EXCEPTION:
        raise DrillFailure("the drill asked for an exception")
    if kind == EXIT:
        os._exit(1)
    if kind == MEMORY:
        _outgrow(int(context.memory_limit_in_mb))
    if kind in (ANSWER, ITEMS):
        return _failed_answer(kind)
    if kind == TIMEOUT:
        time.sleep(context.get_remaining_time_in_millis() / 1000 + _BEYOND_S)
        raise DrillFailure("the call went on after its time was over")
    time.sleep(request["milliseconds"] / 1000)
    return {DRILL: kind}


def _failed_answer(kind: str) -> dict[str, Any]:
    """An answer that reports a failure, as this function's settings have it."""
    from errorlog import settings
    from errorlog.answers import AskedAnswer, first_status

    answer = AskedAnswer({DRILL: kind})
    if kind == ITEMS:
        answer["batchItemFailures"] = [{"itemIdentifier": "drill"}]
    else:
        answer["statusCode"] = first_status(settings.from_environment().answers) or 500
    answer.failure = DrillFailure("the drill asked for an answer that reports a failure")
    return answer


def _outgrow(limit_mb: int) -> NoReturn:
    # Bounded, for a platform that does not end it. Zeroed, so that every page is really taken.
    hoard = [bytearray(1 << 20) for _ in range(2 * limit_mb)]
    time.sleep(_BEYOND_S)
    raise DrillFailure(f"{len(hoard)} MB were taken and the call goes on")
