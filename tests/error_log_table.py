"""The error log's table as the stack has it (tests/unit/infrastructure holds the two together)."""

import contextlib
import json
from collections.abc import Iterator
from typing import Any
from unittest import mock

from botocore.exceptions import ClientError

from errorlog.dynamodb.client import Client
from errorlog.dynamodb.connection import Answer

KEYS: dict[str, Any] = {
    "BillingMode": "PAY_PER_REQUEST",
    "AttributeDefinitions": [
        {"AttributeName": name, "AttributeType": "S"}
        for name in ("errorId", "timestamp", "functionName")
    ],
    "KeySchema": [
        {"AttributeName": "errorId", "KeyType": "HASH"},
        {"AttributeName": "timestamp", "KeyType": "RANGE"},
    ],
    "GlobalSecondaryIndexes": [
        {
            "IndexName": "FunctionNameIndex",
            "KeySchema": [
                {"AttributeName": "functionName", "KeyType": "HASH"},
                {"AttributeName": "timestamp", "KeyType": "RANGE"},
            ],
            "Projection": {"ProjectionType": "ALL"},
        }
    ],
}


def create(dynamodb: Any, name: str) -> None:
    """Create it through a DynamoDB client of moto's."""
    dynamodb.create_table(TableName=name, **KEYS)


@contextlib.contextmanager
def written_through(dynamodb: Any) -> Iterator[None]:
    """What the error log sends reaches a client of moto's, as the operation that it names."""

    def send(
        client: Client, endpoint: Any, proxy: Any, headers: dict[str, str], body: bytes, _: Any
    ) -> Answer:
        operation = headers["x-amz-target"].removeprefix("DynamoDB_20120810.")
        try:
            dynamodb._make_api_call(operation, json.loads(body))
        except ClientError as error:
            said = error.response["Error"]
            answer = {"__type": f"com.amazonaws.dynamodb.v20120810#{said['Code']}", **said}
            return Answer(400, {}, json.dumps(answer).encode())
        return Answer(200, {}, b"{}")

    with mock.patch.object(Client, "_exchange", send):
        yield
