"""The decorator of handlers."""

from __future__ import annotations

import os

from errorlog import ends, invocation
from errorlog.invocation import DRILL, Invocation, begin, end, resume, suspend
from errorlog.parameters import Parameters
from errorlog.running import UNFINISHED, decorated, watched
from errorlog.wrapping import as_function, is_partial_method, wraps

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeVar, overload

    Handler = TypeVar("Handler", bound=Callable[..., Any])
else:

    def overload(declared):
        return declared


_NOT_GIVEN = object()


@overload
def record_errors(handler: Handler, *, record_event: bool = True) -> Handler: ...
@overload
def record_errors(  # noqa: F811
    *, record_event: bool = True
) -> Callable[[Handler], Handler]: ...


def record_errors(handler: Any = None, *, record_event: bool = True) -> Any:  # noqa: F811
    """Record whatever ``handler(event, context)`` raises, then let it go on unchanged.

    Functions of every kind: methods, coroutines and generators too; parameters of any name.
    Answers that report a failure (``statusCode`` 5xx, ``batchItemFailures``) are recorded as
    well, and returned as they are.

    Put it outermost: what other decorators raise counts as an Error on AWS too. Everything that
    ends the call is recorded, ``SystemExit`` and other ``BaseException`` included, since AWS
    counts those as well (``Runtime.ExitError``). The result, or the very exception object with
    its traceback, is what the bare handler gives; the traceback shows one frame of this module,
    as with any decorator. Nothing that goes wrong while recording reaches the caller.

    ``record_event=False`` keeps the event out of the records.
    """
    if handler is None:
        return lambda decorated: record_errors(decorated, record_event=record_event)
    if isinstance(handler, staticmethod | classmethod):
        return type(handler)(record_errors(handler.__func__, record_event=record_event))
    if is_partial_method(handler):
        handler = as_function(handler)
    parameters = Parameters(handler)
    skipped = parameters.skipped
    wanted = os.environ.get("ERROR_LOG_LINES")
    if wanted:
        from errorlog.recent_lines import keep

        keep(wanted)

    def begun(args: tuple[Any, ...], kwargs: dict[str, Any]) -> HandlerCall:
        event, context = parameters.event_and_context(args, kwargs)
        return HandlerCall(Invocation(event, context, record_event), handler)

    other_kind = decorated(handler, begun)
    if other_kind is not None:
        return _marked(other_kind)

    # Nearly every call has two arguments by place; to gather any others takes as long as to record.
    @wraps(handler)
    def recorded(
        event: Any = _NOT_GIVEN, context: Any = _NOT_GIVEN, /, *others: Any, **named: Any
    ) -> Any:
        args = None
        if context is _NOT_GIVEN or others or named or skipped:
            args = tuple(given for given in (event, context) if given is not _NOT_GIVEN) + others
            event, context = parameters.event_and_context(args, named)
        here = begin(event, context, record_event)
        try:
            if type(event) is dict and DRILL in event and (asked := _asked_by_drill(here)):
                answer = asked()
            elif args is None:
                answer = handler(event, context)
            else:
                answer = handler(*args, **named)
        except BaseException as error:
            ends.failed(error, here)
            raise
        finally:
            end(here)
        if isinstance(answer, dict):
            ends.answered(answer, here, handler)
        elif type(answer) in UNFINISHED:
            return watched(answer, HandlerCall(here, handler))
        return answer

    return _marked(recorded)


_MARK = "__errorlog_recorded__"


def _marked(recorded: Any) -> Any:
    setattr(recorded, _MARK, recorded)
    return recorded


def is_recorded(handler: Any) -> bool:
    """Whether ``handler`` is what :func:`record_errors` returned.

    What another decorator made of it has the mark too, which ``wraps`` copies, and is not the same.
    """
    marked = getattr(handler, _MARK, None)
    return marked is not None and (
        marked is handler or marked is getattr(handler, "__func__", None)
    )


def _asked_by_drill(here: Invocation) -> Callable[[], Any] | None:
    """What a drill asks for, to be done in the handler's place; None for any other event."""
    event, context = here.event, here.context
    if type(event) is not dict or DRILL not in event:
        return None
    from errorlog import drill
    from errorlog.durable import lambda_context

    asked = drill.asked(event)
    if asked is None:
        return None
    here.event = {DRILL: asked}
    return lambda: drill.carry_out(asked, lambda_context(context))


class HandlerCall:
    """A call that goes on after it has returned."""

    __slots__ = ("_handler", "_here")

    def __init__(self, here: Invocation, handler: Callable[..., Any]) -> None:
        self._here = here
        self._handler = handler

    def instead(self) -> Callable[[], Any] | None:
        return _asked_by_drill(self._here)

    def enter(self) -> None:
        resume(self._here)

    def leave(self) -> None:
        suspend(self._here)

    def failed(self, error: BaseException) -> None:
        # Who cancelled a part of the call goes on: a time-out, or what it is answered with.
        if not (ends.is_cancellation(error) and invocation.is_within_another(self._here)):
            ends.failed(error, self._here)

    def answered(self, answer: Any) -> None:
        if isinstance(answer, dict):
            ends.answered(answer, self._here, self._handler)
