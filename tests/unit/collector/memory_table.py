"""The error table in memory, for thousands of deliveries: what the collector uses of DynamoDB.

That it answers as DynamoDB does is tested against moto (test_deliveries.py).
"""

import operator
from typing import Any

from botocore.exceptions import ClientError


class ConditionalCheckFailed(ClientError):
    def __init__(self) -> None:
        super().__init__({"Error": {"Code": "ConditionalCheckFailedException"}}, "PutItem")


class MemoryTable:
    """A low-level client of one table."""

    class exceptions:
        ConditionalCheckFailedException = ConditionalCheckFailed

    def __init__(self) -> None:
        self.items: dict[tuple[str, str], dict[str, Any]] = {}
        self.calls = 0

    def put_item(self, TableName: str, Item: dict[str, Any], **condition: str) -> None:
        self.calls += 1
        key = Item["errorId"]["S"], Item["timestamp"]["S"]
        if condition and key in self.items:
            assert condition == {"ConditionExpression": "attribute_not_exists(errorId)"}
            raise ConditionalCheckFailed
        self.items[key] = Item

    def delete_item(self, TableName: str, Key: dict[str, Any]) -> None:
        self.calls += 1
        self.items.pop((Key["errorId"]["S"], Key["timestamp"]["S"]), None)

    def get_paginator(self, operation: str) -> "MemoryTable":
        assert operation == "query"
        return self

    def paginate(self, **query: Any) -> list[dict[str, Any]]:
        self.calls += 1
        # An index has no such reads; of the table, what was written a moment ago is to be there.
        assert query.get("ConsistentRead", False) is ("IndexName" not in query)
        values = query["ExpressionAttributeValues"]
        hash_key = "functionName" if "IndexName" in query else "errorId"
        wanted = values[":function" if "IndexName" in query else ":stream"]
        first, last = (
            (values[":a"], values[":b"])
            if "IndexName" in query
            else (values[":first"], values[":last"])
        )
        found = [
            item
            for item in self.items.values()
            if item.get(hash_key) == wanted and first["S"] <= item["timestamp"]["S"] <= last["S"]
        ]
        if "IndexName" in query:
            found = [item for item in found if _passes(item, values)]
        return [{"Items": found}]

    @property
    def records(self) -> list[dict[str, Any]]:
        """What people read of the table: the items of the index."""
        found = [item for item in self.items.values() if "functionName" in item]
        return sorted(found, key=lambda item: (item["timestamp"]["S"], item["errorId"]["S"]))


def _passes(item: dict[str, Any], values: dict[str, Any]) -> bool:
    """The filter of ``Store.has_record``."""
    terms = (
        ("requestId", operator.eq, ":request"),
        ("logStream", operator.eq, ":stream"),
        ("handled", operator.eq, ":no"),
        ("source", operator.ne, ":platform"),
    )
    return all(compare(item.get(name), values[value]) for name, compare, value in terms)


class MemoryLog:
    """A CloudWatch Logs client of one stream; ``lines`` are (epoch ms, text), three to a page."""

    PAGE = 3

    def __init__(self, lines: list[tuple[int, str]]) -> None:
        self.lines = lines
        self.calls = 0

    def get_log_events(self, **request: Any) -> dict[str, Any]:
        self.calls += 1
        assert request["startFromHead"] is False
        inside = [
            {"timestamp": at, "message": text}
            for at, text in self.lines
            if request["startTime"] <= at < request["endTime"]
        ]
        end = int(request.get("nextToken", len(inside)))
        start = max(0, end - self.PAGE)
        return {"events": inside[start:end], "nextBackwardToken": str(start)}
