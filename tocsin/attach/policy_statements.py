"""A statement of a policy as far as it says who may put items, whatever tool has written it."""

from collections.abc import Callable, Mapping
from typing import Any

from tocsin.attach.found import Statement
from tocsin.attach.managed_policies import PUT

_ALL_BUT = {"NotAction", "NotResource"}


def statement_of(
    written: Mapping[str, Any],
    text: Callable[[Any], str | None],
    texts: Callable[[Any], tuple[str | None, ...]],
) -> Statement | None:
    """The statement; None for one that is empty or narrowed: a condition is not known to hold.

    ``text`` and ``texts`` say what a value is, None where only a deployment knows it. What allows
    or denies all but something may be about any table.
    """
    if "Condition" in written or not written:
        return None
    effect = text(written.get("Effect")) or ""
    if written.keys() & _ALL_BUT:
        return Statement(effect, (PUT,), (None,))
    actions = tuple(action for action in texts(written.get("Action")) if action is not None)
    return Statement(effect, actions, texts(written.get("Resource")))
