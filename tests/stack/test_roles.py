"""Least privilege: a function writes its errors and its logs, and what monitoring.yml grants."""

from collections.abc import Iterator
from typing import Any

from tests.stack.conftest import Compiled
from tocsin import names
from tocsin.cloudformation.template import Properties, statements_of
from tocsin.config import Function
from tocsin.json_values import as_list

LOG_ACTIONS = {"logs:CreateLogStream", "logs:PutLogEvents"}


def role_of(compiled: Compiled, function: Function) -> tuple[str, Properties]:
    """Logical id and properties of the role that a function runs as."""
    logical_id, attribute = compiled.functions[function.name]["Role"]["Fn::GetAtt"]
    assert attribute == "Arn"
    return logical_id, compiled.of_type("AWS::IAM::Role")[logical_id]


def grants(role: Properties) -> Iterator[tuple[str, Any]]:
    """(action, resource) of each statement that allows something."""
    for policy in role["Policies"]:
        for statement in statements_of(policy["PolicyDocument"]):
            assert statement["Effect"] == "Allow"
            for action in as_list(statement["Action"]):
                for resource in as_list(statement["Resource"]):
                    yield action, resource


def declared(compiled: Compiled, function: Function) -> list[tuple[str, Any]]:
    """What monitoring.yml grants beyond the error log and the logs."""
    statements = [
        permission.statement(compiled.stage.suffix) for permission in function.permissions
    ]
    return [
        (action, resource)
        for statement in statements
        for action in as_list(statement["Action"])
        for resource in as_list(statement["Resource"])
    ]


def sharing(compiled: Compiled, logical_id: str) -> list[Function]:
    """The functions that run as a role."""
    stage = compiled.stage
    return [
        function for function in stage.functions if role_of(compiled, function)[0] == logical_id
    ]


def test_each_function_runs_as_a_role_of_its_own_or_all_of_a_stack_as_one(
    compiled: Compiled,
) -> None:
    suffix = compiled.stage.suffix
    for function in compiled.stage.functions:
        logical_id, role = role_of(compiled, function)
        if compiled.stage.roles == "function":
            assert role["RoleName"] == names.role(function.key, suffix)
            assert sharing(compiled, logical_id) == [function]
        else:
            assert role["RoleName"].startswith(f"{names.FUNCTIONS}-")
            assert role["RoleName"].endswith(f"role-{suffix}")


def test_only_lambda_takes_a_role(compiled: Compiled) -> None:
    for logical_id, role in compiled.of_type("AWS::IAM::Role").items():
        for statement in statements_of(role["AssumeRolePolicyDocument"]):
            assert statement["Principal"] == {"Service": "lambda.amazonaws.com"}, logical_id
            assert statement["Action"] == "sts:AssumeRole", logical_id
        assert "ManagedPolicyArns" not in role, logical_id


def test_a_role_puts_records_writes_its_own_logs_and_does_what_is_declared(
    compiled: Compiled,
) -> None:
    table, _ = compiled.one("AWS::DynamoDB::Table", TableName=names.table(compiled.stage.suffix))
    for function in compiled.stage.functions:
        logical_id, role = role_of(compiled, function)
        together = sharing(compiled, logical_id)
        groups = [
            {"Fn::GetAtt": [compiled.one("AWS::Logs::LogGroup", LogGroupName=function.log_group)[0],
                            "Arn"]}
            for function in together
        ]  # fmt: skip
        expected = [("dynamodb:PutItem", {"Fn::GetAtt": [table, "Arn"]})]
        expected += [(action, group) for action in LOG_ACTIONS for group in groups]
        expected += [grant for function in together for grant in declared(compiled, function)]
        found = list(grants(role))
        assert [grant for grant in found if grant not in expected] == [], function.key
        assert [grant for grant in expected if grant not in found] == [], function.key


def test_no_action_is_a_pattern_and_no_resource_is_everything_unless_declared(
    compiled: Compiled,
) -> None:
    allowed = [
        grant for function in compiled.stage.functions for grant in declared(compiled, function)
    ]
    # Neither knows a resource by which composite alarms, or metrics, could be read.
    if compiled.stage.people:
        for action in ("DescribeAlarmHistory", "DescribeAlarms", "GetMetricData"):
            allowed.append((f"cloudwatch:{action}", "*"))
    for logical_id, role in compiled.of_type("AWS::IAM::Role").items():
        for action, resource in grants(role):
            assert "*" not in action, logical_id
            assert resource != "*" or (action, resource) in allowed, (logical_id, action)
