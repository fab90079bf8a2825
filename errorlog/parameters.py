"""Which arguments of a call are the event and the context, or the item of a batch."""

from __future__ import annotations

from errorlog.wrapping import is_partial

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_MAX_LAYERS = 50
_INSTANCE = ("self", "cls", "mcs")
# What Powertools passes beside an item.
_NO_ITEM = ("lambda_context",)
_EVENT_AND_CONTEXT = ("event", "context")


class Parameters:
    """Of a callable: how many arguments come before the event, and what the others are called."""

    __slots__ = ("names", "skipped")

    def __init__(self, handler: Callable[..., Any]) -> None:
        try:
            names = _names(handler)
        except Exception:  # whatever a callable makes of being asked for its attributes
            names = ()
        self.skipped = 1 if names[:1] and names[0] in _INSTANCE else 0
        self.names = names[self.skipped :]

    def event_and_context(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, Any]:
        """None for what the call does not give; the handler itself says so."""
        given = args[self.skipped : self.skipped + 2]
        if len(given) == 2:
            return given[0], given[1]
        named = [
            kwargs.get(self.names[place] if place < len(self.names) else usual, kwargs.get(usual))
            for place, usual in enumerate(_EVENT_AND_CONTEXT)
        ]
        return (given[0] if given else named[0]), named[1]

    def item(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """The first argument, by whichever name."""
        if len(args) > self.skipped:
            return args[self.skipped]
        names = (*self.names, *kwargs)
        return next(
            (kwargs[name] for name in names if name in kwargs and name not in _NO_ITEM), None
        )


def _names(handler: Any) -> tuple[str, ...]:
    """The names that a caller of ``handler`` may use, in their order; none where it has no code."""
    given = 0
    bound: tuple[str, ...] = ()
    for _ in range(_MAX_LAYERS):
        if is_partial(handler):
            given, bound = given + len(handler.args), (*bound, *handler.keywords)
            handler = handler.func
        elif hasattr(handler, "__func__"):  # a bound method
            given, handler = given + 1, handler.__func__
        elif hasattr(handler, "__wrapped__"):
            handler = handler.__wrapped__
        elif hasattr(handler, "__code__"):
            break
        else:
            call = getattr(type(handler), "__call__", None)  # noqa: B004 - its code is read
            if not hasattr(call, "__code__"):
                return ()
            given, handler = given + 1, call
    code = getattr(handler, "__code__", None)
    if code is None:
        return ()
    names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    return tuple(name for name in names[given:] if name not in bound)
