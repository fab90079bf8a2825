"""Records that belong together: those of one bug, and those of one request or trace."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

from tocsin import names
from tocsin.aws.account import Account
from tocsin.bugs.bug import iso
from tocsin.config import Stage
from tocsin.triage.record_reading import Record, function_names, items

MOST_READ = 2_000
"""Records of a function that are looked through for those of one bug."""
AROUND = timedelta(minutes=20)
"""A call takes 15 minutes at most, and its platform's lines come a while after it."""
_AT_ONCE = 8
_LISTED = {
    "ProjectionExpression": "errorId, #t, functionName, fingerprint, requestId, traceId, "
    "errorType, errorMessage, #r",
    "ExpressionAttributeNames": {"#t": "timestamp", "#r": "release"},
}


def records_of_bug(
    account: Account, stage: Stage, fingerprint: str, functions: Sequence[str], limit: int
) -> list[Record]:
    """The newest ``limit`` records of a bug, newest first, with the fields that a list shows.

    ``functions`` are deployed names. Of each the newest ``MOST_READ`` records are looked through.
    """
    if not functions:
        return []
    table = names.table(stage.suffix)
    account.client("dynamodb")  # made once, before threads ask for it

    def of_function(name: str) -> list[Record]:
        recent = islice(_newest_first(account, table, name), MOST_READ)
        same = (record for record in recent if record.get("fingerprint") == fingerprint)
        return list(islice(same, limit))

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        found = [record for records in pool.map(of_function, functions) for record in records]
    found.sort(key=lambda record: str(record["timestamp"]), reverse=True)
    return found[:limit]


def neighbours(account: Account, stage: Stage, record: Record) -> list[Record]:
    """Other records of the request of ``record``, or of its trace in any function; oldest first.

    Of the time around it, with the fields that a list shows.
    """
    keys = {
        name: value
        for name, value in (
            ("requestId", record.get("requestId")),
            ("traceId", record.get("traceId")),
        )
        if isinstance(value, str) and value
    }
    moment = _moment(record)
    if not keys or moment is None:
        return []
    table = names.table(stage.suffix)
    account.client("dynamodb")

    def of_function(name: str) -> list[Record]:
        return list(_around(account, table, name, moment, keys))

    own = str(record["functionName"])
    wanted = function_names(stage, None) if "traceId" in keys else [own]
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        lists = pool.map(of_function, dict.fromkeys([own, *wanted]))
        found = [other for records in lists for other in records]
    found = [other for other in found if other["errorId"] != record["errorId"]]
    return sorted(found, key=lambda other: str(other["timestamp"]))


def _newest_first(account: Account, table: str, function_name: str) -> Iterator[Record]:
    return items(
        account,
        table,
        TableName=table,
        IndexName=names.FUNCTION_NAME_INDEX,
        KeyConditionExpression="functionName = :f",
        ExpressionAttributeValues={":f": {"S": function_name}},
        ScanIndexForward=False,
        **_LISTED,
    )


def _around(
    account: Account, table: str, function_name: str, moment: datetime, keys: dict[str, str]
) -> Iterator[Record]:
    values: dict[str, Any] = {
        ":f": {"S": function_name},
        ":from": {"S": iso(moment - AROUND)},
        ":to": {"S": iso(moment + AROUND)},
        **{f":{name}": {"S": value} for name, value in keys.items()},
    }
    return items(
        account,
        table,
        TableName=table,
        IndexName=names.FUNCTION_NAME_INDEX,
        KeyConditionExpression="functionName = :f AND #t BETWEEN :from AND :to",
        FilterExpression=" OR ".join(f"{name} = :{name}" for name in keys),
        ExpressionAttributeValues=values,
        **_LISTED,
    )


def _moment(record: Record) -> datetime | None:
    try:
        found = datetime.fromisoformat(str(record["timestamp"]))
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
