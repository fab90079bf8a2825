"""What people decide about a bug: resolve it, mute it, write a note, and take that back. Pure."""

from __future__ import annotations

from dataclasses import replace

from tocsin.bugs.bug import MAX_NOTE, MAX_NOTES, Bug, Note
from tocsin.bugs.states import Muted, Open, Resolved


def resolved(bug: Bug, at: str, by: str = "", release: str = "") -> Bug:
    """Fixed in ``release``, or without one in whatever follows the last that it was seen in."""
    after = "" if release else bug.last_release
    return _quiet(replace(bug, state=Resolved(at, by, release, after)))


def muted(
    bug: Bug, at: str, by: str = "", *, until: str = "", release: str = "", failures: int = 0
) -> Bug:
    """Told of no more until the time ``until``, until ``release``, or for ``failures`` more."""
    count = bug.count + failures if failures else 0
    return _quiet(replace(bug, state=Muted(at, by, until, release, count)))


def reopened(bug: Bug) -> Bug:
    """Neither resolved nor muted any more; it is seen, and its next failure is no news."""
    return replace(bug, state=Open(known=True))


def noted(bug: Bug, at: str, by: str, text: str) -> Bug:
    """With one note more; the oldest of more than ``MAX_NOTES`` go."""
    return replace(bug, notes=(*bug.notes, Note(at, by, text[:MAX_NOTE]))[-MAX_NOTES:])


def without_notes(bug: Bug) -> Bug:
    return replace(bug, notes=())


def _quiet(bug: Bug) -> Bug:
    """Who decides has heard of it: a notice that is still due is not."""
    return replace(bug, notice=None) if bug.notice and bug.notice.is_due else bug
