"""The error table, as far as the collector may use it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError, ParamValidationError

from collector import evidence
from collector.failures import SLACK_MS, Failure
from collector.log_facts import Fact
from collector.moments import iso
from errorlog.attributes import item
from errorlog.record import Record

INDEX = "FunctionNameIndex"
# All that the collector's role lets it read of records, and all that recognising one takes.
READ = (
    "errorId",
    "timestamp",
    "functionName",
    "requestId",
    "logStream",
    "handled",
    "source",
)
_CONFIG = Config(
    connect_timeout=2, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 3}
)
_BAD_ITEM = ("ValidationException", "SerializationException")


class BadRecord(ValueError):
    """DynamoDB takes no such item, however often it is asked."""


class Store:
    """``client`` is a low-level DynamoDB client; ``table`` a table's name."""

    def __init__(self, table: str, client: Any | None = None) -> None:
        self._table = table
        self._client = client or boto3.client("dynamodb", config=_CONFIG)

    def has_record(self, failure: Failure, made: Record) -> bool:
        """Whether the function recorded this attempt itself.

        The handler writes its record before it ends, seconds before the platform's lines get
        here, so the index is up to date. Looks at the time of the attempt only: a retry has the
        same request id.
        """
        if not failure.request_id:
            return False
        request: dict[str, Any] = {
            "TableName": self._table,
            "IndexName": INDEX,
            "KeyConditionExpression": "#functionName = :function AND #timestamp BETWEEN :a AND :b",
            "FilterExpression": "#requestId = :request AND #logStream = :stream "
            "AND #handled = :no AND #source <> :platform",
            # The role allows nothing but a selection, and an absent Select is no value to IAM.
            "Select": "SPECIFIC_ATTRIBUTES",
            "ProjectionExpression": "#errorId",
            "ExpressionAttributeNames": {f"#{name}": name for name in READ},
            "ExpressionAttributeValues": {
                ":function": {"S": made["functionName"]},
                ":a": {"S": iso(failure.began)},
                ":b": {"S": iso(failure.at + SLACK_MS)},
                ":request": {"S": failure.request_id},
                ":stream": {"S": made["logStream"]},
                ":no": {"BOOL": False},
                ":platform": {"S": "platform"},
            },
        }
        pages = self._client.get_paginator("query").paginate(**request)
        return any(page["Items"] for page in pages)

    def put(self, made: Record, *, repeated_is_new: bool = False) -> bool:
        """Write ``made``; False where it is there already, as after a redelivery.

        With ``repeated_is_new``, what is there when the request had to be repeated counts as
        written: by its first attempt, whose answer was lost.

        Raises BadRecord for one that cannot be written at all.
        """
        try:
            self._put(made, ConditionExpression="attribute_not_exists(errorId)")
        except self._client.exceptions.ConditionalCheckFailedException as error:
            said = error.response.get("ResponseMetadata", {})
            return repeated_is_new and bool(said.get("RetryAttempts"))
        return True

    def put_count(self, item: Record) -> None:
        """Write what a process has counted (collector/counted_only.py)."""
        self._put(item)

    def replace(self, made: Record) -> None:
        """Write ``made`` over what was made of the same failure when less was known of it."""
        self._put(made)

    def delete(self, error_id: str, timestamp: str) -> None:
        """Take back a record of the collector's own, if it is there."""
        key = {"errorId": {"S": error_id}, "timestamp": {"S": timestamp}}
        self._client.delete_item(TableName=self._table, Key=key)

    def keep(self, stream: str, fact: Fact) -> None:
        """Add ``fact`` to what is known of ``stream``."""
        self._put(evidence.item(stream, fact))

    def known(self, stream: str, first: int, last: int) -> frozenset[Fact]:
        """The facts kept of ``stream`` from ``first`` to ``last`` (epoch ms)."""
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            ConsistentRead=True,
            KeyConditionExpression="#stream = :stream AND #at BETWEEN :first AND :last",
            ProjectionExpression="#fact",
            ExpressionAttributeNames={"#stream": "errorId", "#at": "timestamp", "#fact": "fact"},
            ExpressionAttributeValues={
                ":stream": {"S": stream},
                ":first": {"S": iso(max(0, first))},
                ":last": {"S": iso(last + 1)},
            },
        )
        return frozenset(self._facts(pages))

    @staticmethod
    def _facts(pages: Any) -> Iterator[Fact]:
        for page in pages:
            for found in page["Items"]:
                fact = evidence.fact(found.get("fact", {}).get("S", ""))
                if fact is not None:
                    yield fact

    def _put(self, made: Record, **condition: Any) -> None:
        try:
            self._client.put_item(TableName=self._table, Item=item(made), **condition)
        except (ParamValidationError, UnicodeError) as error:
            raise BadRecord(str(error)) from error
        except ClientError as error:
            if error.response["Error"]["Code"] in _BAD_ITEM:
                raise BadRecord(str(error)) from error
            raise
