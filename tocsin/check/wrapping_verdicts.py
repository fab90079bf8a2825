"""What is known of a handler, or of a decorator: whether it goes through errorlog."""

from collections.abc import Iterable
from enum import Enum


class Wrapping(Enum):
    """What is known of a name; where it depends, the first of these counts."""

    WRAPPED = 1
    INSIDE = 2  # something is around record_errors, and may raise where nothing sees it
    PARTLY = 3  # on one path it is, on another it is not
    ELSEWHERE = 4  # it comes from a module that is not the project's
    UNKNOWN = 5  # record_errors is named around it, and what becomes of it the text does not tell
    ITEMS = 6  # as what handles one item of a batch
    BARE = 7


def together(found: Iterable[Wrapping | None]) -> Wrapping | None:
    """Of what may be bound on one path or another."""
    known = {verdict for verdict in found if verdict is not None}
    if {Wrapping.WRAPPED, Wrapping.INSIDE} & known and {Wrapping.BARE, Wrapping.ITEMS} & known:
        return Wrapping.PARTLY
    if known == {Wrapping.WRAPPED, Wrapping.INSIDE}:
        return Wrapping.INSIDE
    return first_of(known)


def first_of(found: Iterable[Wrapping | None]) -> Wrapping | None:
    """Of what is around one another, or beside: the one that counts most."""
    known = (verdict for verdict in found if verdict is not None)
    return min(known, key=lambda verdict: verdict.value, default=None)
