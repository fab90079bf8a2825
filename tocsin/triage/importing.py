"""Records that the table did not take, out of the log and back into the table.

Where the store was down, a function's log has the whole record in one line, under
``error_log_fallback``. A log can be forged, as a function prints what it is told to: what is no
record by its form is left out and counted, and the rest is redacted and bounded as errorlog does.
"""

import json
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from errorlog.attributes import item
from errorlog.printed_lines import FALLBACK
from tocsin import names
from tocsin.aws.account import Account
from tocsin.config import Stage
from tocsin.exceptions import InputError
from tocsin.json_values import nests_deeper, plain
from tocsin.triage.forms import FORMS, MalformedRecord, formed
from tocsin.triage.log_formats import decoded, messages
from tocsin.triage.record_reading import Record, deployed
from tocsin.triage.restored import restored

_KEYS = ("errorId", "timestamp", "functionName")
# Of DynamoDB's items; the record is the first level.
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
_MAX_LEVELS = 32
# Braces before the record's own, as of a time and stream in front of the line: each is tried, so
# that their number bounds the time for a line of braces alone.
_MAX_STARTS = 32
_AHEAD = timedelta(days=1)  # a clock that is wrong
# Of a sentence that only has the word nothing is to be imported, and nothing lost.
_AS_A_KEY = re.compile(rf'"{FALLBACK}\\*"\s*:')
_WRAPPED_IN = ("message", "@message", "log")


@dataclass(frozen=True)
class Damaged:
    """A line that has the marker and no record that can be imported."""

    line: int
    why: str


@dataclass(frozen=True)
class RefusedRecord:
    """A record that DynamoDB does not take as an item."""

    error_id: str
    why: str


@dataclass(frozen=True)
class LogRecords:
    """What a log has. ``skipped`` counts its lines that are no record, ``damaged`` is of them."""

    records: tuple[Record, ...] = ()
    skipped: int = 0
    damaged: tuple[Damaged, ...] = ()


@dataclass(frozen=True)
class ImportOutcome:
    """How many records were ``found``, how many of them the table did not have."""

    found: int
    written: int
    refused: tuple[RefusedRecord, ...] = ()


def read_log(file: str) -> str:
    """The text of ``file``, or of standard input where it is ``-``.

    Raises:
        InputError: it cannot be read.
    """
    try:
        return decoded(sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes())
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InputError(f"{file} cannot be read: {reason}") from error


def fallback_records(text: str, now: datetime) -> LogRecords:
    """The records in ``text``, a log in any of the forms of ``log_formats``, read at ``now``."""
    records: list[Record] = []
    damaged: list[Damaged] = []
    others = 0
    for number, message in messages(text):
        if not _mentions(message):
            others += 1
            continue
        try:
            records.append(_checked(_found(message), now + _AHEAD))
        except MalformedRecord as error:
            damaged.append(Damaged(number, str(error)))
    return LogRecords(tuple(records), others + len(damaged), tuple(damaged))


def bring_back(account: Account, stage: Stage, records: Iterable[Record]) -> ImportOutcome:
    """Write ``records`` to the stage's table, redacted and bounded; those there stay untouched.

    Raises:
        InputError: a record is another stage's; nothing was written.
    """
    records = list(records)
    foreign = sorted(
        {str(record["stage"]) for record in records if record.get("stage")} - {stage.name}
    )
    if foreign:
        raise InputError(
            f"found records of stage {', '.join(foreign)}; accepted: of {stage.name} (--stage); "
            "nothing was imported"
        )
    table = names.table(stage.suffix)
    written = 0
    refused: list[RefusedRecord] = []
    with deployed(account, table) as client:
        for record in records:
            try:
                client.put_item(
                    TableName=table,
                    Item=item(restored(record, stage)),
                    ConditionExpression="attribute_not_exists(errorId)",
                )
            except client.exceptions.ConditionalCheckFailedException:
                continue
            except ClientError as error:
                if error.response["Error"]["Code"] != "ValidationException":
                    raise
                refused.append(RefusedRecord(record["errorId"], error.response["Error"]["Message"]))
                continue
            written += 1
    return ImportOutcome(len(records), written, tuple(refused))


def _mentions(message: Any) -> bool:
    if isinstance(message, dict):
        return FALLBACK in message or any(_wrapped(message))
    return isinstance(message, str) and bool(_AS_A_KEY.search(message))


def _found(message: Any) -> Any:
    """What stands under the marker in a message that mentions it; None where nothing does."""
    sayings = list(_objects(message)) if isinstance(message, str) else [message]
    for said in tuple(sayings):
        for text in _wrapped(said):  # a line that another logger has taken for a text
            sayings += _objects(text)
    return next((said[FALLBACK] for said in sayings if FALLBACK in said), None)


def _wrapped(said: Record) -> Iterator[str]:
    for key in _WRAPPED_IN:
        text = said.get(key)
        if isinstance(text, str) and _AS_A_KEY.search(text):
            yield text


def _objects(line: str) -> Iterator[Record]:
    """JSON objects in ``line`` that begin before the marker."""
    decoder = json.JSONDecoder()
    marker = line.find(FALLBACK)
    start = line.find("{", 0, marker)
    for _ in range(_MAX_STARTS):
        if start < 0:
            return
        try:
            said, end = decoder.raw_decode(line, start)
        except (ValueError, RecursionError):
            end = start + 1
        else:
            yield said
        start = line.find("{", end, marker)


def _checked(record: Any, latest: datetime) -> Record:
    """``record`` as DynamoDB takes it.

    Raises:
        MalformedRecord: it is none.
    """
    if not isinstance(record, dict):
        raise MalformedRecord("no whole record")
    if nests_deeper(record, _MAX_LEVELS):
        raise MalformedRecord(f"nested deeper than {_MAX_LEVELS} levels")
    for field in FORMS:
        if field in _KEYS or field in record:
            formed(record, field)
    _check_moment(record["timestamp"], latest)
    checked: Record = plain(record)
    return checked


def _check_moment(timestamp: str, latest: datetime) -> None:
    try:
        if datetime.fromisoformat(timestamp) <= latest:
            return
    except ValueError:  # of the form, and not in the calendar
        pass
    raise MalformedRecord(f"timestamp: found {timestamp!r}; accepted: a time until tomorrow")
