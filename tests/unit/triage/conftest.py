"""An error table in moto, and ways to put records into it."""

from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from moto import mock_aws

from errorlog.attributes import item
from tests import error_log_table
from tests.conftest import DEMO
from tocsin import config
from tocsin.aws.account import with_exceptions

TABLE = "error-log-table-dev"
TIME = "2026-11-23T14:00:{:02d}.000Z"


@pytest.fixture(scope="session")
def stage() -> config.Stage:
    return config.load(DEMO, "dev")


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[SimpleNamespace]:
    """What the readers know of an account: its region and clients; here moto's."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "none")
    with mock_aws():
        client = with_exceptions(boto3.client("dynamodb", region_name="us-east-1"))
        error_log_table.create(client, TABLE)
        yield SimpleNamespace(region="us-east-1", client=lambda _: client)


@pytest.fixture
def put(account: SimpleNamespace) -> Callable[..., str]:
    """``put(second, **changes)`` writes a record of that second; returns its id."""
    numbers = iter(range(1_000))

    def write(second: int = 0, **changes: Any) -> str:
        record: dict[str, Any] = {
            "errorId": f"01TEST{next(numbers):04d}",
            "timestamp": TIME.format(second),
            "functionName": "orders-function-dev",
            "errorType": "OutOfStock",
            "errorMessage": "no stock for lamp",
            "fingerprint": "v1:aa",
            "durationMs": 12.5,
            "event": {"quantity": 3},
        } | changes
        account.client("dynamodb").put_item(TableName=TABLE, Item=item(record))
        return str(record["errorId"])

    return write
