"""Errors that the function handles itself, which AWS/Lambda Errors does not count."""

from __future__ import annotations

from functools import wraps

from errorlog import invocation

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
    return _capture(error, context, None)


def record_item_errors(handler: ItemHandler) -> ItemHandler:
    """Record failures of ``handler(item)``, called for each item of an SQS or Kinesis batch.

    The exception goes on unchanged, so that the caller reports the item in
    ``batchItemFailures``, as Powertools' ``BatchProcessor`` does. The record's event is the
    item, and ``itemId`` its message id or sequence number. Such failures count as handled,
    since the invocation as a whole succeeds.
    """

    @wraps(handler)
    def recorded(*args: Any, **kwargs: Any) -> Any:
        try:
            return handler(*args, **kwargs)
        except Exception as error:
            # Powertools passes the item by keyword.
            _capture(error, {}, next(iter((*args, *kwargs.values())), None))
            raise

    return recorded  # type: ignore[return-value]


def _capture(error: BaseException, context: dict[str, Any], item: Any) -> str | None:
    try:
        from errorlog.recorder import default

        here = invocation.current
        if here is not None and invocation.is_recorded(here, error):
            return None
        return default().record(error, here, handled=True, extra=context, item=item)
    except BaseException:
        return None
