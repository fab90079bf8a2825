"""A bug: all that is known of the failures of one fingerprint, in one bounded value.

Pure: failures are added, people decide, and each gives another value. Every part is bounded, so
that an item costs the same to write after a million failures as after ten.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from tocsin.bugs.states import (
    Failing,
    Muted,
    Open,
    Regressed,
    ReleaseOrder,
    Resolved,
    State,
    Status,
    ended,
    returns,
)

Key = TypeVar("Key", str, int)

NEW_FOR = timedelta(days=1)
MAX_RELEASES = 20
MAX_FUNCTIONS = 40
MAX_HOURS = 168
MAX_NOTES = 10
MAX_NOTE = 1_000
MAX_TEXT = 256
MAX_NAME = 140

NEW, REGRESSED = "new", "regressed"


@dataclass(frozen=True)
class Occurrence:
    """``failures`` of a bug in one release of one function, the latest of them at ``at``.

    The texts are those of its record; where failures were only counted they are empty. ``former``
    are the fingerprints that earlier rules give the same failure.
    """

    fingerprint: str
    at: str
    function: str
    release: str = ""
    failures: int = 1
    error_id: str = ""
    error_type: str = ""
    message: str = ""
    top_frame: str = ""
    former: tuple[str, ...] = ()


@dataclass(frozen=True)
class ReleaseCount:
    """Failures in one release."""

    count: int
    first_seen: str
    last_seen: str


@dataclass(frozen=True)
class Note:
    """What somebody wrote beside a bug."""

    at: str
    by: str
    text: str


@dataclass(frozen=True)
class BugNews:
    """What people are to be told, once, of the failure at ``at``.

    ``made`` is when that was decided, ``claimed`` when somebody began to tell them, ``sent`` when
    they had, ``withheld`` why they are not told.
    """

    event: str
    at: str
    made: str = ""
    why: str = ""
    attempts: int = 0
    claimed: str = ""
    sent: str = ""
    withheld: str = ""

    @property
    def is_due(self) -> bool:
        return not self.sent and not self.withheld


@dataclass(frozen=True)
class Bug:
    """Times are ISO 8601. ``hours`` are failures by the hour since the epoch, of the last week
    in which there were any; ``releases`` and ``functions`` keep the latest and the most frequent.
    ``unheard``: nobody had to be told so far. ``drilled`` are the failures that may be a drill's.
    ``revision`` changes with each write."""

    fingerprint: str
    first_seen: str
    last_seen: str
    count: int = 0
    error_type: str = ""
    message: str = ""
    top_frame: str = ""
    newest_id: str = ""
    first_release: str = ""
    last_release: str = ""
    releases: Mapping[str, ReleaseCount] = field(default_factory=dict)
    functions: Mapping[str, int] = field(default_factory=dict)
    hours: Mapping[int, int] = field(default_factory=dict)
    state: State = field(default_factory=Open)
    notes: tuple[Note, ...] = ()
    notice: BugNews | None = None
    unheard: bool = False
    drilled: int = 0
    moved_to: str = ""
    carried_from: tuple[str, ...] = ()
    revision: int = 0

    def status(self, now: datetime) -> Status:
        """What it is shown as at ``now``."""
        if isinstance(self.state, Resolved):
            return Status.RESOLVED
        if isinstance(self.state, Regressed):
            return Status.REGRESSED
        if isinstance(self.state, Muted):
            return Status.SEEN if ended(self.state, iso(now)) else Status.MUTED
        if self.unheard and 0 < self.count <= self.drilled:
            return Status.DRILLED
        fresh = not self.state.known and iso(now - NEW_FOR) < self.first_seen
        return Status.NEW if fresh else Status.SEEN


def happened(
    bug: Bug | None,
    occurrences: Iterable[Occurrence],
    order: ReleaseOrder,
    now: datetime,
    *,
    known: bool = False,
    drilled: frozenset[Occurrence] = frozenset(),
) -> Bug:
    """``bug`` with ``occurrences`` counted; None is one that was never seen.

    Where that makes it new or brings it back, it has a notice that is due: none for what is
    ``known`` from before. Failures older than a day, as an import brings, and those that a drill
    may have made (``drilled``) are no news either: the first one after them is.
    """
    found = sorted(occurrences, key=lambda occurrence: occurrence.at)
    if not found:
        raise ValueError("nothing has happened")
    first = found[0]
    counted = bug or Bug(first.fingerprint, first.at, first.at, unheard=True)
    for occurrence in found:
        counted = _with(counted, occurrence)
        if occurrence in drilled:
            made = max(0, counted.drilled + occurrence.failures)
            counted = replace(counted, drilled=min(made, counted.count))
        elif occurrence.failures > 0:
            counted = _told(counted, occurrence, order, now, known=known)
    return counted


def _told(
    bug: Bug, occurrence: Occurrence, order: ReleaseOrder, now: datetime, *, known: bool
) -> Bug:
    """``bug`` after a failure that is no drill's: open for the first time, or again."""
    is_fresh = occurrence.at > iso(now - NEW_FOR)
    if bug.unheard and isinstance(bug.state, Open):
        if known:
            return replace(bug, unheard=False, state=Open(known=True))
        if is_fresh:
            return replace(bug, unheard=False, notice=BugNews(NEW, occurrence.at, iso(now)))
        return bug
    why = returns(bug.state, Failing(occurrence.at, occurrence.release, bug.count), order)
    if not why:
        return bug
    return replace(
        bug,
        unheard=False,
        state=Regressed(occurrence.at, occurrence.release, why),
        notice=BugNews(REGRESSED, occurrence.at, iso(now), why) if is_fresh else None,
    )


def merged(bug: Bug | None, former: Bug, fingerprint: str, *, counted: bool) -> Bug:
    """``bug``, or a new one of ``fingerprint``, with what is known of ``former``.

    ``former`` is the same bug by an earlier rule of fingerprints. Its failures are taken over the
    first time (``counted``); where a rule splits one bug in two, the other has its state only.
    """
    if bug is None:
        bug = replace(
            former, fingerprint=fingerprint, moved_to="", notice=None, revision=0, unheard=False,
            state=Open(known=True) if isinstance(former.state, Open) else former.state,
        )  # fmt: skip
        if not counted:
            bug = replace(bug, count=0, drilled=0, releases={}, functions={}, hours={})
    elif counted:
        bug = replace(
            bug,
            count=bug.count + former.count,
            drilled=bug.drilled + former.drilled,
            first_seen=min(bug.first_seen, former.first_seen),
            first_release=former.first_release or bug.first_release,
            last_seen=max(bug.last_seen, former.last_seen),
            releases=_latest({**former.releases, **bug.releases}),
            functions=_added(bug.functions, former.functions, MAX_FUNCTIONS),
            hours=_last_hours(_added(bug.hours, former.hours)),
            notes=(*former.notes, *bug.notes)[-MAX_NOTES:],
        )
    carried = tuple(dict.fromkeys((*bug.carried_from, former.fingerprint)))
    return replace(bug, carried_from=carried[-MAX_RELEASES:])


def iso(moment: datetime) -> str:
    """As records have it: ISO 8601, UTC, milliseconds."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def hour_of(timestamp: str) -> int:
    """The hour since the epoch of an ISO time."""
    return int(datetime.fromisoformat(timestamp).timestamp() // 3_600)


def _with(bug: Bug, more: Occurrence) -> Bug:
    """``bug`` with one more, or with fewer, where a record was taken back."""
    newest = more.at >= bug.last_seen and bool(more.error_id)
    releases = dict(bug.releases)
    if more.release:
        was = releases.get(more.release, ReleaseCount(0, more.at, more.at))
        releases[more.release] = ReleaseCount(
            max(0, was.count + more.failures),
            min(was.first_seen, more.at),
            max(was.last_seen, more.at),
        )
    earliest = more.at <= bug.first_seen
    latest = more.at >= bug.last_seen
    return replace(
        bug,
        count=max(0, bug.count + more.failures),
        first_seen=min(bug.first_seen, more.at),
        last_seen=max(bug.last_seen, more.at),
        first_release=(more.release if earliest else "") or bug.first_release or more.release,
        last_release=(more.release if latest else "") or bug.last_release or more.release,
        error_type=more.error_type if newest or not bug.error_type else bug.error_type,
        message=more.message if newest or not bug.message else bug.message,
        top_frame=more.top_frame if newest or not bug.top_frame else bug.top_frame,
        newest_id=more.error_id if newest or not bug.newest_id else bug.newest_id,
        releases=_latest(releases),
        functions=_added(bug.functions, {more.function: more.failures}, MAX_FUNCTIONS),
        hours=_last_hours(_added(bug.hours, {hour_of(more.at): more.failures})),
    )


def _added(counts: Mapping[Key, int], more: Mapping[Key, int], most: int = 0) -> dict[Key, int]:
    total = dict(counts)
    for key, count in more.items():
        total[key] = max(0, total.get(key, 0) + count)
    if most and len(total) > most:
        kept = sorted(total, key=lambda key: (-total[key], key))[:most]
        total = {key: total[key] for key in total if key in kept}
    return total


def _last_hours(hours: Mapping[int, int]) -> dict[int, int]:
    last = max(hours, default=0)
    kept = (hour for hour in hours if hour > last - MAX_HOURS and hours[hour])
    return {hour: hours[hour] for hour in sorted(kept)}


def _latest(releases: Mapping[str, ReleaseCount]) -> dict[str, ReleaseCount]:
    kept = sorted(releases, key=lambda name: (releases[name].last_seen, name))[-MAX_RELEASES:]
    return {name: releases[name] for name in kept}
