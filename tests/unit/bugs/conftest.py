"""The memory of bugs over a DynamoDB in memory or moto's, and batches of the table's stream."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from moto import mock_aws

from bugs.before import Before
from bugs.counting import Memory
from bugs.drills import Drills
from bugs.handler import remember
from bugs.telling import Rules, Teller
from errorlog.attributes import item
from tests import bugs_table, error_log_table
from tests.conftest import slow
from tests.memory_dynamodb import MemoryDynamoDb
from tocsin.bugs.bug import Bug, iso
from tocsin.bugs.bug_items import bug_of

TABLE, ERRORS = "bugs-table-dev", "error-log-table-dev"
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
FINGERPRINT = "v1:00000000000000aa"


def record(number: int = 0, **changes: Any) -> dict[str, Any]:
    """A record as the error log writes it; of the second ``number`` before noon, where small."""
    made: dict[str, Any] = {
        "errorId": f"01RECORD{number:018d}",
        "timestamp": iso(NOON - timedelta(seconds=30) + timedelta(milliseconds=number)),
        "functionName": "orders-function-dev",
        "errorType": "KeyError",
        "errorMessage": "'sku'",
        "topFrame": "stock.py:24 in reserve",
        "fingerprint": FINGERPRINT,
        "release": "r1",
        "event": {"quantity": 3},
        "expiresAt": int(NOON.timestamp()) + 86_400,
    }
    return {name: value for name, value in (made | changes).items() if value is not None}


def stream(*images: dict[str, Any], first: int = 1) -> dict[str, Any]:
    """A batch of the stream: an INSERT of each; of one with ``removed``, its REMOVE."""
    return {
        "Records": [
            _change(image, first + index) for index, image in enumerate(images)
        ]
    }  # fmt: skip


def _change(image: dict[str, Any], sequence: int) -> dict[str, Any]:
    keys = {name: {"S": image[name]} for name in ("errorId", "timestamp")}
    change: dict[str, Any] = {
        "Keys": keys,
        "SequenceNumber": f"{sequence:021d}",
        "ApproximateCreationDateTime": NOON.timestamp(),
    }
    if "removed" in image:
        return {"eventName": "REMOVE", "dynamodb": change}
    return {"eventName": "INSERT", "dynamodb": change | {"NewImage": item(image)}}


@dataclass
class World:
    """A memory that can be given batches, and what it tells and knows."""

    client: Any
    rules: Rules = field(default_factory=Rules)
    notices: list[dict[str, Any]] = field(default_factory=list)
    severities: list[str] = field(default_factory=list)
    said: list[dict[str, Any]] = field(default_factory=list)
    failing: list[Exception] = field(default_factory=list)
    now: datetime = NOON
    sequence: int = 1

    def __post_init__(self) -> None:
        self.teller = self.new_teller()

    def new_teller(self) -> Teller:
        memory = Memory(
            self.client,
            TABLE,
            was_before=Before(self.client, TABLE, ERRORS, self.now),
            is_drilled=Drills(self.client, TABLE),
            pause=lambda _: None,
        )
        return Teller(memory, self.client, TABLE, self.rules, "dev", self._send, self.said.append)

    def _send(self, document: dict[str, Any], severity: str) -> None:
        if self.failing:
            raise self.failing.pop(0)
        self.notices.append(document)
        self.severities.append(severity)

    def give(self, *images: dict[str, Any]) -> dict[str, int]:
        """One batch of new changes."""
        batch = stream(*images, first=self.sequence)
        self.sequence += len(images)
        return self.give_again(batch)

    def give_again(self, batch: dict[str, Any]) -> dict[str, int]:
        return remember(self.teller, batch, self.now)

    def bug(self, fingerprint: str = FINGERPRINT) -> Bug:
        found = self.teller.memory.bug(fingerprint)
        assert found is not None, fingerprint
        return found

    @property
    def events(self) -> list[tuple[str, str]]:
        return [(notice["event"], notice["bug"]["fingerprint"]) for notice in self.notices]


@pytest.fixture
def world() -> World:
    return World(MemoryDynamoDb())


@pytest.fixture(params=["memory", pytest.param("moto", marks=slow)])
def either(request: pytest.FixtureRequest) -> Iterator[World]:
    """The same over DynamoDB in memory and over moto's."""
    if request.param == "memory":
        yield World(MemoryDynamoDb())
        return
    with mock_aws(), pytest.MonkeyPatch.context() as patch:
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            patch.setenv(name, "none")
        client = boto3.client("dynamodb", region_name="us-east-1")
        bugs_table.create(client, TABLE)
        error_log_table.create(client, ERRORS)
        yield World(client)


def all_bugs(client: MemoryDynamoDb) -> list[Bug]:
    items = client.items.get(TABLE, {})
    return [bug_of(found) for key, found in items.items() if key[0].startswith("bug#")]


Give = Callable[..., dict[str, int]]
