"""Whether a function's role may put a record: said only of what the template tells."""

import json

import pytest
import yaml

from tests.conftest import PROJECTS
from tocsin import config
from tocsin.attach.instrumentation import may_put
from tocsin.attach.templates import Place, functions_in, template_files

TABLE = "arn:aws:dynamodb:us-east-1:123456789012:table/error-log-table-dev"
PUT = {"Effect": "Allow", "Action": "dynamodb:PutItem", "Resource": TABLE}
ALL = {"Effect": "Allow", "Action": "dynamodb:*", "Resource": "*"}
DENIED = {"Effect": "Deny", "Action": "dynamodb:Put*", "Resource": "*"}
BASIC = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
FULL = "arn:aws:iam::aws:policy/AmazonDynamoDBFullAccess"
TEAMS = "arn:aws:iam::123456789012:policy/team"


def policy(*statements):
    return {"Version": "2012-10-17", "Statement": list(statements)}


def inline(*statements):
    return {"Policies": [{"PolicyName": "p", "PolicyDocument": policy(*statements)}]}


def put_of(tmp_path, name, document):
    """Whether the only function of a template may put a record."""
    (tmp_path / name).write_text(document)
    (template,) = template_files(tmp_path, name)
    (function,) = functions_in(template, Place("us-east-1")).functions
    root = PROJECTS / "attached"
    return may_put(function.statements, config.load(root, "dev"))


@pytest.mark.parametrize(
    ("role", "more", "may"),
    [
        (inline(PUT), {}, True),
        (inline(), {}, False),
        (inline(ALL, DENIED), {}, False),
        (inline({"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}), {}, None),
        (inline({"Effect": "Allow", "Action": "*", "NotResource": TABLE}), {}, None),
        ({"ManagedPolicyArns": [BASIC]}, {}, False),
        ({"ManagedPolicyArns": [BASIC, FULL]}, {}, True),
        ({"ManagedPolicyArns": [BASIC, TEAMS]}, {}, None),
        ({"ManagedPolicyArns": [{"Fn::ImportValue": "team-policy"}]}, {}, None),
        ({"ManagedPolicyArns": [{"Fn::Sub": "arn:${AWS::Partition}:iam::aws:policy/service-role/"
                                 "AWSLambdaBasicExecutionRole"}]}, {}, False),
        ({"ManagedPolicyArns": [{"Ref": "Own"}]},
         {"Own": {"Type": "AWS::IAM::ManagedPolicy",
                  "Properties": {"PolicyDocument": policy(PUT)}}}, True),
        ({"ManagedPolicyArns": [{"Ref": "Own"}]},
         {"Own": {"Type": "AWS::IAM::ManagedPolicy",
                  "Properties": {"PolicyDocument": policy()}}}, False),
    ],
)  # fmt: skip
def test_of_a_role_of_cloudformation(tmp_path, role, more, may) -> None:
    resources = {
        "One": {"Type": "AWS::Lambda::Function",
                "Properties": {"Runtime": "python3.12", "Role": {"Fn::GetAtt": ["Role", "Arn"]}}},
        "Role": {"Type": "AWS::IAM::Role", "Properties": role},
        **more,
    }  # fmt: skip
    assert put_of(tmp_path, "t.json", json.dumps({"Resources": resources})) is may


@pytest.mark.parametrize(
    ("policies", "may"),
    [
        ([], False),
        (BASIC, False),
        ("AmazonDynamoDBFullAccess", True),
        ([TEAMS], None),
        ([{"Ref": "Unknown"}], None),
        ([{"Ref": "Own"}], True),
        ([{"SQSSendMessagePolicy": {"QueueName": "q"}}], False),
        ([{"DynamoDBWritePolicy": {"TableName": "error-log-table-dev"}}], True),
        ([policy(PUT)], True),
    ],
)
def test_of_sams_policies(tmp_path, policies, may) -> None:
    own = {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": policy(PUT)}}
    function = {
        "Type": "AWS::Serverless::Function",
        "Properties": {"Runtime": "python3.12", "Policies": policies},
    }
    template = {
        "Transform": "AWS::Serverless-2016-10-31",
        "Parameters": {"Unknown": {"Type": "String"}},
        "Resources": {"One": function, "Own": own},
    }
    assert put_of(tmp_path, "t.yaml", yaml.safe_dump(template)) is may


ROLE = "aws_iam_role.one"


def plan(role, *policies):
    """A plan of a function with a role, and ``(type, values, references)`` beside them."""
    planned = [
        {"address": "aws_lambda_function.one", "mode": "managed", "type": "aws_lambda_function",
         "values": {"function_name": "one", "runtime": "python3.12"}},
        {"address": ROLE, "mode": "managed", "type": "aws_iam_role", "values": role},
    ]  # fmt: skip
    configured = [
        {"address": "aws_lambda_function.one", "type": "aws_lambda_function",
         "expressions": {"role": {"references": [f"{ROLE}.arn", ROLE]}}},
        {"address": ROLE, "type": "aws_iam_role"},
    ]  # fmt: skip
    for kind, values, references in policies:
        address = f"{kind}.x"
        configured.append({
            "address": address, "type": kind,
            "expressions": {key: {"references": to} for key, to in references.items()},
        })  # fmt: skip
        for index, one in enumerate(values if isinstance(values, list) else [values]):
            planned.append({"address": f"{address}[{index}]", "type": kind, "values": one})
    return {
        "format_version": "1.2",
        "planned_values": {"root_module": {"resources": planned}},
        "configuration": {"root_module": {"resources": configured}},
    }


OF = {"role": [f"{ROLE}.name", ROLE]}
ATTACHMENT = "aws_iam_role_policy_attachment"
TO_OWN = {**OF, "policy_arn": ["aws_iam_policy.x.arn", "aws_iam_policy.x"]}


@pytest.mark.parametrize(
    ("written", "may"),
    [
        (plan({}), False),
        (plan({}, ("aws_iam_role_policy", {"policy": json.dumps(policy(PUT))}, OF)), True),
        (plan({}, ("aws_iam_role_policy", {}, OF)), None),
        (plan({}, (ATTACHMENT, {"policy_arn": BASIC}, OF)), False),
        (plan({}, (ATTACHMENT, [{"policy_arn": BASIC}, {"policy_arn": FULL}], OF)), True),
        (plan({}, (ATTACHMENT, {}, OF)), None),
        (plan({}, (ATTACHMENT, {}, TO_OWN),
              ("aws_iam_policy", {"policy": json.dumps(policy(PUT))}, {})), True),
        (plan({}, (ATTACHMENT, {}, TO_OWN),
              ("aws_iam_policy", {"policy": json.dumps(policy())}, {})), False),
        (plan({}, (ATTACHMENT, {}, TO_OWN), ("aws_iam_policy", {}, {})), None),
        (plan({}, ("aws_iam_policy_attachment", {"policy_arn": FULL},
                   {"roles": [f"{ROLE}.name", ROLE]})), True),
        (plan({"inline_policy": [{"name": "p", "policy": json.dumps(policy(PUT))}]}), True),
        (plan({"managed_policy_arns": [FULL]}), True),
        (plan({"managed_policy_arns": [BASIC]}), False),
    ],
)  # fmt: skip
def test_of_a_plan(tmp_path, written, may) -> None:
    assert put_of(tmp_path, "plan.json", json.dumps(written)) is may
