"""The decorator of handlers."""

from __future__ import annotations

from functools import wraps

from errorlog import invocation

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeVar, overload

    Handler = TypeVar("Handler", bound=Callable[..., Any])
else:

    def overload(declared):
        return declared


@overload
def record_errors(handler: Handler, *, record_event: bool = True) -> Handler: ...
@overload
def record_errors(  # noqa: F811
    *, record_event: bool = True
) -> Callable[[Handler], Handler]: ...


def record_errors(handler: Any = None, *, record_event: bool = True) -> Any:  # noqa: F811
    """Record whatever ``handler(event, context)`` raises, then let it go on unchanged.

    Put it outermost: what other decorators raise counts as an Error on AWS too. Everything that
    ends the call is recorded, ``SystemExit`` and other ``BaseException`` included, since AWS
    counts those as well (``Runtime.ExitError``). The result, or the very exception object with
    its traceback, is what the bare handler gives; the traceback shows one frame of this module,
    as with any decorator. Nothing that goes wrong while recording reaches the caller.

    ``record_event=False`` keeps the event out of the records.
    """
    if handler is None:
        return lambda decorated: record_errors(decorated, record_event=record_event)

    @wraps(handler)
    def recorded(event: Any, context: Any, *args: Any, **kwargs: Any) -> Any:
        here = invocation.Invocation(event, context, record_event)
        invocation.enter(here)
        try:
            if type(event) is dict and invocation.DRILL in event:
                from errorlog import drill

                if (asked := drill.asked(event)) is not None:
                    here.event = {invocation.DRILL: asked}
                    return drill.carry_out(asked, context)
            return handler(event, context, *args, **kwargs)
        except BaseException as error:
            _record(error, here)
            raise
        finally:
            invocation.leave(here)

    return recorded


def _record(error: BaseException, here: invocation.Invocation) -> None:
    try:
        if invocation.is_recorded(here, error):
            return
        from errorlog.recorder import default

        default().record(error, here)
    except BaseException:  # noqa: S110 - the handler's own exception is the one to see
        pass
