"""A protected stage's table cannot be deleted once it is there; a test stage's can."""

from collections.abc import Iterator

import boto3
import pytest
from moto import mock_aws

from tests.conftest import DEMO
from tocsin import config, names
from tocsin.aws.account import Account
from tocsin.deploy.protection import protect


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    with mock_aws():
        yield Account("us-east-1", boto3.Session(region_name="us-east-1"), {})


@pytest.mark.parametrize(("name", "protected"), [("prod", True), ("dev", False)])
def test_the_table_of_a_protected_stage_is_protected_once(
    account: Account, name: str, protected: bool
) -> None:
    stage, client = config.load(DEMO, name), account.client("dynamodb")
    table = names.table(stage.suffix)
    client.create_table(
        TableName=table, BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "errorId", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "errorId", "KeyType": "HASH"}],
    )  # fmt: skip
    assert protect(account, stage) is protected
    found = client.describe_table(TableName=table)["Table"]
    assert found.get("DeletionProtectionEnabled", False) is protected
    assert protect(account, stage) is False, "a second deploy finds it protected"
