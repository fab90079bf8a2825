"""People decide about bugs: resolve one, mute it, write a note, and take that back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from tocsin import names
from tocsin.aws.account import Account
from tocsin.bugs import decisions
from tocsin.bugs.bug import MAX_NAME, MAX_NOTE, MAX_NOTES, Bug, iso
from tocsin.bugs.bug_items import bug_item
from tocsin.config import Stage
from tocsin.exceptions import InputError, TocsinError
from tocsin.json_values import plain
from tocsin.triage.bug_memory import bug
from tocsin.triage.record_reading import deployed

LONGEST_MUTE = timedelta(days=366)
_ATTEMPTS = 5


class BusyBug(TocsinError):
    """The bug changes faster than a decision on it can be written."""


def resolve(
    account: Account, stage: Stage, fingerprint: str, *, release: str = "", by: str = ""
) -> Bug:
    """Resolve a bug in ``release``, or in whatever comes after the last one that it was seen in.

    Raises:
        UnknownBug: nothing is remembered of it.
        InputError: the release is no name of one.
    """
    _check_release(release)
    return _decide(
        account, stage, fingerprint, lambda bug, at: decisions.resolved(bug, at, by, release)
    )


def mute(
    account: Account,
    stage: Stage,
    fingerprint: str,
    *,
    until: datetime | None = None,
    release: str = "",
    failures: int = 0,
    by: str = "",
) -> Bug:
    """Tell of a bug no more until a time, a release, or ``failures`` more of it.

    Raises:
        UnknownBug: nothing is remembered of it.
        InputError: nothing would end it, its time is over or more than a year away, or the release
            is no name of one.
    """
    _check_release(release)
    now = datetime.now(UTC)
    if until is None and not release and not failures:
        raise InputError(
            "found no end for the mute; accepted: --for, --until, --release or --failures"
        )
    if until is not None and not now < until <= now + LONGEST_MUTE:
        raise InputError(
            f"found a mute until {iso(until)}; accepted: a time within a year from now"
        )
    end = iso(until) if until else ""
    return _decide(
        account,
        stage,
        fingerprint,
        lambda bug, at: decisions.muted(bug, at, by, until=end, release=release, failures=failures),
    )


def reopen(account: Account, stage: Stage, fingerprint: str) -> Bug:
    """Take back that a bug is resolved or muted."""
    return _decide(account, stage, fingerprint, lambda bug, _: decisions.reopened(bug))


def restore(account: Account, stage: Stage, before: Bug, after: Bug) -> Bug:
    """Take back what a decision made of ``before``: ``after``, its state or its notes.

    What was counted since stays, and so do notes that others have written since.

    Raises:
        UnknownBug: nothing is remembered of it.
    """

    def taken_back(bug: Bug, _: str) -> Bug:
        since = tuple(note for note in bug.notes if note not in after.notes)
        return replace(
            bug,
            state=bug.state if after.state == before.state else before.state,
            notes=(*before.notes, *since)[-MAX_NOTES:],
        )

    return _decide(account, stage, before.fingerprint, taken_back)


def note(account: Account, stage: Stage, fingerprint: str, text: str, *, by: str = "") -> Bug:
    """Write ``text`` beside a bug; an empty one takes all its notes away.

    Raises:
        UnknownBug: nothing is remembered of it.
        InputError: the text is too long.
    """
    if len(text) > MAX_NOTE:
        raise InputError(f"note: found {len(text)} characters; accepted: at most {MAX_NOTE}")
    if not text.strip():
        return _decide(account, stage, fingerprint, lambda bug, _: decisions.without_notes(bug))
    clean = str(plain(text))
    return _decide(account, stage, fingerprint, lambda bug, at: decisions.noted(bug, at, by, clean))


def caller(account: Account) -> str:
    """Who is deciding, as AWS knows them: the name of a user, or of a role's session."""
    arn = str(account.client("sts").get_caller_identity()["Arn"])
    return arn.rpartition("/")[2] or arn


def _check_release(release: str) -> None:
    found = f"{len(release)} characters" if release.strip() else "blanks alone"
    if release and (not release.strip() or len(release) > MAX_NAME):
        raise InputError(
            f"release: found {found}; accepted: a release, of at most {MAX_NAME} characters"
        )


def _decide(
    account: Account, stage: Stage, fingerprint: str, decision: Callable[[Bug, str], Bug]
) -> Bug:
    """Write what ``decision`` makes of the bug, and of no other than the one that it was made on.

    Failures are counted meanwhile: what they change is read again.
    """
    table = names.bugs_table(stage.suffix)
    for _ in range(_ATTEMPTS):
        before = bug(account, stage, fingerprint)
        decided = decision(before, iso(datetime.now(UTC)))
        after = replace(decided, revision=before.revision + 1)
        with deployed(account, table) as client:
            try:
                client.put_item(
                    TableName=table,
                    Item=bug_item(after),
                    ConditionExpression="#revision = :before",
                    ExpressionAttributeNames={"#revision": "revision"},
                    ExpressionAttributeValues={":before": {"N": str(before.revision)}},
                )
            except client.exceptions.ConditionalCheckFailedException:
                continue
        return after
    raise BusyBug(f"{fingerprint} changed {_ATTEMPTS} times meanwhile; try again")
