"""`roles: shared`, as compiled: one role for the functions of a stack, and not a right more."""

import pytest

FUNCTIONS = ("Orders", "Payments", "Notifications")
ROLE = "FunctionsRole"


def test_the_functions_run_as_one_role_and_the_collector_as_its_own(shared, of_type) -> None:
    runs_as = {
        name: function["Properties"]["Role"]
        for name, function in of_type(shared, "AWS::Lambda::Function").items()
    }
    assert runs_as == {
        **{f"{function}LambdaFunction": {"Fn::GetAtt": [ROLE, "Arn"]} for function in FUNCTIONS},
        "CollectorLambdaFunction": {"Fn::GetAtt": ["CollectorRole", "Arn"]},
        "BugsLambdaFunction": {"Fn::GetAtt": ["BugsRole", "Arn"]},
        "DrillLambdaFunction": {"Fn::GetAtt": ["DrillRole", "Arn"]},
    }
    assert set(of_type(shared, "AWS::IAM::Role")) == {
        ROLE,
        "BugsRole",
        "CollectorRole",
        "DrillRole",
    }


def test_it_grants_put_item_and_the_log_of_each_function_by_name(shared) -> None:
    role = shared["Resources"][ROLE]["Properties"]
    assert set(role) == {"RoleName", "AssumeRolePolicyDocument", "Policies"}
    errors, logs = [policy["PolicyDocument"]["Statement"] for policy in role["Policies"]]
    assert errors == [
        {
            "Sid": "RecordErrors",
            "Effect": "Allow",
            "Action": "dynamodb:PutItem",
            "Resource": {"Fn::GetAtt": ["ErrorLogTable", "Arn"]},
        }
    ]
    assert logs == [
        {
            "Sid": "WriteOwnLogGroup",
            "Effect": "Allow",
            "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
            "Resource": [{"Fn::GetAtt": [f"{function}LogGroup", "Arn"]} for function in FUNCTIONS],
        }
    ]


def test_only_lambda_assumes_it(shared) -> None:
    trust = shared["Resources"][ROLE]["Properties"]["AssumeRolePolicyDocument"]
    assert trust == {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "lambda.amazonaws.com"},
                "Action": "sts:AssumeRole",
            }
        ],
    }


@pytest.mark.parametrize("role", [ROLE, "CollectorRole"])
def test_its_name_and_its_policies_versions(shared, role) -> None:
    properties = shared["Resources"][role]["Properties"]
    assert properties["RoleName"] == f"{role.removesuffix('Role').lower()}-role-shared"
    for policy in properties["Policies"]:
        assert policy["PolicyName"]
        assert policy["PolicyDocument"]["Version"] == "2012-10-17"
