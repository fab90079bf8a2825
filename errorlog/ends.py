"""How a call ends: with an exception, or with an answer that reports a failure."""

from __future__ import annotations

import sys

from errorlog import invocation, recursion_room

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_FIRST_FAILURE = 400
_CANCELLATIONS = (("asyncio", "CancelledError"), ("trio", "Cancelled"))


def failed(error: BaseException, here: invocation.Invocation) -> None:
    """Record ``error``, which ended the call. Never raises."""
    room = False
    try:
        room = recursion_room.take()
        if invocation.is_recorded(here, error):
            return
        from errorlog.durable import is_signal
        from errorlog.recorder import default

        if not is_signal(error):
            default().record(error, here)
    except BaseException:  # noqa: S110 - the handler's own exception is the one to see
        pass
    finally:
        if room:
            recursion_room.give_back()


def is_cancellation(error: BaseException) -> bool:
    """Whether asyncio or trio told what raised ``error`` to stop."""
    return any(
        isinstance(error, getattr(sys.modules.get(library), name, ()))
        for library, name in _CANCELLATIONS
    )


def answered(
    answer: dict[Any, Any], here: invocation.Invocation, handler: Callable[..., Any]
) -> None:
    """Record what ``answer`` says has failed, if anything. Never raises, changes nothing."""
    try:
        status = dict.get(answer, "statusCode")
        if (
            (status is None or (type(status) is int and status < _FIRST_FAILURE))
            and dict.get(answer, "batchItemFailures") is None
            and dict.get(answer, "Status") is None
        ):
            return
        from errorlog.answers import record_failures

        record_failures(answer, here, handler)
    except BaseException:  # noqa: S110 - the answer is the handler's own
        pass
