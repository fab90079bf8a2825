"""What the memory of bugs is told of a drill, before it and after it."""

from dataclasses import replace

import pytest

from tests import bugs_table
from tests.conftest import DEMO
from tocsin import config
from tocsin.bugs.bug_items import DRILL, values
from tocsin.config.drill_settings import DrillEvents
from tocsin.drill.announced import announced

TABLE = "bugs-table-dev"


def held(account) -> list[dict]:
    found = account.client("dynamodb").query(
        TableName=TABLE,
        KeyConditionExpression="#kind = :kind",
        ExpressionAttributeNames={"#kind": "kind"},
        ExpressionAttributeValues={":kind": {"S": DRILL}},
    )
    return [values(item) for item in found["Items"]]


EVENTS = [
    ({}, False),
    ({"success": {}}, False),
    ({"failure": {}}, True),
    ({"slow": {"seconds": 3}}, True),
]


@pytest.mark.parametrize(("events", "own"), EVENTS)
def test_it_says_whose_own_code_will_fail(account, events, own) -> None:
    bugs_table.create(account.client("dynamodb"), TABLE)
    stage = config.load(DEMO, "dev")
    orders, payments, _ = (
        replace(function, drill=DrillEvents(**(events if function.key == "orders" else {})))
        for function in stage.functions
    )
    with announced(account, stage, [orders, payments]):
        (during,) = held(account)
    (after,) = held(account)
    assert during["functions"] == ["orders-function-dev", "payments-function-dev"]
    assert during["ownEvents"] == after["ownEvents"] == (["orders-function-dev"] if own else [])
    assert during["from"] <= after["until"] < during["until"]


def test_a_stage_of_before_there_was_a_memory_is_drilled_as_ever(account) -> None:
    stage = config.load(DEMO, "dev")
    with announced(account, stage, stage.functions):
        pass
