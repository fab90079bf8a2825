"""A console over exports of error logs: the bugs of several stages, accounts and regions at once.

It asks no account. What only a stage has is not there: alarms, the drill, decisions about bugs.
"""

import math
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tocsin.aws.account import Account, NoCredentials
from tocsin.config import Stage
from tocsin.triage import ExportedBug, ExportFolders, Status, UnknownRecord
from tocsin.triage.record_reading import Record
from tocsin.web.bug_list import BugEntry
from tocsin.web.bug_reading import moment_of, owner_of
from tocsin.web.console import Console
from tocsin.web.snapshots import Source

_NEW_FOR = timedelta(days=1)


class ExportConsole(Console):
    """``bugs`` are those of ``exports``, each with its newest record; ``stage`` names owners."""

    def __init__(
        self, root: Path, stage: Stage, exports: ExportFolders, bugs: Iterable[ExportedBug]
    ) -> None:
        super().__init__(root, stage, _no_account)
        found = tuple(bugs)
        self._tables = len({export.table or export.folder for export in exports.read})
        self._made = moment_of(exports.made) or datetime.now(UTC)
        self._entries = tuple(_entry(stage, bug, self._made) for bug in found)
        self._newest = {bug.group.newest_id: bug.newest for bug in found if bug.newest is not None}
        self._newest_of = {bug.group.fingerprint: bug.group.newest_id for bug in found}
        # What was exported does not change.
        self.bugs = Source(lambda: self._entries, self.explain, math.inf)

    @property
    def sources(self) -> dict[str, tuple[Source[Any], ...]]:
        return {}

    @property
    def views(self) -> tuple[str, ...]:
        return ("bugs",)

    @property
    def title(self) -> tuple[str, str]:
        return "exports", f"{self._tables} table{'s' if self._tables != 1 else ''}"

    @property
    def remembers(self) -> bool:
        return False

    def now(self) -> datetime:
        return self._made

    def as_stage_time(self, moment: datetime) -> datetime:
        return self._made

    def records_of(self, bug: BugEntry, most: int) -> list[Record]:
        return [self.record(self._newest_of[bug.fingerprint])]

    def record(self, error_id: str) -> Record:
        if error_id not in self._newest:
            raise UnknownRecord(
                f"no newest record of a bug has the errorId {error_id!r}; errors-query finds others"
            )
        return self._newest[error_id]


def _entry(stage: Stage, bug: ExportedBug, made: datetime) -> BugEntry:
    group = bug.group
    first = moment_of(group.first_seen)
    is_new = first is not None and made - first < _NEW_FOR
    top_frame = (bug.newest or {}).get("topFrame", "")
    return BugEntry(
        group.fingerprint,
        Status.NEW if is_new else Status.SEEN,
        group.error_type,
        group.error_message,
        str(top_frame),
        group.functions,
        group.count,
        bug.trend,
        group.first_seen,
        group.last_seen,
        bug.first_release,
        bug.last_release,
        owner_of(stage, group.functions),
        places=tuple(str(place) for place in group.places or ()),
    )


def _no_account() -> Account:
    raise NoCredentials("exports are files: no account is asked")
