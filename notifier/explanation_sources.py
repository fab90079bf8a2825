"""What AWS is asked for an explanation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from notifier.alarm_tree import Describe, FiringAlarm
from notifier.recent_bugs import BugsRead


class Sources(Protocol):
    """What AWS is asked; each call ends in time, or raises."""

    @property
    def describe(self) -> Describe: ...

    def sums(
        self, metrics: Sequence[Mapping[str, Any]], period: int, start: datetime, end: datetime
    ) -> list[float]:
        """The sum of each metric from ``start`` to ``end``."""

    def then(self, name: str, at: datetime) -> FiringAlarm | None:
        """The metric alarm ``name`` as it was at ``at``, if it was in ALARM."""

    def remembered(self, fingerprints: Sequence[str]) -> Mapping[str, Mapping[str, Any]]:
        """What the memory of bugs has of each that it knows (notifier/bug_notices.py)."""

    def bugs(self, functions: Sequence[str], since: datetime, until: datetime) -> BugsRead: ...
