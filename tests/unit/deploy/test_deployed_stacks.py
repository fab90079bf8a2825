"""What is deployed decides: a deploy that would move a function is refused."""

from dataclasses import replace

import pytest

from tests.conftest import DEMO
from tocsin import config
from tocsin.deploy.deployed import (
    MovedFunctions,
    deployed_numbers,
    deployed_stacks,
    recover_lock,
    refuse_moves,
)


class Target:
    """An account whose CloudFormation answers with the given stacks, one a page."""

    def __init__(self, stacks):
        self.stacks = stacks

    def client(self, service):
        assert service == "cloudformation"
        return self

    def get_paginator(self, operation):
        assert operation == "describe_stacks"
        return self

    def paginate(self):
        for name, (status, outputs) in self.stacks.items():
            listed = [{"OutputKey": key, "OutputValue": value} for key, value in outputs.items()]
            tags = [{"Key": "service", "Value": "tocsin"}]
            stack = {"StackName": name, "StackStatus": status, "Outputs": listed, "Tags": tags}
            yield {"Stacks": [stack]}


def functions(*keys):
    return {"FunctionNames": ",".join(f"{key}-function-dev" for key in keys)}


@pytest.fixture
def stage():
    return config.load(DEMO, "dev")


def test_only_stacks_of_this_stage_count(stage) -> None:
    done, gone = "UPDATE_COMPLETE", "DELETE_COMPLETE"
    target = Target(
        {
            "tocsin-dev": (done, functions("orders")),
            "tocsin-2-dev": (done, functions("payments")),
            "tocsin-3-dev": (gone, {}),
            "tocsin-12-dev": ("ROLLBACK_COMPLETE", {}),
            "tocsin-summary-dev": (done, {}),
            "tocsin-prod": (done, {}),
            "tocsin-2-prod": (done, {}),
            "tocsin-web-dev": (done, {}),
            "my-tocsin-dev": (done, {}),
        }
    )
    found = deployed_stacks(target, stage)
    assert set(found) == {"", "2", "12", "summary"}
    assert deployed_numbers(stage, found) == {"orders": 1, "payments": 2}


def test_a_deploy_that_would_move_a_function_is_refused_with_the_lines_to_write(stage) -> None:
    with pytest.raises(MovedFunctions) as raised:
        refuse_moves(stage, {"": functions("orders"), "2": functions("payments", "gone")})
    message = str(raised.value)
    assert message.startswith("1 function would move to another stack")
    assert message.endswith("payments: 2  # found 1")
    assert "./inv stacks --stage dev --recover" in message


def test_functions_that_stay_or_are_new_are_not(stage) -> None:
    refuse_moves(stage, {})
    refuse_moves(stage, {"": functions("orders", "gone"), "2": functions("also-gone")})
    refuse_moves(replace(stage, stack_numbers={"orders": 2}), {"2": functions("orders")})


def test_a_lost_lock_is_written_from_what_is_deployed(project, stage) -> None:
    (project / "stacks.lock.yml").write_text("orders: 1\n")
    target = Target({"tocsin-2-dev": ("CREATE_COMPLETE", functions("payments"))})
    recover_lock(project, stage, target)
    numbers = config.load(project, "dev").stack_numbers
    assert numbers == {"orders": 1, "payments": 2, "notifications": 1}
