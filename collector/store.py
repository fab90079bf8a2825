"""The error table, as far as the collector may use it: look whether, and write if not."""

from __future__ import annotations

from typing import Any

import boto3
from botocore.config import Config

from collector.failures import SLACK_MS, Failure
from collector.records import iso
from errorlog.attributes import item
from errorlog.record import Record

INDEX = "FunctionNameIndex"
# All that the collector's role lets it read, and all that recognising a record takes.
_READ = ("errorId", "timestamp", "functionName", "requestId", "logStream", "handled")
_CONFIG = Config(
    connect_timeout=2, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 3}
)


class Store:
    """``client`` is a low-level DynamoDB client; ``table`` a table's name."""

    def __init__(self, table: str, client: Any | None = None) -> None:
        self._table = table
        self._client = client or boto3.client("dynamodb", config=_CONFIG)

    def has_record(self, failure: Failure, made: Record) -> bool:
        """Whether this attempt has a record already that is not ``made`` itself.

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
            "AND #handled = :no AND #errorId <> :own",
            # The role allows nothing but a selection, and an absent Select is no value to IAM.
            "Select": "SPECIFIC_ATTRIBUTES",
            "ProjectionExpression": "#errorId",
            "ExpressionAttributeNames": {f"#{name}": name for name in _READ},
            "ExpressionAttributeValues": {
                ":function": {"S": made["functionName"]},
                ":a": {"S": iso(failure.began)},
                ":b": {"S": iso(failure.at + SLACK_MS)},
                ":request": {"S": failure.request_id},
                ":stream": {"S": made["logStream"]},
                ":no": {"BOOL": False},
                ":own": {"S": made["errorId"]},
            },
        }
        pages = self._client.get_paginator("query").paginate(**request)
        return any(page["Items"] for page in pages)

    def put(self, made: Record) -> bool:
        """Write ``made``; False where it is there already, as after a redelivery."""
        try:
            self._client.put_item(
                TableName=self._table,
                Item=item(made),
                ConditionExpression="attribute_not_exists(errorId)",
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return False
        return True
