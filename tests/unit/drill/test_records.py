"""How long the drill waits for a record, and which ones it takes for its own."""

import time
from datetime import UTC, datetime, timedelta

import pytest

from tests.conftest import DEMO
from tocsin import config, names
from tocsin.aws.account import Account
from tocsin.drill import WallClock, records
from tocsin.drill.checks import Kind
from tocsin.drill.context import Bench, Subject
from tocsin.drill.probe import Probe
from tocsin.drill.topics import Topics
from tocsin.drill.traffic import Invocation

MINUTE_S = 60


@pytest.fixture
def bench(account: Account) -> Bench:
    stage = config.load(DEMO, "dev")
    account.client("dynamodb").create_table(
        TableName=names.table("dev"), BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[
            {"AttributeName": name, "AttributeType": "S"}
            for name in ("errorId", "timestamp", "functionName")
        ],
        KeySchema=[
            {"AttributeName": "errorId", "KeyType": "HASH"},
            {"AttributeName": "timestamp", "KeyType": "RANGE"},
        ],
        GlobalSecondaryIndexes=[{
            "IndexName": names.FUNCTION_NAME_INDEX,
            "KeySchema": [
                {"AttributeName": "functionName", "KeyType": "HASH"},
                {"AttributeName": "timestamp", "KeyType": "RANGE"},
            ],
            "Projection": {"ProjectionType": "ALL"},
        }],
    )  # fmt: skip
    account.client("logs").create_log_group(logGroupName="/aws/lambda/orders-function-dev")
    return Bench(account, stage, Topics("", ""), WallClock(), Probe(account, ""))


@pytest.fixture
def orders(bench: Bench) -> Subject:
    (function,) = (each for each in bench.stage.functions if each.key == "orders")
    return Subject(function, {})


def failed(request_id: str, seconds_ago: float = 0) -> Invocation:
    return Invocation(
        "orders", request_id, "Unhandled", None, answered=time.monotonic() - seconds_ago
    )


def write(account: Account, request_id: str, at: datetime) -> None:
    account.client("dynamodb").put_item(
        TableName=names.table("dev"),
        Item={
            "errorId": {"S": request_id},
            "timestamp": {"S": at.isoformat(timespec="milliseconds").replace("+00:00", "Z")},
            "functionName": {"S": "orders-function-dev"},
            "requestId": {"S": request_id},
        },
    )


def test_a_record_is_found_though_its_functions_clock_is_behind(
    account: Account, bench: Bench, orders: Subject
) -> None:
    """AWS answers requests from a clock that is up to five minutes off."""
    write(account, "r", datetime.now(UTC) - timedelta(minutes=4))
    orders.failures.append(failed("r", seconds_ago=60 * MINUTE_S))
    assert not records.of_handler(bench, orders).failed


def test_what_comes_by_a_log_is_waited_for_as_long_as_logs_may_take(
    bench: Bench, orders: Subject, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ten minutes from the failure on, not from when somebody looks: all are late at once."""
    monkeypatch.setattr(records, "_POLL_S", 0)
    monkeypatch.setattr(records.diagnosis, "subscription", lambda *_: "the collector")
    clock = iter(range(0, 10_000, 10))
    began = time.monotonic()
    monkeypatch.setattr(records.time, "monotonic", lambda: began + next(clock))
    looked = []
    monkeypatch.setattr(records, "_recorded", lambda *_: looked.append(1) or set())

    assert records.of_platform(bench, orders, Kind.MEMORY, [failed("r")]).failed
    waited_minutes = len(looked) * 10 / MINUTE_S
    assert 10 <= waited_minutes <= 11

    looked.clear()
    records.of_platform(bench, orders, Kind.MEMORY, [failed("r", seconds_ago=20 * MINUTE_S)])
    assert len(looked) * 10 <= 2 * records.PATIENCE_S
