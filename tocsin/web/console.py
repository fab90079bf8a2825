"""The console of one stage: who asks the account, and what was read of it."""

import os
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tocsin import triage
from tocsin.aws.account import Account
from tocsin.aws.alarm_states import AlarmState, states
from tocsin.aws.muted_alarms import MuteState, active_rules
from tocsin.config import Stage
from tocsin.triage.record_reading import Record
from tocsin.triage.related import records_of_bug
from tocsin.typed_command import of_project
from tocsin.web.bug_list import BugEntry
from tocsin.web.bug_reading import read_bugs
from tocsin.web.snapshots import Source
from tocsin.web.troubles import Obstacle, Trouble, trouble

# What a tab may show without asking again; on AWS a read of the lists costs a fraction of a cent.
FRESH_S = 10.0
FRESH_LOCAL_S = 2.0
# boto3 makes clients safely on one thread at a time.
_SERVICES = ("cloudwatch", "dynamodb", "cloudformation", "sts")


@dataclass(frozen=True)
class Part:
    """One panel: what was found, or what stands in the way."""

    value: object = None
    trouble: Trouble | None = None


class Console:
    """A stage as the pages see it. ``account_of`` makes the account, anew after a sign-in.

    ``drill_command`` is what holds a drill in a process of its own, without its options.
    """

    def __init__(
        self,
        root: Path,
        stage: Stage,
        account_of: Callable[[], Account],
        drill_command: Sequence[str] = (),
    ) -> None:
        self.root = root
        self.stage = stage
        self.drill_command = tuple(drill_command)
        self._account_of = account_of
        self._account: Account | None = None
        self._lock = threading.Lock()
        self._ahead = timedelta()
        self.fresh_s = FRESH_LOCAL_S if stage.is_local else FRESH_S
        self.bugs: Source[tuple[BugEntry, ...]] = Source(
            self._read_bugs, self.explain, self.fresh_s
        )
        self.alarms: Source[list[AlarmState]] = Source(
            self._read_alarms, self.explain, self.fresh_s
        )
        self.mutes: Source[list[MuteState]] = Source(self._read_mutes, self.explain, self.fresh_s)

    @property
    def sources(self) -> dict[str, tuple[Source[Any], ...]]:
        """What is read again and again while somebody looks, by the name of its view."""
        return {"bugs": (self.bugs,), "alarms": (self.alarms, self.mutes)}

    @property
    def views(self) -> tuple[str, ...]:
        """The pages that there are."""
        return ("bugs", "alarms", "drill", *(["clock"] if self.stage.is_local else []))

    @property
    def title(self) -> tuple[str, str]:
        """What is looked at, and where that is."""
        return self.stage.name, self.stage.region

    @property
    def remembers(self) -> bool:
        """Whether people may decide about bugs."""
        return self.stage.bugs.enabled

    def records_of(self, bug: BugEntry, most: int) -> list[Record]:
        """The newest records of ``bug``, newest first, with the fields that a list shows."""
        return records_of_bug(self.account, self.stage, bug.fingerprint, bug.functions, most)

    def record(self, error_id: str) -> Record:
        """A record whole.

        Raises:
            UnknownRecord: there is none.
        """
        return triage.show(self.account, self.stage, error_id)

    @property
    def ahead_s(self) -> float:
        """How far the stage's clock is ahead of the wall, as far as it was asked."""
        return self._ahead.total_seconds()

    @property
    def account(self) -> Account:
        """The stage's account, with its clients made.

        Raises:
            NoCredentials, LocalStageError: see ``account.of``.
        """
        with self._lock:
            if self._account is None:
                made = self._account_of()
                for service in _SERVICES:
                    made.client(service)
                self._account = made
            return self._account

    @property
    def profile(self) -> str:
        """Whose credentials are used, as far as a name is known."""
        return os.environ.get("AWS_PROFILE", "")

    def now(self) -> datetime:
        """The stage's time: of the wall, or of the local stage's clock, which is asked."""
        account = self.account
        if account.local is None:
            return datetime.now(UTC)
        from tocsin.local import clock

        reading = clock.read(account.local)
        self._ahead = timedelta(seconds=reading.offset)
        return reading.now

    def as_stage_time(self, moment: datetime) -> datetime:
        """A time of the wall as the stage's clock had it, as far as that was asked."""
        return moment + self._ahead

    def explain(self, error: Exception, role: str = "reader") -> Trouble:
        """What ``error`` means here; a bug is raised again.

        After a refusal of the credentials they are read anew by the next call.
        """
        with self._lock:
            found = trouble(error, self.stage, self._account, role)
            command = found.command.replace("./inv", of_project(self.root), 1)
            if found.obstacle in (Obstacle.CREDENTIALS, Obstacle.UNREACHABLE):
                self._account = None
        return replace(found, command=command)

    def part(self, read: Callable[[], object]) -> Part:
        """What ``read`` finds, or why it could not."""
        try:
            return Part(read())
        except Exception as error:
            return Part(trouble=self.explain(error))

    def _read_bugs(self) -> tuple[BugEntry, ...]:
        return read_bugs(self.account, self.stage, self.now())

    def _read_alarms(self) -> list[AlarmState]:
        return states(self.account, self.stage)

    def _read_mutes(self) -> list[MuteState]:
        return active_rules(self.account, self.stage)
