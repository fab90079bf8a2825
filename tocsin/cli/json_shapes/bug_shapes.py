"""Shapes of bugs, their past, and two releases side by side."""

from typing import Literal, NotRequired

from tocsin.cli.json_shapes.form import Count, Shape, Time
from tocsin.cli.json_shapes.record_shapes import RecordShape


class BugReleaseShape(Shape):
    """How often a bug has failed in a release; the newest 20 releases are kept."""

    release: str
    count: Count
    firstSeen: Time
    lastSeen: Time


class BugHourShape(Shape):
    """Failures from ``hour`` on, for an hour; hours without any are left out, as are old ones."""

    hour: Time
    count: Count


class BugDecisionShape(Shape):
    """What was decided, or ``why`` it is back; which keys there are is the state's."""

    at: Time
    by: NotRequired[str]
    release: NotRequired[str]
    after: NotRequired[str]
    until: NotRequired[Time]
    count: NotRequired[Count]
    why: NotRequired[str]


class BugNoteShape(Shape):
    """What somebody wrote beside a bug."""

    at: Time
    by: str
    text: str


class BugShape(Shape):
    """What is remembered of a bug; a text that is not known is empty."""

    fingerprint: str
    status: Literal["new", "seen", "regressed", "muted", "resolved", "drilled"]
    count: Count
    errorType: str
    errorMessage: str
    topFrame: str
    firstSeen: Time
    lastSeen: Time
    firstRelease: str
    lastRelease: str
    functions: list[str]
    releases: list[BugReleaseShape]
    hours: list[BugHourShape]
    decision: BugDecisionShape | None
    notes: list[BugNoteShape]
    newestId: str
    toldAt: Time | None
    notTold: str | None
    """Why nobody was told of it, where somebody should have been."""
    carriedFrom: list[str]


class SuspectCommitShape(Shape):
    """A commit that touches a file of the stack trace."""

    commit: str
    at: Time
    author: str
    subject: str


class SuspectsShape(Shape):
    """Commits after the release ``good``, up to ``bad``; ``why`` says why there are none."""

    good: str
    bad: str
    files: list[str]
    commits: list[SuspectCommitShape]
    why: str


class BugDetailShape(Shape):
    """A bug, its newest record, and the commits that may have brought it."""

    bug: BugShape
    record: RecordShape | None
    suspects: SuspectsShape


class ComparedBugShape(Shape):
    """A bug, and how often it failed in each of two releases."""

    bug: BugShape
    countBefore: Count
    countAfter: Count


class ReleaseDiffShape(Shape):
    """The bugs of two releases."""

    before: str
    after: str
    onlyAfter: list[ComparedBugShape]
    onlyBefore: list[ComparedBugShape]
    inBoth: list[ComparedBugShape]
