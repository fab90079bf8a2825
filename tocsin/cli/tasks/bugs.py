"""What is remembered of a deployed stage's bugs, and what people decide about them."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from tocsin import terminal
from tocsin.cli import options
from tocsin.cli.session import Session
from tocsin.cli.task import TaskResult, task
from tocsin.exceptions import InputError

if TYPE_CHECKING:
    from tocsin.bugs.bug import Bug
    from tocsin.bugs.states import Status

_FINGERPRINT = "the bug's fingerprint, as `bugs` lists it"
_STATES = ("open", "new", "seen", "regressed", "muted", "resolved", "drilled", "all")


@task(
    "region",
    "json",
    state=f"{', '.join(_STATES)}; open ones are new, seen or regressed; "
    "drilled ones may be the drill's doing",
    type="exception's type, whole",
    release="that it has failed in",
    text="a part of its type, message or frame",
    since="how far back it has failed last, such as 12h or 7d",
)
def bugs(
    session: Session,
    function: str = "",
    state: str = "open",
    type: str = "",
    release: str = "",
    text: str = "",
    since: str = "",
) -> TaskResult:
    """List bugs, the last to fail first: state, count, trend, release."""
    from tocsin import triage
    from tocsin.bugs.bug import iso
    from tocsin.triage import bug_view

    now = datetime.now(UTC)
    seconds = options.seconds(since, "--since") if since else 0
    wanted = triage.BugFilter(
        statuses=_statuses(state),
        function=function,
        error_type=type,
        release=release,
        text=text,
        since=iso(now - timedelta(seconds=seconds)) if seconds else "",
    )
    found = triage.bugs(session.account, session.stage, wanted, now=now)
    return TaskResult(
        [triage.bug_dict(bug, now) for bug in found], lambda: bug_view.bugs_table(found, now)
    )


@task(
    "region",
    "json",
    fingerprint=_FINGERPRINT,
    release="that has the fix; without it, whatever follows the last one that it was seen in",
    undo="it is open again",
)
def errors_resolve(
    session: Session, fingerprint: str, release: str = "", undo: bool = False
) -> TaskResult:
    """Mark a bug as fixed; people are told if it comes back."""
    from tocsin import triage

    if undo and release:
        raise InputError("found --undo and --release; accepted: one of them")
    account, stage = session.account, session.stage
    if undo:
        return _decided(triage.reopen(account, stage, fingerprint))
    known = triage.releases(account, stage)
    if release and release not in known:
        terminal.note(
            f"{release} has not failed on {stage.name} until now: until it is deployed, no failure "
            "reopens the bug"
        )
    by = triage.caller(account)
    return _decided(triage.resolve(account, stage, fingerprint, release=release, by=by))


@task(
    "region",
    "json",
    fingerprint=_FINGERPRINT,
    for_="how long, such as 12h or 7d",
    until="a time, such as 2026-12-01T08:00Z",
    release="until it fails in this one or a later one",
    failures="until it has failed so many times more",
    undo="it is open again",
)
def errors_mute(
    session: Session,
    fingerprint: str,
    for_: str = "",
    until: str = "",
    release: str = "",
    failures: str = "",
    undo: bool = False,
) -> TaskResult:
    """Say no more about a bug for a time, until a release, or until it has failed often."""
    from tocsin import triage

    account, stage = session.account, session.stage
    if undo and (for_ or until or release or failures):
        raise InputError("found --undo and an end; accepted: one of them")
    if for_ and until:
        raise InputError("found --for and --until; accepted: one of them")
    if undo:
        return _decided(triage.reopen(account, stage, fingerprint))
    end = options.moment(until, "--until") if until else None
    if for_:
        end = datetime.now(UTC) + timedelta(seconds=options.seconds(for_, "--for"))
    return _decided(
        triage.mute(
            account,
            stage,
            fingerprint,
            until=end,
            release=release,
            failures=options.count(failures, "--failures") if failures else 0,
            by=triage.caller(account),
        )
    )


@task(
    "region",
    "json",
    fingerprint=_FINGERPRINT,
    text="the note, at most 1,000 characters",
    clear="take all its notes away",
)
def errors_note(
    session: Session, fingerprint: str, text: str = "", clear: bool = False
) -> TaskResult:
    """Write a note beside a bug."""
    from tocsin import triage

    if text and not text.strip():
        raise InputError("--text: found blanks alone; accepted: a text, or --clear without one")
    if bool(text) == clear:
        found = "--text and --clear" if clear else "neither --text nor --clear"
        raise InputError(f"found {found}; accepted: one of them")
    by = triage.caller(session.account)
    return _decided(triage.note(session.account, session.stage, fingerprint, text, by=by))


@task("region", "json", before="a release", after="the one to compare it with")
def errors_diff(session: Session, before: str, after: str) -> TaskResult:
    """Compare the bugs of two releases: what came, what went, what stayed."""
    from tocsin import triage
    from tocsin.triage import bug_view

    found = triage.release_diff(triage.bugs(session.account, session.stage), before, after)

    def view() -> None:
        for line in bug_view.diff_lines(found):
            terminal.data(line)

    return TaskResult(found.as_dict(), view)


def _statuses(state: str) -> "frozenset[Status] | None":
    from tocsin import triage
    from tocsin.bugs.states import Status

    if state not in _STATES:
        raise InputError(f"--state: found {state!r}; accepted: {', '.join(_STATES)}")
    if state == "all":
        return None
    return triage.OPEN_STATUSES if state == "open" else frozenset({Status(state)})


def _decided(bug: "Bug") -> TaskResult:
    """The bug as it is now."""
    from tocsin import triage
    from tocsin.triage import bug_view

    now = datetime.now(UTC)

    def view() -> None:
        terminal.data(f"{bug.fingerprint}: {bug_view.decision(bug) or 'open'}")

    return TaskResult(triage.bug_dict(bug, now), view)
