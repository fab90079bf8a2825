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
_record: Callable[[BaseException, invocation.Invocation], object] | None = None


def failed(error: BaseException, here: invocation.Invocation) -> None:
    """Record ``error``, which ended the call. Never raises."""
    room = False
    try:
        room = recursion_room.take()
        if not invocation.is_recorded(here, error):
            (_record or _loaded())(error, here)
    except BaseException:  # noqa: S110 - the handler's own exception is the one to see
        pass
    finally:
        if room:
            recursion_room.give_back()


def _loaded() -> Callable[[BaseException, invocation.Invocation], object]:
    """What records, loaded at the first failure; asked for it each time, importing costs more."""
    global _record
    from errorlog.durable import is_signal
    from errorlog.recorder import default

    def record(error: BaseException, here: invocation.Invocation) -> None:
        if not is_signal(error):
            default().record(error, here)

    _record = record
    return record


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
