"""Records that the table did not take, out of the log and back into the table.

Where the store was down, a function's log has the whole record in one line, under
``error_log_fallback``.
"""

import json
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from errorlog.attributes import item
from errorlog.lines import FALLBACK
from tocsin import names
from tocsin.aws.account import Account
from tocsin.config import Stage
from tocsin.exceptions import InputError
from tocsin.triage.reading import Record, deployed

_KEYS = ("errorId", "timestamp", "functionName")


class NotARecord(InputError):
    """A line has the marker and no whole record."""


@dataclass(frozen=True)
class Imported:
    """How many records were ``found``, how many of them the table did not have."""

    found: int
    written: int

    def as_dict(self) -> dict[str, int]:
        return {"found": self.found, "written": self.written}


def read_log(file: str) -> str:
    """The text of ``file``, or of standard input where it is ``-``.

    Raises:
        InputError: it cannot be read.
    """
    try:
        return sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{file} cannot be read: {error}") from error


def fallback_records(text: str) -> list[Record]:
    """The records in ``text``, which may be log lines or what `aws logs filter-log-events` prints.

    Lines may have anything before the JSON, as `aws logs tail` puts time and stream there. Other
    lines are passed over.

    Raises:
        NotARecord: names each line that has the marker and cannot be read.
    """
    records, broken = [], []
    for number, line in enumerate(_lines(text), 1):
        if FALLBACK not in line:
            continue
        record = _record(line)
        if record is None:
            broken.append(str(number))
        else:
            records.append(record)
    if broken:
        raise NotARecord(
            f"found {FALLBACK} without a whole record in line {', '.join(broken)}; "
            "accepted: the line as the function printed it; nothing was imported"
        )
    return records


def bring_back(account: Account, stage: Stage, records: Iterable[Record]) -> Imported:
    """Write ``records`` to the stage's table, as they are; those that are there stay untouched.

    Raises:
        InputError: a record is another stage's; nothing was written.
    """
    records = list(records)
    foreign = sorted({str(each["stage"]) for each in records if each.get("stage")} - {stage.name})
    if foreign:
        raise InputError(
            f"found records of stage {', '.join(foreign)}; accepted: of {stage.name} (--stage); "
            "nothing was imported"
        )
    table = names.table(stage.suffix)
    written = 0
    with deployed(account, table) as client:
        for record in records:
            try:
                client.put_item(
                    TableName=table,
                    Item=item(record),
                    ConditionExpression="attribute_not_exists(errorId)",
                )
            except client.exceptions.ConditionalCheckFailedException:
                continue
            written += 1
    return Imported(len(records), written)


def _lines(text: str) -> Iterator[str]:
    """Log lines; of the AWS CLI's JSON, the messages in it."""
    try:
        answer: Any = json.loads(text)
    except ValueError:
        yield from text.splitlines()
        return
    events = answer.get("events") if isinstance(answer, dict) else None
    if isinstance(events, list):
        yield from (str(each.get("message", "")) for each in events if isinstance(each, dict))
    else:
        yield from text.splitlines()


def _record(line: str) -> Record | None:
    decoder = json.JSONDecoder()
    start = line.find("{")
    while start >= 0:
        try:
            said, _ = decoder.raw_decode(line, start)
        except ValueError:
            start = line.find("{", start + 1)
            continue
        record = said.get(FALLBACK)
        if isinstance(record, dict) and all(isinstance(record.get(key), str) for key in _KEYS):
            return record
        return None
    return None
