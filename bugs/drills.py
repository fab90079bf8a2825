"""Drills that are held: what fails meanwhile in their functions may be their doing.

A drill says so before it makes anything fail, for which functions and until when at the latest
(tocsin/drill/announced.py). A handler's own exception is none of them: what a drill raises has a
name of its own (bugs/sightings.py), and what it has the platform end has one of four. Only where
monitoring.yml has events for the drill is it the handler itself that fails, in any way.
"""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic
from typing import Any

from tocsin.bugs.bug import Occurrence
from tocsin.bugs.bug_items import DRILL, values

ENDED_BY_PLATFORM = frozenset(
    {"Sandbox.Timedout", "Runtime.OutOfMemory", "Runtime.ExitError", "Runtime.ImportModuleError"}
)
"""What the collector calls the failures that a drill asks for and no handler lives to record."""
_READ_EVERY_S = 5.0


class Drills:
    """Whether a failure may be a drill's."""

    def __init__(self, client: Any, table: str, clock: Callable[[], float] = monotonic) -> None:
        self._client = client
        self._table = table
        self._clock = clock
        self._read_at: float | None = None
        self._held: list[dict[str, Any]] = []

    def __call__(self, occurrence: Occurrence) -> bool:
        if self._read_at is None or self._clock() - self._read_at > _READ_EVERY_S:
            self._read_at = self._clock()
            self._held = self._drills()
        by_platform = occurrence.error_type in ENDED_BY_PLATFORM
        return any(
            drill["from"] <= occurrence.at <= drill["until"]
            and occurrence.function in drill.get("functions" if by_platform else "ownEvents", ())
            for drill in self._held
        )

    def _drills(self) -> list[dict[str, Any]]:
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            KeyConditionExpression="#kind = :kind",
            ExpressionAttributeNames={"#kind": "kind"},
            ExpressionAttributeValues={":kind": {"S": DRILL}},
            ConsistentRead=True,
        )
        return [values(item) for page in pages for item in page["Items"]]
