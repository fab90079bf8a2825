"""An account of its own for each test of the drill."""

from collections.abc import Iterator

import boto3
import pytest
from moto import mock_aws

from tocsin.aws.account import Account


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    with mock_aws():
        yield Account("us-east-1", boto3.Session(region_name="us-east-1"), {})
