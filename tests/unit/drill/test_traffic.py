"""The drill's calls: as long as a function may take, again where one was turned away."""

import io
import json
from dataclasses import replace
from typing import Any

import boto3
import pytest
from botocore.exceptions import EndpointConnectionError
from botocore.response import StreamingBody
from botocore.stub import Stubber

from tests.conftest import DEMO
from tocsin import config
from tocsin.aws.account import Account
from tocsin.config import Function
from tocsin.drill import traffic


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Account:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    return Account("us-east-1", boto3.Session(region_name="us-east-1"), {})


@pytest.fixture
def orders() -> Function:
    return next(
        function for function in config.load(DEMO, "dev").functions if function.key == "orders"
    )


@pytest.fixture
def lambda_(account: Account):
    """Answers in the place of Lambda."""
    with Stubber(account.client("lambda", invoking=True)) as answers:
        yield answers


def turn_away(answers: Stubber) -> None:
    answers.add_client_error(
        "invoke", "TooManyRequestsException", "Rate Exceeded.", http_status_code=429
    )


def succeed(answers: Stubber, payload: Any) -> None:
    body = json.dumps(payload).encode()
    answers.add_response(
        "invoke",
        {
            "ResponseMetadata": {"RequestId": "r"},
            "StatusCode": 200,
            "Payload": StreamingBody(io.BytesIO(body), len(body)),
        },
    )


def test_a_call_that_was_turned_away_is_made_again(
    account: Account, orders: Function, lambda_: Stubber
) -> None:
    turn_away(lambda_)
    succeed(lambda_, "done")
    assert traffic.invoke(account, orders, {}).payload == "done"


def test_a_function_that_is_never_called_is_named(
    account: Account, orders: Function, lambda_: Stubber, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(traffic, "_THROTTLED_S", 0)
    turn_away(lambda_)
    with pytest.raises(traffic.Throttled, match="orders-function-dev is not called"):
        traffic.invoke(account, replace(orders, timeout=-1), {})


@pytest.mark.parametrize(
    ("code", "status"),
    [("ServiceException", 500), ("AccessDeniedException", 403), ("TooManyRequestsException", 429)],
)
def test_an_attempt_that_aws_does_not_take_says_so(
    account: Account,
    orders: Function,
    lambda_: Stubber,
    monkeypatch: pytest.MonkeyPatch,
    code: str,
    status: int,
) -> None:
    """The drill goes on: it is a call that was refused, and no failure of the function."""
    monkeypatch.setattr(traffic, "_THROTTLED_S", 0)
    lambda_.add_client_error("invoke", code, "not now", http_status_code=status)
    call = traffic.attempt(account, replace(orders, timeout=-1), {})
    assert (call.function, call.error, call.payload) == ("orders", None, None)
    assert "not now" in call.refused


def test_an_attempt_that_gets_no_answer_says_so(
    account: Account, orders: Function, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cut_off(**_: object) -> None:
        raise EndpointConnectionError(endpoint_url="https://lambda.us-east-1.amazonaws.com")

    monkeypatch.setattr(account.client("lambda", invoking=True), "invoke", cut_off)
    call = traffic.attempt(account, orders, {})
    assert "Could not connect" in call.refused


def test_an_answer_is_waited_for_as_long_as_a_function_may_take(account: Account) -> None:
    """Lambda's longest time-out is 900 s; and no call is made twice behind the drill's back."""
    settings = account.client("lambda", invoking=True).meta.config
    assert settings.read_timeout > 900
    assert settings.tcp_keepalive
    assert settings.retries["total_max_attempts"] == 1


def test_other_calls_to_lambda_are_repeated_and_fail_in_seconds(account: Account) -> None:
    settings = account.client("lambda").meta.config
    assert settings.read_timeout < 90
    assert settings.retries["total_max_attempts"] > 1
    assert settings.retries["mode"] == "adaptive", "what follows a throttled call is slowed down"
