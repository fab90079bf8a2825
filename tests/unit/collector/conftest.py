"""The collector's modules, its table, and deliveries for it."""

import base64
import gzip
import importlib
import json
from collections.abc import Callable, Iterator, Sequence
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from moto import mock_aws

from errorlog.settings import Settings
from tests import error_log_table

MODULES = (
    "batch",
    "lines",
    "failures",
    "records",
    "error_table",
    "evidence",
    "fallback",
    "log_stream",
    "handler",
)
GROUP = "/aws/lambda/orders-function-dev"
STREAM = "2026/11/23/[$LATEST]0f3c0d5a7d9b4c3e8a1b2c3d4e5f6071"
TABLE = "error-log-table-dev"
START_MS = 1_795_444_000_000


def event(
    lines: Sequence[Any], *, group: str = GROUP, stream: str = STREAM, kind: str = "DATA_MESSAGE"
) -> dict[str, Any]:
    """What the collector is invoked with for ``lines``: texts, or (epoch ms, text)."""
    events = [
        line if isinstance(line, tuple) else (START_MS + index, line)
        for index, line in enumerate(lines)
    ]
    data = {
        "messageType": kind,
        "owner": "123456789012",
        "logGroup": group,
        "logStream": stream,
        "subscriptionFilters": ["collector-function-dev"],
        "logEvents": [
            {"id": str(index), "timestamp": at, "message": text}
            for index, (at, text) in enumerate(events)
        ],
    }
    return {
        "awslogs": {"data": base64.b64encode(gzip.compress(json.dumps(data).encode())).decode()}
    }


@pytest.fixture
def collector(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """The collector's modules as attributes, as they are in a new process."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    modules = {name: importlib.import_module(f"collector.{name}") for name in MODULES}
    monkeypatch.setattr(modules["handler"], "_store", None)
    return SimpleNamespace(**modules)


@pytest.fixture
def settings() -> Settings:
    return Settings(
        table=TABLE, stage="dev", release="v1", namespace="shop", ttl_days=30, redact_keys=(),
        redact_emails=False, timeout_s=0.25, burst=20, refill_s=10,
    )  # fmt: skip


@pytest.fixture
def dynamodb(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """moto's DynamoDB with the error table in it."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "none")
    with mock_aws():
        client = boto3.client("dynamodb", region_name="us-east-1")
        error_log_table.create(client, TABLE)
        yield client


@pytest.fixture(scope="session")
def filter_pattern(compiled: Callable[[str], dict[str, Any]]) -> str:
    """The pattern of the subscriptions, as deployed."""
    resources = compiled("dev")["Resources"]
    return str(resources["OrdersCollectorSubscription"]["Properties"]["FilterPattern"])
