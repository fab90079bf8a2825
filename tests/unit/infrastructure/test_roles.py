"""What each function may do, as compiled: write its errors and its logs, nothing else."""

import pytest

FUNCTIONS = ("Orders", "Payments", "Notifications")


def statements(template, function):
    role = template["Resources"][f"{function}Role"]["Properties"]
    assert "ManagedPolicyArns" not in role
    return [
        statement
        for policy in role["Policies"]
        for statement in policy["PolicyDocument"]["Statement"]
    ]


@pytest.mark.parametrize("function", FUNCTIONS)
def test_the_role_grants_exactly_put_item_and_its_own_logs(dev, function) -> None:
    granted = {
        action: statement["Resource"]
        for statement in statements(dev, function)
        for action in (
            [statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"]
        )
    }
    assert granted == {
        "dynamodb:PutItem": {"Fn::GetAtt": ["ErrorLogTable", "Arn"]},
        "logs:CreateLogStream": [{"Fn::GetAtt": [f"{function}LogGroup", "Arn"]}],
        "logs:PutLogEvents": [{"Fn::GetAtt": [f"{function}LogGroup", "Arn"]}],
    }


@pytest.mark.parametrize("function", FUNCTIONS)
def test_only_lambda_assumes_the_role_and_the_function_runs_as_it(dev, function) -> None:
    role = dev["Resources"][f"{function}Role"]["Properties"]
    (trust,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"Service": "lambda.amazonaws.com"}
    assert trust["Action"] == "sts:AssumeRole"
    runs_as = dev["Resources"][f"{function}LambdaFunction"]["Properties"]["Role"]
    assert runs_as == {"Fn::GetAtt": [f"{function}Role", "Arn"]}


def test_there_is_no_role_beside_the_functions_own(dev, of_type) -> None:
    own = {f"{function}Role" for function in (*FUNCTIONS, "Bugs", "Collector", "Drill")}
    assert set(of_type(dev, "AWS::IAM::Role")) == own


def test_a_role_and_its_policies_have_the_functions_name(dev) -> None:
    for function in (*FUNCTIONS, "Bugs", "Collector", "Drill"):
        role = dev["Resources"][f"{function}Role"]["Properties"]
        assert role["RoleName"] == f"{function.lower()}-role-dev"
        assert role["AssumeRolePolicyDocument"]["Version"] == "2012-10-17"


def test_no_wildcard_is_granted_anywhere(dev) -> None:
    for function in (*FUNCTIONS, "Bugs", "Collector", "Drill"):
        for statement in statements(dev, function):
            assert "*" not in str(statement["Action"])
            assert statement["Resource"] != "*"
