"""What a bug is to people: open, resolved in a release, muted until something, or regressed.

Pure rules: no clock, no store. Times are ISO 8601 in UTC with milliseconds, as records have them,
so that their texts sort by time. The habits are Bugsink's: few states, each with what ends it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

UNVERSIONED = "unversioned"
"""The release of what is deployed from no git checkout: all of them have this one name."""

ReleaseOrder = Mapping[str, str]
"""Release -> when the stage first had it."""


class Status(StrEnum):
    """What a list shows. A bug is new for a day; what nobody decided on is then seen.

    Drilled: each of its failures may be one that a drill asked for.
    """

    NEW = "new"
    SEEN = "seen"
    REGRESSED = "regressed"
    MUTED = "muted"
    RESOLVED = "resolved"
    DRILLED = "drilled"


@dataclass(frozen=True)
class Open:
    """Nobody has decided. ``known``: it was there before the memory was, and is no news."""

    known: bool = False


@dataclass(frozen=True)
class Resolved:
    """Fixed in ``release``, or where that is empty in whatever follows ``after``.

    ``after`` is the last release that it was seen in, empty where that is unknown.
    """

    at: str
    by: str = ""
    release: str = ""
    after: str = ""


@dataclass(frozen=True)
class Muted:
    """Told of no more until a time, a release, or a count in all; the first of them ends it."""

    at: str
    by: str = ""
    until: str = ""
    release: str = ""
    count: int = 0


@dataclass(frozen=True)
class Regressed:
    """It came back, in ``release``; ``why`` says from what."""

    at: str
    release: str = ""
    why: str = ""


State = Open | Resolved | Muted | Regressed


@dataclass(frozen=True)
class Failing:
    """Failures of a bug that are counted now: their latest time, their release, the new total."""

    at: str
    release: str
    count: int


def returns(state: State, failing: Failing, order: ReleaseOrder) -> str:
    """Why ``failing`` reopens a bug in ``state``; empty where it does not."""
    if isinstance(state, Resolved):
        return _after_fix(state, failing, order)
    if isinstance(state, Muted):
        return _after_mute(state, failing, order)
    return ""


def ended(state: State, now: str) -> bool:
    """Whether a mute's time is over, with or without a failure since."""
    return isinstance(state, Muted) and bool(state.until) and now > state.until


def names_one_build(release: str) -> bool:
    """Whether no other code can be deployed under the same name."""
    return bool(release) and release != UNVERSIONED and not release.endswith("-dirty")


def is_later(release: str, than: str, order: ReleaseOrder) -> bool:
    """Whether the stage had ``release`` after ``than``, which it has had."""
    if release == than or than not in order:
        return False
    # What it has not had until now is later than all.
    return release not in order or order[release] > order[than]


def _after_fix(state: Resolved, failing: Failing, order: ReleaseOrder) -> str:
    fixed_in = f"it was resolved in {state.release}" if state.release else "it was resolved"
    came = f"failed in {failing.release} after {fixed_in}"
    if failing.at <= state.at:
        return ""  # of before, and late: imported, or out of another delivery
    if not names_one_build(failing.release):
        return f"failed after {fixed_in}"
    if state.release:
        at_fault = failing.release == state.release or is_later(
            failing.release, state.release, order
        )
        return came if at_fault else ""
    known = names_one_build(state.after) and state.after in order
    at_fault = is_later(failing.release, state.after, order) if known else True
    return came if at_fault else ""


def _after_mute(state: Muted, failing: Failing, order: ReleaseOrder) -> str:
    if state.until and failing.at > state.until:
        return f"fails still, after it was muted until {state.until}"
    if state.count and failing.count >= state.count:
        return f"failed {failing.count} times, after it was muted until {state.count} failures"
    if state.release and (
        failing.release == state.release or is_later(failing.release, state.release, order)
    ):
        return f"failed in {failing.release}, after it was muted until {state.release}"
    return ""
