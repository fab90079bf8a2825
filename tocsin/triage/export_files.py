"""Files of DynamoDB's own export to S3, copied to this machine: records of any number of tables.

``data/*.json.gz`` below an export's folder, an item a line as ``{"Item": {...}}``, whose values are
typed as DynamoDB has them. Read line by line: what is kept does not grow with their number.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataExport.Output.html
"""

import gzip
import json
import zlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from tocsin.exceptions import InputError
from tocsin.triage.groups import Group, group
from tocsin.triage.record_reading import Record

ENDING = ".json.gz"
_MAX_LINE = 2**21  # characters; an item has at most 400 KB, and JSON writes some of it longer
_READ = ("errorId", "timestamp", "functionName", "errorType", "errorMessage", "fingerprint",
         "release", "stage", "suppressed")  # fmt: skip


def exported_records(folders: Iterable[str]) -> Iterator[Record]:
    """The records of exports in ``folders``, with the fields that a group is made of.

    Items that are no records are left out.

    Raises:
        InputError: a folder has no such file, or one is damaged; the message names it.
    """
    for folder in folders:
        files = sorted(Path(folder).rglob(f"*{ENDING}"))
        if not files:
            raise InputError(
                f"--from: found no file *{ENDING} in {folder}; accepted: a folder with an export "
                "of DynamoDB's in it, as `aws s3 sync` copies it"
            )
        for file in files:
            yield from _records(file)


def exported_groups(folders: Iterable[str], function: str = "", since: str = "") -> list[Group]:
    """The groups of exports, of one function by its deployed name or of all; ``since`` is ISO 8601.

    Raises:
        InputError: as ``exported_records``.
    """
    return group(
        record
        for record in exported_records(folders)
        if record["timestamp"] >= since and function in ("", record["functionName"])
    )


def _records(file: Path) -> Iterator[Record]:
    try:
        with gzip.open(file, "rt", encoding="utf-8") as lines:
            number = 0
            while line := lines.readline(_MAX_LINE):
                number += 1
                record = _record(line, f"{file}, line {number}")
                if record is not None:
                    yield record
    except (OSError, EOFError, UnicodeDecodeError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or error
        raise InputError(f"{file} cannot be read: {reason}") from error


def _record(line: str, where: str) -> Record | None:
    try:
        said = json.loads(line)
        item = said["Item"]
        if not isinstance(item, dict):
            raise ValueError
    except (ValueError, KeyError, TypeError, RecursionError):
        raise InputError(
            f"{where}: found no item; accepted: a line of an export in DynamoDB's JSON"
        ) from None
    if "functionName" not in item:
        return None  # what the collector knows of a log stream, or has counted
    read = {name: _value(item[name]) for name in _READ if name in item}
    keys = ("errorId", "timestamp", "functionName")
    return read if all(isinstance(read.get(key), str) for key in keys) else None


def _value(typed: Any) -> Any:
    """A text or a whole number; what else a field holds is None, as no group is made of it."""
    if not isinstance(typed, Mapping) or len(typed) != 1:
        return None
    kind, held = next(iter(typed.items()))
    if kind == "S" and isinstance(held, str):
        return held
    if kind == "N" and isinstance(held, str) and held.isdecimal() and len(held) < 19:
        return int(held)
    return None
