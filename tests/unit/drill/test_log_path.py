"""A function's log is held against that of the drill's own function, link by link."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.stub import Stubber

from tests.conftest import DEMO, slow
from tocsin import config
from tocsin.aws.account import Account
from tocsin.config import Function
from tocsin.drill.log_path import LogPath

PLACE = "arn:aws:sns:us-east-1:123456789012:alerts-topic-dev"
COLLECTOR = "arn:aws:lambda:us-east-1:123456789012:function:collector-function-dev"
GROUP = "/aws/lambda/orders-function-dev"
LINES = '?"Status: timeout"'
GROUPS = "arn:aws:logs:us-east-1:123456789012:log-group:/aws/lambda/*-function-dev:*"

Filter = dict[str, str]


def leading(group: str, to: str = COLLECTOR, pattern: str = LINES) -> Filter:
    return {"logGroupName": group, "filterPattern": pattern, "destinationArn": to}


def statement(**changed: Any) -> dict[str, Any]:
    """What CloudFormation makes of the stack's permission."""
    return {
        "Effect": "Allow",
        "Principal": {"Service": "logs.amazonaws.com"},
        "Action": "lambda:InvokeFunction",
        "Condition": {
            "StringEquals": {"AWS:SourceAccount": "123456789012"},
            "ArnLike": {"AWS:SourceArn": GROUPS},
        },
        **changed,
    }


def source(arn: str, operator: str = "ArnLike") -> dict[str, Any]:
    return {"Condition": {operator: {"AWS:SourceArn": arn}}}


@pytest.fixture
def broken(account: Account) -> Callable[..., str]:
    """``broken(filters, statements)``: what is said of the log of orders."""
    stage = config.load(DEMO, "dev")
    (orders,) = (function for function in stage.functions if function.key == "orders")
    assert isinstance(orders, Function)

    def ask(filters: list[Filter], statements: list[dict[str, Any]]) -> str:
        with (
            Stubber(account.client("logs")) as logs,
            Stubber(account.client("lambda")) as functions,
        ):
            for group in (GROUP, "/aws/lambda/drill-function-dev"):
                found = [
                    subscription
                    for subscription in filters
                    if subscription["logGroupName"] == group
                ]
                logs.add_response(
                    "describe_subscription_filters",
                    {"subscriptionFilters": found},
                    {"logGroupName": group},
                )
            functions.add_response(
                "get_policy",
                {"Policy": json.dumps({"Statement": statements})},
                {"FunctionName": "collector-function-dev"},
            )
            return LogPath(account, stage, PLACE).broken(orders)

    return ask


OWN = leading("/aws/lambda/drill-function-dev")


@pytest.mark.parametrize(
    "allowing",
    [
        statement(),
        statement(Principal={"Service": ["s3.amazonaws.com", "logs.amazonaws.com"]}),
        statement(**source(GROUPS.replace("*-function-dev", "orders-function-dev"), "ArnEquals")),
        statement(Condition={}),
    ],
)
def test_a_log_that_takes_the_way_of_the_drills_own_is_whole(broken, allowing) -> None:
    assert broken([leading(GROUP), OWN], [statement(Effect="Deny", Condition={}), allowing]) == ""


@pytest.mark.parametrize(
    "filters", [[OWN], [leading(GROUP, to="arn:aws:lambda:us-east-1:123456789012:function:x"), OWN]]
)
def test_a_log_that_does_not_lead_to_the_collector_is_named(broken, filters) -> None:
    said = broken(filters, [statement()])
    assert said == (
        f"platform log -> collector: log group {GROUP} has no subscription to {COLLECTOR}"
    )


def test_a_log_whose_subscription_lets_other_lines_through_is_named(broken) -> None:
    said = broken([leading(GROUP, pattern="ERROR"), OWN], [statement()])
    assert said == (
        f"platform log -> collector: the subscription of {GROUP} lets other lines through than "
        "that of /aws/lambda/drill-function-dev: 'ERROR'"
    )


@slow
@pytest.mark.parametrize(
    "refusing",
    [
        statement(Principal={"Service": "s3.amazonaws.com"}),
        statement(Action="lambda:GetFunction"),
        statement(**source(GROUPS.replace("-dev:", "-prod:"))),
        statement(Condition={"StringEquals": {"AWS:SourceAccount": "999999999999"}}),
        statement(Condition={"StringEquals": {"aws:PrincipalOrgID": "o-1"}}),
    ],
)
def test_a_collector_that_lets_the_log_not_in_is_named(broken, refusing) -> None:
    said = broken([leading(GROUP), OWN], [refusing])
    assert said == (
        "platform log -> collector: the policy of collector-function-dev lets no log of "
        f"{GROUP} call it"
    )
