"""DynamoDB in memory, for hundreds of thousands of writes: as far as the memory of bugs uses it.

That it answers as DynamoDB does is tested against moto (tests/unit/bugs/test_memory.py).
"""

import re
from collections.abc import Iterator
from typing import Any

from botocore.exceptions import ClientError

Item = dict[str, Any]
_TERM = re.compile(r"(#\w+) (=|>|<) (:\w+)")
_ABSENT = re.compile(r"attribute_not_exists\((#\w+)\)")
_SET = re.compile(r"(#\w+) = (?:if_not_exists\(#\w+, (:\w+)\)|(:\w+))")


class ConditionFailed(ClientError):
    def __init__(self) -> None:
        error = {"Error": {"Code": "ConditionalCheckFailedException"}}
        super().__init__(error, "PutItem")  # type: ignore[arg-type]


class MemoryDynamoDb:
    """A low-level client of tables with the keys ``hash_key`` and ``range_key``.

    ``units`` is what its writes and reads would have cost: write units, and read units.
    """

    class exceptions:
        ConditionalCheckFailedException = ConditionFailed
        ResourceNotFoundException = LookupError

    def __init__(self, hash_key: str = "kind", range_key: str = "key") -> None:
        self.keys = hash_key, range_key
        self.items: dict[str, dict[tuple[str, str], Item]] = {}
        self.calls = 0
        self.write_units = 0
        self.read_units = 0.0

    def get_item(self, TableName: str, Key: Item, ConsistentRead: bool = False) -> Item:
        self.calls += 1
        found = self._table(TableName).get(self._key(Key))
        self.read_units += _kilobytes(found or {}, 4) * (1 if ConsistentRead else 0.5)
        return {} if found is None else {"Item": found}

    def batch_get_item(self, RequestItems: dict[str, Any]) -> Item:
        self.calls += 1
        responses = {}
        for table, asked in RequestItems.items():
            assert len(asked["Keys"]) <= 100
            found = [self._table(table).get(self._key(key)) for key in asked["Keys"]]
            self.read_units += sum(_kilobytes(item or {}, 4) for item in found)
            responses[table] = [item for item in found if item is not None]
        return {"Responses": responses, "UnprocessedKeys": {}}

    def put_item(self, TableName: str, Item: Item, **condition: Any) -> Item:
        self.calls += 1
        if not self._holds(TableName, Item, condition):
            raise ConditionFailed
        self._write(TableName, Item, 1)
        return {}

    def transact_write_items(self, TransactItems: list[Item]) -> Item:
        self.calls += 1
        assert len(TransactItems) <= 100
        puts = [write["Put"] for write in TransactItems]
        fine = [
            self._holds(
                put["TableName"], put["Item"], {k: put[k] for k in put if k.startswith(("C", "E"))}
            )
            for put in puts
        ]
        if not all(fine):
            error: Any = {
                "Error": {"Code": "TransactionCanceledException", "Message": ""},
                "CancellationReasons": [
                    {"Code": "None" if one else "ConditionalCheckFailed"} for one in fine
                ],
            }
            raise ClientError(error, "TransactWriteItems")
        for put in puts:
            self._write(put["TableName"], put["Item"], 2)
        return {}

    def update_item(self, TableName: str, Key: Item, UpdateExpression: str, **request: Any) -> Item:
        self.calls += 1
        condition = {name: value for name, value in request.items() if name != "ReturnValues"}
        if "ConditionExpression" in condition and not self._holds(TableName, Key, condition):
            raise ConditionFailed
        item = dict(self._table(TableName).get(self._key(Key), Key))
        names = request["ExpressionAttributeNames"]
        values = request["ExpressionAttributeValues"]
        added = re.search(r"ADD (#\w+) (:\w+)", UpdateExpression)
        if added:
            name, more = names[added[1]], values[added[2]]
            before = int(item.get(name, {"N": "0"})["N"])
            item[name] = {"N": str(before + int(more["N"]))}
        for name, default, value in _SET.findall(UpdateExpression):
            if value or names[name] not in item:
                item[names[name]] = values[value or default]
        self._write(TableName, item, 1)
        return {"Attributes": item}

    def get_paginator(self, operation: str) -> "MemoryDynamoDb":
        assert operation == "query"
        return self

    def paginate(self, TableName: str, **query: Any) -> Iterator[Item]:
        """All items of one hash key; of an index none, as records are no matter here."""
        self.calls += 1
        if "IndexName" in query:
            yield {"Count": 0, "Items": []}
            return
        wanted = query["ExpressionAttributeValues"][":kind"]["S"]
        found = [item for key, item in self._table(TableName).items() if key[0] == wanted]
        yield {"Items": found, "Count": len(found)}

    def _table(self, name: str) -> dict[tuple[str, str], Item]:
        return self.items.setdefault(name, {})

    def _key(self, item: Item) -> tuple[str, str]:
        hash_key, range_key = self.keys
        return item[hash_key]["S"], item[range_key]["S"]

    def _write(self, table: str, item: Item, units: int) -> None:
        before = self._table(table).get(self._key(item), {})
        self._table(table)[self._key(item)] = item
        self.write_units += units * max(_kilobytes(item, 1), _kilobytes(before, 1))

    def _holds(self, table: str, item: Item, condition: Item) -> bool:
        expression = condition.get("ConditionExpression")
        if expression is None:
            return True
        found = self._table(table).get(self._key(item), {})
        names = condition.get("ExpressionAttributeNames", {})
        values = condition.get("ExpressionAttributeValues", {})
        return any(
            all(_term(term, found, names, values) for term in part.split(" AND "))
            for part in expression.split(" OR ")
        )


def _term(term: str, found: Item, names: dict[str, str], values: Item) -> bool:
    absent = _ABSENT.fullmatch(term)
    if absent:
        return names[absent[1]] not in found
    compared = _TERM.fullmatch(term)
    assert compared, term
    held, wanted = found.get(names[compared[1]]), values[compared[3]]
    if held is None or held.keys() != wanted.keys():
        return False
    one, other = ((int(value["N"]) if "N" in value else value["S"]) for value in (held, wanted))
    return bool({"=": one == other, ">": one > other, "<": one < other}[compared[2]])


def _kilobytes(item: Item, size: int) -> int:
    """Units of ``size`` KB that an item takes: names and values, as DynamoDB counts them."""
    return max(1, -(-_bytes({"M": item}) // (1024 * size)))


def _bytes(attribute: Item) -> int:
    ((kind, held),) = attribute.items()
    if kind == "M":
        return 3 + sum(len(name.encode()) + _bytes(value) + 1 for name, value in held.items())
    if kind == "L":
        return 3 + sum(_bytes(value) + 1 for value in held)
    if kind == "N":
        return len(held) // 2 + 2
    return len(str(held).encode("utf-8", "replace")) if kind == "S" else 1
