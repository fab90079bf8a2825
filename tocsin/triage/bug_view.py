"""Bugs as people read them on a terminal."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from tocsin import terminal
from tocsin.bugs.bug import Bug, hour_of, iso
from tocsin.bugs.states import Muted, Open, Regressed, Resolved
from tocsin.triage.record_reading import Record
from tocsin.triage.release_comparison import ReleaseDiff
from tocsin.triage.suspect_commits import Suspects
from tocsin.triage.view import record_lines

_BARS = "▁▂▃▄▅▆▇█"
_HOURS_IN_LIST = 24
_DAYS = 7
_TITLES = ("state", "fingerprint", "count", "24 h", "last seen (UTC)", "release", "functions",
           "error")  # fmt: skip


def bugs_table(bugs: Sequence[Bug], now: datetime) -> None:
    """One line for each bug."""
    terminal.table(
        [terminal.Column(title, right=title == "count") for title in _TITLES],
        [
            (
                str(bug.status(now)).upper(),
                bug.fingerprint,
                str(bug.count),
                trend(bug, now, _HOURS_IN_LIST, step=3),
                bug.last_seen,
                one_line(bug.last_release or "-"),
                one_line(", ".join(sorted(bug.functions))),
                one_line(f"{bug.error_type}: {bug.message}"),
            )
            for bug in bugs
        ],
        nothing="no bug: none is open, or none that the options ask for; --state all has every one",
    )


def bug_lines(
    bug: Bug, now: datetime, record: Record | None, suspected: Suspects | None
) -> Iterator[str]:
    """All of one bug: what it is, what was decided, its trend, its suspects, its newest record."""
    yield f"{str(bug.status(now)).upper()}  {one_line(f'{bug.error_type}: {bug.message}')}"
    if bug.top_frame:
        yield f"    {one_line(bug.top_frame)}"
    yield ""
    yield f"fingerprint   {bug.fingerprint}"
    yield f"count         {bug.count}"
    yield f"first seen    {_seen(bug.first_seen, bug.first_release)}"
    yield f"last seen     {_seen(bug.last_seen, bug.last_release)}"
    yield f"functions     {one_line(', '.join(sorted(bug.functions)))}"
    decided = decision(bug)
    if decided:
        yield f"decision      {one_line(decided)}"
    if bug.notice is not None and bug.notice.withheld:
        yield f"not told      {one_line(bug.notice.withheld)}"
    if bug.carried_from:
        yield f"before        {', '.join(bug.carried_from)}"
    for note in bug.notes:
        yield f"note          {one_line(f'{note.text} ({note.by or chr(63)}, {note.at})')}"
    yield ""
    yield f"by the hour, {_DAYS} days: {trend(bug, now, 24 * _DAYS, step=6)}"
    for name, found in bug.releases.items():
        yield f"    {one_line(name)}: {found.count}, {found.first_seen} to {found.last_seen}"
    if suspected is not None:
        yield ""
        yield from _suspects(suspected)
    if record is not None:
        yield from ("", "newest record", *record_lines(record))


def decision(bug: Bug) -> str:
    """What was decided about ``bug``, or what came of it; empty where nothing was."""
    state = bug.state
    by = f" by {state.by}" if isinstance(state, Resolved | Muted) and state.by else ""
    if isinstance(state, Resolved):
        in_what = f" in {state.release}" if state.release else ""
        in_what = in_what or (f" after {state.after}" if state.after else "")
        return f"resolved{in_what}{by}, {state.at}"
    if isinstance(state, Muted):
        ends = [
            state.until and f"until {state.until}",
            state.release and f"until {state.release}",
            state.count and f"until it has failed {state.count} times",
        ]
        return f"muted {', '.join(end for end in ends if end)}{by}, {state.at}"
    if isinstance(state, Regressed):
        return f"{state.why}, {state.at}"
    assert isinstance(state, Open)  # noqa: S101 - there is no other
    return ""


def diff_lines(diff: ReleaseDiff) -> Iterator[str]:
    """The bugs of two releases, in three parts."""
    parts: tuple[tuple[str, tuple[Bug, ...]], ...] = (
        (f"only in {diff.after}", diff.only_after),
        (f"only in {diff.before}", diff.only_before),
        ("in both", diff.in_both),
    )
    for title, bugs in parts:
        yield f"{one_line(title)}: {len(bugs)}"
        for bug in bugs:
            before, after = (diff.count(bug, release) for release in (diff.before, diff.after))
            counts = f"{before} -> {after}"
            what = one_line(f"{bug.error_type}: {bug.message}")
            yield f"    {counts:>14}  {bug.fingerprint}  {what}"


def trend(bug: Bug, now: datetime, hours: int, step: int) -> str:
    """Failures of the last ``hours``, a bar for each ``step`` of them."""
    last = hour_of(iso(now + timedelta(hours=1)))
    sums = [
        sum(bug.hours.get(hour, 0) for hour in range(first, first + step))
        for first in range(last - hours, last, step)
    ]
    most = max(sums)
    if not most:
        return _BARS[0] * len(sums)
    return "".join(_BARS[-(-count * (len(_BARS) - 1) // most)] for count in sums)


def one_line(text: Any) -> str:
    return " ".join(str(text).split())


def _seen(at: str, release: str) -> str:
    return f"{at} in {one_line(release)}" if release else at


def _suspects(found: Suspects) -> Iterator[str]:
    if found.why:
        yield f"suspect commits: none, {one_line(found.why)}"
        return
    where = one_line(", ".join(found.files[:3])) + (", ..." if len(found.files) > 3 else "")
    yield f"suspect commits, {one_line(found.good)} to {one_line(found.bad)}, that touch {where}:"
    for commit in found.commits:
        subject = one_line(commit.subject)
        yield f"    {commit.commit[:12]}  {commit.at}  {one_line(commit.author)}  {subject}"
