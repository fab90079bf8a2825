"""Files of exports read with Python alone, line by line: what is kept grows with the bugs.

``data/*.json.gz``, an item a line as ``{"Item": {...}}``, whose values are typed as DynamoDB has
them. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataExport.Output.html
"""

import gzip
import json
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from boto3.dynamodb.types import TypeDeserializer

from tocsin.exceptions import InputError
from tocsin.triage.export_manifests import ExportFolder, ExportFolders
from tocsin.triage.exported_bug import TREND_HOURS, ExportedBug, ExportQuestion, places_of
from tocsin.triage.groups import Group
from tocsin.triage.record_reading import Record

MAX_LINE = (
    2**22
)  # characters; an item has at most 400 KB, of which JSON writes some six times as long
MAX_DIGITS = 15
"""Of a number of failures between two records; longer ones count none."""
TEXTS = ("errorId", "timestamp", "functionName", "errorType", "errorMessage", "fingerprint",
         "release", "stage", "topFrame")  # fmt: skip
NO_ITEM = "found no item with an errorId; accepted: a full export of an error log, in DynamoDB JSON"
_KEYS = ("errorId", "timestamp", "functionName")


def bugs_of(exports: ExportFolders, question: ExportQuestion) -> list[ExportedBug]:
    """The bugs of ``exports``, in no order.

    Raises:
        InputError: a file is damaged; the message names it and the line.
    """
    growing: dict[str, _GrowingBug] = {}
    hours = {hour: index for index, hour in enumerate(question.hours)}
    for export in exports.read:
        for file in export.files:
            for record in records(file):
                if record["timestamp"] < question.since:
                    continue
                if question.function not in ("", record["functionName"]):
                    continue
                if not question.whole:
                    del record["item"]
                known = growing.setdefault(record.get("fingerprint", "-"), _GrowingBug())
                known.take(record, export, hours)
    return [known.bug(fingerprint, question) for fingerprint, known in growing.items()]


def records(file: Path) -> Iterator[Record]:
    """The records of a file with the fields that a bug is made of, and their items as ``item``.

    Items that are no records are left out.

    Raises:
        InputError: it is damaged; the message names the line.
    """
    number = 0
    try:
        with gzip.open(file, "rt", encoding="utf-8") as lines:
            while line := lines.readline(MAX_LINE):
                number += 1
                record = _record(line, f"{file}, line {number}")
                if record is not None:
                    yield record
    except (OSError, EOFError, UnicodeDecodeError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or error
        raise InputError(f"{file}, after line {number}, cannot be read: {reason}") from error


def whole(item: Mapping[str, Any]) -> Record:
    """A record of an item in DynamoDB's JSON; a field that is no such value is left out."""
    found = {}
    read = TypeDeserializer().deserialize
    for name, typed in item.items():
        try:
            found[name] = read(typed)
        except (TypeError, AttributeError, ValueError, ArithmeticError, RecursionError):
            continue
    return found


class _GrowingBug:
    """A bug so far."""

    __slots__ = ("count", "first", "functions", "newest", "oldest_release", "places", "trend")

    def __init__(self) -> None:
        self.count = 0
        self.first = ""
        self.newest: Record = {}
        self.oldest_release: tuple[str, str] | None = None
        self.functions: set[str] = set()
        self.places: set[tuple[str, str, str]] = set()
        self.trend = [0] * TREND_HOURS

    def take(self, record: Record, export: ExportFolder, hours: Mapping[str, int]) -> None:
        at = record["timestamp"]
        failures = 1 + record["suppressed"]
        self.count += failures
        self.first = min(self.first or at, at)
        self.functions.add(record["functionName"])
        self.places.add((export.account, export.region, record.get("stage", "")))
        if at[:13] in hours:
            self.trend[hours[at[:13]]] += failures
        order = (at, record["errorId"])
        if not self.newest or order >= (self.newest["timestamp"], self.newest["errorId"]):
            # A release is not forgotten for a record that names none.
            last = {"release": self.newest["release"]} if "release" in self.newest else {}
            self.newest = last | record
        if "release" in record:
            self.oldest_release = min(
                self.oldest_release or (at, record["release"]), (at, record["release"])
            )

    def bug(self, fingerprint: str, question: ExportQuestion) -> ExportedBug:
        newest = self.newest
        return ExportedBug(
            Group(
                fingerprint,
                self.count,
                self.first,
                newest["timestamp"],
                tuple(sorted(self.functions)),
                newest.get("errorType", "-"),
                newest.get("errorMessage", ""),
                newest["errorId"],
                places_of(self.places),
            ),
            self.oldest_release[1] if self.oldest_release else "",
            newest.get("release", ""),
            tuple(self.trend),
            whole(newest["item"]) if question.whole else None,
        )


def _record(line: str, where: str) -> Record | None:
    try:
        item = json.loads(line)["Item"]
        texts = {name: _text(item.get(name)) for name in TEXTS}
        if not isinstance(item, dict) or texts["errorId"] is None:
            raise ValueError
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise InputError(f"{where}: {NO_ITEM}") from None
    if any(texts[key] is None for key in _KEYS):
        return None  # what the collector knows of a log stream, or has counted
    said = {name: text for name, text in texts.items() if text is not None}
    return {**said, "suppressed": _failures(item.get("suppressed")), "item": item}


def _text(typed: Any) -> str | None:
    held = typed.get("S") if isinstance(typed, dict) else None
    return held if isinstance(held, str) else None


def _failures(typed: Any) -> int:
    held = typed.get("N") if isinstance(typed, dict) else None
    if isinstance(held, str) and held.isascii() and held.isdecimal() and len(held) <= MAX_DIGITS:
        return int(held)
    return 0
