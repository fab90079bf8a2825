"""What is known of a type, asked once for all of its values."""

from __future__ import annotations

from _weakref import ref  # without weakref, which a cold start does not load

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    T = TypeVar("T")


def by_type(made: Callable[[type], T], most: int) -> Callable[[type], T]:
    """``made``, whose answers of the last ``most`` types are kept, and the types are not.

    A class that a handler makes in a call has a hold of what is around it, such as the event.
    """
    kept: dict[int, tuple[ref[type], T]] = {}

    def asked(kind: type) -> T:
        found = kept.get(id(kind))
        if found is not None and found[0]() is kind:  # not another one at the same place
            return found[1]
        if len(kept) >= most:
            kept.clear()
        answer = made(kind)
        kept[id(kind)] = ref(kind), answer
        return answer

    return asked
