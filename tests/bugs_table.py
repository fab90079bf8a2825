"""The table that remembers bugs, as the stack has it (tests/stack holds the two together)."""

from typing import Any

from tocsin.bugs.bug import Bug
from tocsin.bugs.bug_items import RELEASE, bug_item, key

KEYS: dict[str, Any] = {
    "BillingMode": "PAY_PER_REQUEST",
    "AttributeDefinitions": [
        {"AttributeName": name, "AttributeType": "S"} for name in ("kind", "key")
    ],
    "KeySchema": [
        {"AttributeName": "kind", "KeyType": "HASH"},
        {"AttributeName": "key", "KeyType": "RANGE"},
    ],
}


def create(dynamodb: Any, name: str) -> None:
    """Create it through a DynamoDB client of moto's."""
    dynamodb.create_table(TableName=name, **KEYS)


def remember(dynamodb: Any, name: str, *bugs: Bug, **releases: str) -> None:
    """Put ``bugs`` there, and releases with the times since when the stage has them."""
    for bug in bugs:
        dynamodb.put_item(TableName=name, Item=bug_item(bug))
    for release, began in releases.items():
        item = {**key(RELEASE, release), "began": {"S": began}}
        dynamodb.put_item(TableName=name, Item=item)
