"""A function in another's place: what :func:`functools.wraps` does, and nothing to load for it.

A cold start pays for each module that it is the first to load.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeVar

    Function = TypeVar("Function", bound=Callable[..., Any])

# https://docs.python.org/3/library/functools.html#functools.WRAPPER_ASSIGNMENTS
ASSIGNED = (
    "__module__", "__name__", "__qualname__", "__doc__", "__type_params__",
    *(("__annotate__",) if sys.version_info >= (3, 14) else ("__annotations__",)),
)  # fmt: skip


def wraps(wrapped: Callable[..., Any]) -> Callable[[Function], Function]:
    """A decorator that gives a function the name, the text and the attributes of ``wrapped``."""

    def named(wrapper: Function) -> Function:
        for attribute in ASSIGNED:
            try:  # noqa: SIM105 - contextlib would have to be loaded
                setattr(wrapper, attribute, getattr(wrapped, attribute))
            except Exception:  # noqa: S110 - a proxy has anything, or finds nothing outside a call
                pass
        try:  # noqa: SIM105
            wrapper.__dict__.update(getattr(wrapped, "__dict__", {}))
        except Exception:  # noqa: S110
            pass
        wrapper.__wrapped__ = wrapped  # type: ignore[attr-defined]
        return wrapper

    return named


def is_partial(function: object) -> bool:
    """Whether ``function`` is a :class:`functools.partial`: none is until that is loaded."""
    functools = sys.modules.get("functools")
    return functools is not None and isinstance(function, functools.partial)


def is_partial_method(function: object) -> bool:
    """Whether ``function`` is a :class:`functools.partialmethod`, which nobody can call."""
    functools = sys.modules.get("functools")
    return functools is not None and isinstance(function, functools.partialmethod)


def as_function(method: Any) -> Callable[..., Any]:
    """A function that does in a class what ``method``, a partial one, does there."""

    @wraps(method.func)
    def bound(self: Any, *args: Any, **kwargs: Any) -> Any:
        return method.__get__(self, type(self))(*args, **kwargs)

    return bound
