"""Errors that the function handles itself, which AWS/Lambda Errors does not count."""

from __future__ import annotations

from errorlog import invocation, recursion_room
from errorlog.parameters import Parameters
from errorlog.running import UNFINISHED, decorated, watched
from errorlog.wrapping import as_function, is_partial_method, wraps

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeVar

    ItemHandler = TypeVar("ItemHandler", bound=Callable[..., Any])


def capture_exception(error: BaseException, /, **context: Any) -> str | None:
    """Record a handled ``error`` and count it in the metric ``HandledErrors``.

    ``context`` goes into the record's field of that name, redacted as events are. Returns the
    record's ``errorId``, or None when it was suppressed in a storm. Never raises. An error
    that is captured and then leaves the handler all the same keeps this one record.
    """
    try:
        return _capture(error, context, None)
    except RecursionError:  # not a frame was left to begin with
        return None


def record_item_errors(handler: ItemHandler) -> ItemHandler:
    """Record failures of ``handler(item)``, called for each item of an SQS or Kinesis batch.

    Functions of every kind: methods, coroutines and generators too; a parameter of any name.

    The exception goes on unchanged, so that the caller reports the item in
    ``batchItemFailures``, as Powertools' ``BatchProcessor`` does. The record's event is the
    item, and ``itemId`` its message id or sequence number. Such failures count as handled,
    since the invocation as a whole succeeds.
    """

    if isinstance(handler, staticmethod | classmethod):
        return type(handler)(record_item_errors(handler.__func__))
    if is_partial_method(handler):
        return record_item_errors(as_function(handler))  # type: ignore[return-value]
    parameters = Parameters(handler)

    def begun(args: tuple[Any, ...], kwargs: dict[str, Any]) -> ItemCall:
        return ItemCall(parameters, args, kwargs)

    other_kind = decorated(handler, begun)
    if other_kind is not None:
        return other_kind  # type: ignore[return-value]

    @wraps(handler)
    def recorded(*args: Any, **kwargs: Any) -> Any:
        try:
            answer = handler(*args, **kwargs)
        except Exception as error:
            begun(args, kwargs).failed(error)
            raise
        if type(answer) in UNFINISHED:
            return watched(answer, begun(args, kwargs))
        return answer

    return recorded  # type: ignore[return-value]


class ItemCall:
    """One item's handling, which is a part of the invocation's."""

    __slots__ = ("_args", "_kwargs", "_parameters")

    def __init__(
        self, parameters: Parameters, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> None:
        self._parameters = parameters
        self._args = args
        self._kwargs = kwargs

    def instead(self) -> None:
        """An item asks for nothing: the drill's event is the whole of a call."""

    def enter(self) -> None: ...

    def leave(self) -> None: ...

    def answered(self, answer: Any) -> None: ...

    def failed(self, error: BaseException) -> None:
        if isinstance(error, Exception):
            _capture(error, {}, self._parameters.item(self._args, self._kwargs))


def _capture(error: BaseException, context: dict[str, Any], item: Any) -> str | None:
    room = False
    try:
        room = recursion_room.take()
        from errorlog.durable import is_replaying
        from errorlog.recorder import default

        here = invocation.current()
        if item is not None:
            from errorlog.items import item_id

            name = item_id(item)
            if name is not None:
                invocation.mark_item(here, name)
        if here is not None and (
            invocation.is_recorded(here, error) or is_replaying(here.event, here.context)
        ):
            return None
        return default().record(error, here, handled=True, extra=context, item=item)
    except BaseException:
        return None
    finally:
        if room:
            recursion_room.give_back()
