"""Records out of the table: by function and time through the index, or one by its id."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from tocsin import names
from tocsin.aws.account import Account, NotDeployed
from tocsin.bugs.bug import iso
from tocsin.config import Stage
from tocsin.config.selection import selected
from tocsin.exceptions import InputError
from tocsin.json_values import plain
from tocsin.triage.record_filter import RecordFilter
from tocsin.typed_command import typed

DEFAULT_LIMIT = 20
Record = dict[str, Any]
"""The fields of docs/error-log.md, as values of JSON (``json_values.plain``).

Any field but the table's keys may be absent, or of another type than the error log writes: an item
can be anybody's.
"""


class UnknownRecord(InputError):
    """No record has this id."""


def newest(
    account: Account,
    stage: Stage,
    function: str | None = None,
    limit: int = DEFAULT_LIMIT,
    wanted: RecordFilter | None = None,
) -> list[Record]:
    """The newest ``limit`` records of one function, or of all, that ``wanted`` lets through.

    Newest first. Where few do, all of the error log is read for them.
    """
    found: list[Record] = []
    wanted = wanted or RecordFilter()
    for name in function_names(stage, function):
        found += _newest_of(account, names.table(stage.suffix), name, limit, wanted)
    found.sort(key=lambda record: str(record["timestamp"]), reverse=True)
    return found[:limit]


def since(account: Account, stage: Stage, function_name: str, timestamp: str) -> list[Record]:
    """All records of a deployed function from ``timestamp`` (ISO 8601, UTC) on, oldest first."""
    return list(
        _query(
            account,
            names.table(stage.suffix),
            KeyConditionExpression="functionName = :f AND #t >= :t",
            ExpressionAttributeNames={"#t": "timestamp"},
            ExpressionAttributeValues={":f": {"S": function_name}, ":t": {"S": timestamp}},
        )
    )


def all_since(
    account: Account, stage: Stage, function: str | None, timestamp: str
) -> Iterator[Record]:
    """The same of one function, by key or deployed name, or of all; by function, oldest first."""
    for name in function_names(stage, function):
        yield from since(account, stage, name, timestamp)


def show(account: Account, stage: Stage, error_id: str) -> Record:
    """The record with ``error_id``.

    Raises:
        UnknownRecord: there is none.
    """
    table = names.table(stage.suffix)
    request = {
        "KeyConditionExpression": "errorId = :id",
        "ExpressionAttributeValues": {":id": {"S": error_id}},
    }
    for record in items(account, table, TableName=table, **request):
        return record
    raise UnknownRecord(f"found no record {error_id!r} in {table}; `{typed('errors')}` lists them")


OWN_FUNCTIONS = (names.COLLECTOR, names.DRILL, names.NOTIFIER)


def function_names(stage: Stage, function: str | None) -> Sequence[str]:
    """Deployed names of those meant by ``--function``; the stack's own functions are among all."""
    own = {key: names.function(key, stage.suffix) for key in OWN_FUNCTIONS}
    for key, name in own.items():
        if function in (key, name):
            return [name]
    found = [watched.name for watched in selected(stage, function)]
    return found if function is not None else [*found, *own.values()]


def ago(seconds: float) -> str:
    """The time ``seconds`` before now, as records have it."""
    return iso(datetime.now(UTC) - timedelta(seconds=seconds))


@contextmanager
def deployed(account: Account, table: str) -> Iterator[Any]:
    """A DynamoDB client; a table that is missing becomes ``NotDeployed``."""
    client = account.client("dynamodb")
    try:
        yield client
    except client.exceptions.ResourceNotFoundException as error:
        raise NotDeployed(
            f"there is no table {table} in {account.region}: deploy the stage first "
            f"(`{typed('deploy --stage STAGE')}`), or name its --region"
        ) from error


def _newest_of(
    account: Account, table: str, function_name: str, limit: int, wanted: RecordFilter
) -> list[Record]:
    found: list[Record] = []
    page = {} if wanted != RecordFilter(since=wanted.since) else {"Limit": limit}
    for record in _query(
        account,
        table,
        KeyConditionExpression="functionName = :f AND #t >= :t",
        ExpressionAttributeNames={"#t": "timestamp"},
        # An empty text is none of a key's; every time is later than this one.
        ExpressionAttributeValues={":f": {"S": function_name}, ":t": {"S": wanted.since or "0"}},
        ScanIndexForward=False,
        **page,
    ):
        if wanted.passes(record):
            found.append(record)
        if len(found) == limit:
            break
    return found


def _query(account: Account, table: str, **request: Any) -> Iterator[Record]:
    return items(account, table, TableName=table, IndexName=names.FUNCTION_NAME_INDEX, **request)


def items(account: Account, table: str, **request: Any) -> Iterator[Record]:
    """What a Query of ``table`` gives, page after page as it is asked for."""
    from boto3.dynamodb.types import TypeDeserializer

    value_of = TypeDeserializer().deserialize
    with deployed(account, table) as client:
        for page in client.get_paginator("query").paginate(**request):
            for item in page["Items"]:
                yield {name: plain(value_of(value)) for name, value in item.items()}
