"""The table that remembers bugs: what was counted already, what is known, and both at once.

A failure is counted by one transaction that writes what its source has counted and the bug that
this adds to, each on the condition that it is as it was read. So a batch that comes again, in part
or beside itself, changes nothing twice. Of a storm one write a bug is made for each batch.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from bugs.releases import Releases
from bugs.sightings import Sighting, by_source
from bugs.tallies import Tally, TallyChange, change_of, tally_item, tally_key, tally_of
from tocsin.bugs.bug import Bug, Occurrence, happened, merged
from tocsin.bugs.bug_items import bug_item, bug_of, key_of

MAX_TALLIES = 90
"""Of one transaction, which takes 100 writes in all."""
_AT_ONCE = 100
_MAX_MOVES = 5
_PAUSE_S = 0.05
_MOVED = ("ConditionalCheckFailed", "TransactionConflict")
_BUSY = ("ThrottlingError", "ProvisionedThroughputExceeded")


class MemoryBusy(Exception):
    """Others write the same for too long: the batch is to come again."""


class Memory:
    """``client`` is a low-level DynamoDB client."""

    def __init__(
        self,
        client: Any,
        table: str,
        *,
        was_before: Callable[[Occurrence], bool] = lambda occurrence: False,
        is_drilled: Callable[[Occurrence], bool] = lambda occurrence: False,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._client = client
        self._table = table
        self._was_before = was_before
        self._is_drilled = is_drilled
        self._left_s: Callable[[], float] = lambda: 60.0
        self._pause = pause
        self.releases = Releases(client, table)

    def count(
        self,
        found: Iterable[Sighting],
        now: datetime,
        left_s: Callable[[], float] = lambda: 60.0,
    ) -> list[Bug]:
        """Count ``found``, each once; the bugs that they are of, as they are now.

        ``left_s`` says how many seconds are left.

        Raises:
            MemoryBusy: not all could be counted; those that were are not counted again.
        """
        self._left_s = left_s
        grouped = by_source(found)
        self.releases.note(
            occurrence.occurrence for told in grouped.values() for occurrence in told
        )
        touched: dict[str, Bug] = {}
        again: set[str] = set()
        sources = list(grouped)
        waiting: dict[tuple[str, ...], list[str]] = {}
        tallies = self._tallies(sources)
        for source in sources:
            change = change_of(source, grouped[source], tallies.get(source))
            names = tuple(sorted({occurrence.fingerprint for occurrence in change.occurrences}))
            if names:
                waiting.setdefault(names, []).append(source)
            else:
                again.update(sighting.occurrence.fingerprint for sighting in grouped[source])
        for group in waiting.values():
            for start in range(0, len(group), MAX_TALLIES):
                part = {source: grouped[source] for source in group[start : start + MAX_TALLIES]}
                touched |= self._write(part, tallies, now)
        # Counted before, by a run that may not have come to its end.
        for fingerprint in sorted(again - touched.keys() - {""}):
            bug = self.bug(fingerprint)
            if bug is not None:
                touched.setdefault(bug.fingerprint, bug)
        return list(touched.values())

    def bug(self, fingerprint: str) -> Bug | None:
        """The bug as it is, or the one that took it over."""
        for _ in range(_MAX_MOVES):
            answer = self._client.get_item(
                TableName=self._table, Key=key_of(fingerprint), ConsistentRead=True
            )
            if "Item" not in answer:
                return None
            found = bug_of(answer["Item"])
            if not found.moved_to:
                return found
            fingerprint = found.moved_to
        return None

    def put(self, bug: Bug) -> Bug | None:
        """Write ``bug``, which was read as the revision that it has; None where that has changed.

        Returns it with its next revision.
        """
        after = _next(bug)
        try:
            self._client.put_item(TableName=self._table, Item=bug_item(after), **_is_as_read(bug))
        except self._client.exceptions.ConditionalCheckFailedException:
            return None
        return after

    def _write(
        self, part: Mapping[str, Sequence[Sighting]], tallies: Mapping[str, Tally], now: datetime
    ) -> dict[str, Bug]:
        """One transaction: the sources in ``part``, and the bugs that they are about."""
        known = {source: tallies.get(source) for source in part}
        for attempt in range(1_000):
            changes = [change_of(source, told, known[source]) for source, told in part.items()]
            changes = [change for change in changes if change.occurrences]
            before, after = self._bugs(changes, now)
            writes = [
                self._put(bug_item(_next(bug)), **_is_as_read(before[name]))
                for name, bug in after.items()
                if bug != before[name]
            ]
            writes += [
                self._put(tally_item(change, now), **change.condition)
                for change in changes
                if change.counts
            ]
            if not writes or self._transact(writes):
                return {
                    name: bug if bug == before[name] else _next(bug) for name, bug in after.items()
                }
            if self._left_s() < 5:
                break
            self._pause(_PAUSE_S * random.uniform(0.2, min(20, 1 + attempt)))
            known = dict.fromkeys(part) | self._tallies(list(part))
        raise MemoryBusy(f"could not write {len(part)} counts")

    def _bugs(
        self, changes: Sequence[TallyChange], now: datetime
    ) -> tuple[dict[str, Bug | None], dict[str, Bug]]:
        """The bugs that ``changes`` are about: as read, and as they make them."""
        before: dict[str, Bug | None] = {}
        after: dict[str, Bug] = {}
        occurrences: dict[str, list[Occurrence]] = {}
        for change in changes:
            for occurrence in change.occurrences:
                occurrences.setdefault(occurrence.fingerprint, []).append(occurrence)
        for fingerprint, found in occurrences.items():
            bug = self.bug(fingerprint)
            name = bug.fingerprint if bug else fingerprint
            before[name] = before.get(name, bug)
            bug = after.get(name, bug)
            for former in dict.fromkeys(name for occurrence in found for name in occurrence.former):
                bug = self._carried(bug, former, name, before, after)
            unheard = bug is None or bug.unheard
            after[name] = happened(
                bug,
                found,
                self.releases.order,
                now,
                known=unheard and any(self._was_before(occurrence) for occurrence in found),
                drilled=frozenset(
                    occurrence for occurrence in found if self._is_drilled(occurrence)
                ),
            )
        return before, after

    def _carried(
        self, bug: Bug | None, former: str, name: str,
        before: dict[str, Bug | None], after: dict[str, Bug],
    ) -> Bug | None:  # fmt: skip
        """``bug`` with what its fingerprint by an earlier rule was known to be."""
        if former == name or (bug and former in bug.carried_from):
            return bug
        answer = self._client.get_item(
            TableName=self._table, Key=key_of(former), ConsistentRead=True
        )
        if "Item" not in answer:
            return bug
        found = bug_of(answer["Item"])
        if found.moved_to:
            return merged(bug, found, name, counted=False) if bug is None else bug
        before[former], after[former] = found, replace(found, moved_to=name, notice=None)
        return merged(bug, found, name, counted=True)

    def _tallies(self, sources: Sequence[str]) -> dict[str, Tally]:
        found: dict[str, Tally] = {}
        for start in range(0, len(sources), _AT_ONCE):
            wanted = [tally_key(source) for source in sources[start : start + _AT_ONCE]]
            for item in self._batch(wanted):
                source, tally = tally_of(item)
                found[source] = tally
        return found

    def _batch(self, wanted: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        asked: dict[str, Any] = {self._table: {"Keys": wanted, "ConsistentRead": True}}
        for attempt in range(1_000):
            answer = self._client.batch_get_item(RequestItems=asked)
            yield from answer["Responses"].get(self._table, ())
            asked = answer.get("UnprocessedKeys") or {}
            if not asked:
                return
            if self._left_s() < 5:
                break
            self._pause(_PAUSE_S * random.uniform(0.2, min(20, 1 + attempt)))
        raise MemoryBusy("the table does not answer with all that it was asked for")

    def _put(self, item: dict[str, Any], **condition: Any) -> dict[str, Any]:
        return {"Put": {"TableName": self._table, "Item": item, **condition}}

    def _transact(self, writes: list[dict[str, Any]]) -> bool:
        """Whether all of ``writes`` were made; none was where somebody else wrote meanwhile."""
        try:
            self._client.transact_write_items(TransactItems=writes)
        except ClientError as error:
            reasons = error.response.get("CancellationReasons") or [{}]
            codes = {str(reason.get("Code", "None")) for reason in reasons} - {"None"}
            if codes and codes <= {*_MOVED, *_BUSY}:
                return False
            raise
        return True


def _next(bug: Bug) -> Bug:
    return replace(bug, revision=bug.revision + 1)


def _is_as_read(bug: Bug | None) -> dict[str, Any]:
    """The condition that the item of ``bug`` is the one that was read; None: there was none."""
    if bug is None:
        return {
            "ConditionExpression": "attribute_not_exists(#kind)",
            "ExpressionAttributeNames": {"#kind": "kind"},
        }
    return {
        "ConditionExpression": "#revision = :read",
        "ExpressionAttributeNames": {"#revision": "revision"},
        "ExpressionAttributeValues": {":read": {"N": str(bug.revision)}},
    }
