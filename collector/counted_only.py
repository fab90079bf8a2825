"""Failures that a storm left without a record: what errorlog counted of them, as items.

Each such line says what its process has counted of the bug until then. The greatest of a delivery
becomes an item of the error table, which has no ``functionName`` and so is in no list of records;
the memory of bugs reads it in the table's stream (bugs/sightings.py). So the count is right at a
process's end, too, when no record comes any more.
"""

from __future__ import annotations

import hashlib
import re
from typing import Any

from collector import json_text
from collector.batch import Batch, Line
from collector.lines import SUPPRESSED
from errorlog.call_facts import MAX_NAME_CHARS
from errorlog.patterns import patterns
from errorlog.record import Record
from errorlog.redaction import Sanitiser
from errorlog.settings import Settings

PREFIX = "count:"
"""What the hash key of these items begins with, and no record's does."""

MAX_COUNTERS = 500  # of a delivery, which is of one process or a few
_KEPT_S = 2 * 86_400
_MAX_COUNT = 10**9
_COUNTER = re.compile(r"[0-9A-Za-z._-]{1,64}")
_FINGERPRINT = re.compile(r"v\d{1,4}:[0-9a-f]{1,64}")
_TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z")


class CountedOnly:
    """The greatest count of each counter of a delivery."""

    def __init__(self, batch: Batch, settings: Settings) -> None:
        self._batch = batch
        self._settings = settings
        self._greatest: dict[tuple[str, str], dict[str, Any]] = {}

    def line(self, line: Line) -> None:
        """Take what ``line`` says, if it is one that errorlog printed in this stream."""
        if SUPPRESSED not in line.message:
            return
        said = _said(line.message)
        if said is not None and said.get("logStream") == self._batch.log_stream:
            self.failure(said)

    def failure(self, said: dict[str, Any]) -> None:
        """Take the count of a failure: a line's, or a record's that is not written."""
        counter, counted, bug = said.get("counter"), said.get("counted"), said.get("fingerprint")
        if not (
            isinstance(counter, str)
            and _COUNTER.fullmatch(counter)
            and isinstance(bug, str)
            and _FINGERPRINT.fullmatch(bug)
            and isinstance(counted, int)
            and not isinstance(counted, bool)
            and 0 < counted <= _MAX_COUNT
        ):
            return
        before = self._greatest.get((bug, counter))
        if before is None and len(self._greatest) >= MAX_COUNTERS:
            return
        if before is None or counted > before["counted"]:
            self._greatest[bug, counter] = said

    def items(self) -> list[Record]:
        """One item for each counter; a later count replaces it."""
        return [self._item(said) for said in self._greatest.values()]

    def _item(self, said: dict[str, Any]) -> Record:
        batch, settings = self._batch, self._settings
        sanitiser = Sanitiser(
            patterns(settings.redact_keys, settings.redact_emails), MAX_NAME_CHARS
        )
        named = "\0".join((batch.log_group, said["fingerprint"], said["counter"]))
        digest = hashlib.blake2b(named.encode("utf-8", "replace"), digest_size=16).hexdigest()
        at = said.get("timestamp")
        function = said.get("functionName") if not batch.names_its_function else None
        made: Record = {
            "errorId": f"{PREFIX}{digest}",
            "timestamp": "-",
            "at": at if isinstance(at, str) and _TIMESTAMP.fullmatch(at) else None,
            "function": function if isinstance(function, str) else batch.function_name,
            "fingerprint": said["fingerprint"],
            "counter": said["counter"],
            "counted": said["counted"],
        }
        for name in ("errorType", "release"):
            text = said.get(name)
            made[name] = sanitiser.text(text, MAX_NAME_CHARS) if isinstance(text, str) else None
        former = said.get("formerFingerprints")
        if isinstance(former, list):
            texts = [text for text in former[:3] if isinstance(text, str)]
            made["formerFingerprints"] = [text for text in texts if _FINGERPRINT.fullmatch(text)]
        # Later than what it counts: the stream's next item of it comes within that time, or never.
        made["expiresAt"] = _epoch(batch) + _KEPT_S
        return {name: value for name, value in made.items() if value not in (None, "", [])}


def _epoch(batch: Batch) -> int:
    return max(line.at for line in batch.lines) // 1_000


def _said(message: str) -> dict[str, Any] | None:
    start = message.find("{")
    if start < 0:
        return None
    try:
        said = json_text.loads(message[start:].rstrip())
    except ValueError:
        return None
    for _ in range(3):
        if not isinstance(said, dict):
            return None
        found = said.get(SUPPRESSED)
        if isinstance(found, dict):
            return found
        said = said.get("message")
        if isinstance(said, str):
            try:
                said = json_text.loads(said)
            except ValueError:
                return None
    return None
