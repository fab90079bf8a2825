"""The error log as people read it: newest first, through the index by function."""

from collections.abc import Iterator
from typing import Any

from tocsin import names
from tocsin.account import Account, NotDeployed
from tocsin.alarms import selected
from tocsin.config import Stage

DEFAULT_LIMIT = 20
Record = dict[str, Any]


def newest(
    account: Account, stage: Stage, function: str | None = None, limit: int = DEFAULT_LIMIT
) -> list[Record]:
    """The newest ``limit`` records of one function, or of all, newest first."""
    found: list[Record] = []
    for each in selected(stage, function):
        found += _newest_of(account, names.table(stage.suffix), each.name, limit)
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


def _newest_of(account: Account, table: str, function_name: str, limit: int) -> list[Record]:
    found: list[Record] = []
    for record in _query(
        account,
        table,
        KeyConditionExpression="functionName = :f",
        ExpressionAttributeValues={":f": {"S": function_name}},
        ScanIndexForward=False,
        Limit=limit,
    ):
        found.append(record)
        if len(found) == limit:
            break
    return found


def _query(account: Account, table: str, **request: Any) -> Iterator[Record]:
    from boto3.dynamodb.types import TypeDeserializer

    plain = TypeDeserializer().deserialize
    client = account.client("dynamodb")
    pages = client.get_paginator("query")
    try:
        for page in pages.paginate(TableName=table, IndexName=names.FUNCTION_NAME_INDEX, **request):
            for item in page["Items"]:
                yield {key: plain(value) for key, value in item.items()}
    except client.exceptions.ResourceNotFoundException as error:
        raise NotDeployed(f"there is no table {table} in {account.region}") from error
