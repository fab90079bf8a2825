"""The error log's table as the stack has it (tests/unit/infrastructure holds the two together)."""

from typing import Any

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
