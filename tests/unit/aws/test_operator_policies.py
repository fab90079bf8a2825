"""The policies that `permissions` prints are what the tools call: no action more, none less."""

import ast
import dataclasses
from functools import cache

import botocore.session
import pytest
from botocore import xform_name

from tests.aws_calls import OTHER_NAMES
from tests.conftest import DEMO, ROOT, slow
from tocsin import config
from tocsin.aws import operator_policies
from tocsin.exceptions import InputError

TOOLS = ROOT / "tocsin"
READING = (
    "aws/account.py",
    "aws/alarm_states.py",
    "aws/muted_alarms.py",
    "backtest/*.py",
    "triage/*.py",
    "web/*.py",
)
WRITING = {
    "importer": ("triage/importing.py", "triage/redriving.py"),
    "triager": ("triage/bug_deciding.py",),
    "exporter": ("triage/exporting.py",),
    "muter": ("aws/alarm_muting.py",),
}
INTEGRATION = "../tests/integration/stage/*.py"  # `invoke test-integration`
MODULES = {
    "reader": READING,
    "importer": READING,
    "triager": READING,
    "exporter": READING,
    "muter": (*READING, "aws/alarm_muting.py"),
    "driller": (*READING, "drill/*.py", "aws/function_call.py", "aws/log_lines.py", INTEGRATION),
}
# What is asked for a rule and a queue that are made with their tags:
# https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatch.html
WITH_TAGS = {"cloudwatch:TagResource", "sqs:TagQueue"}
# What SNS does with the key of a topic in the name of who publishes to it.
BY_SNS = {"kms:Decrypt", "kms:GenerateDataKey"}
# These deploy, as whoever may deploy CloudFormation; the local stage needs no rights on AWS.
DEPLOYING = ("triage/release_order.py",)
OTHERS = (
    *DEPLOYING, "aws/discovery.py", "attach/*.py", "deploy/*.py", "stacks/*.py", "local/**/*.py",
)  # fmt: skip
# GetCallerIdentity is answered to everybody:
# https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
NO_RIGHT = {"sts:GetCallerIdentity"}
NOT_AWS = {"get_template"}  # of Jinja
UNSCOPED = {
    "cloudwatch:ListAlarmMuteRules",
    "sqs:ListQueues",
    "cloudwatch:DescribeAlarmHistory",
    "cloudwatch:GetMetricData",
    "cloudwatch:DescribeAlarms",
    "cloudwatch:GetMetricStatistics",
    "sns:GetSubscriptionAttributes",
    "sns:Unsubscribe",
}


def files(patterns):
    return {file for pattern in patterns for file in TOOLS.glob(pattern)}


@pytest.fixture(scope="module")
def operations():
    """Method of a boto3 client -> service -> the IAM action it means, over the services in use."""
    session = botocore.session.Session()
    found = {}
    for service in {name for file in TOOLS.rglob("*.py") for name in services(file)}:
        for operation in session.get_service_model(service).operation_names:
            action = f"{service}:{operation}"
            meant = OTHER_NAMES.get(action, action)
            found.setdefault(xform_name(operation), {})[service] = meant
    return found


@cache
def calls(file):
    """(method, first argument if it is written out) of each call in ``file``."""
    found = []
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            first = node.args[0] if node.args else None
            found.append((node.func.attr, first.value if isinstance(first, ast.Constant) else None))
    return found


def services(file):
    return {argument for method, argument in calls(file) if method == "client" and argument}


def actions(chosen, operations):
    """What the code in the files ``chosen`` asks of AWS, as IAM actions."""
    found = set()
    for file in chosen:
        for method, argument in calls(file):
            name = argument if method == "get_paginator" else method
            if name in operations and name not in NOT_AWS:
                by_service = operations[name]
                # Several services have a GetPolicy: meant is that of one the file has a client of.
                here = by_service.keys() & services(file) or by_service
                found |= {by_service[service] for service in here}
    return found - NO_RIGHT


def granted(role):
    statements = operator_policies.policy(config.load(DEMO, "dev"), role)["Statement"]
    return (
        {action for statement in statements for action in statement["Action"]} - BY_SNS - WITH_TAGS
    )


# What it may is more than calls: tests/unit/aws/test_deployer_policy.py.
CALLING = [role for role in operator_policies.ROLES if role != "deployer"]


@slow
@pytest.mark.parametrize("role", CALLING)
def test_a_role_may_do_what_its_tasks_call(operations, role) -> None:
    chosen = files(MODULES[role]) - files(DEPLOYING)
    for other in WRITING.keys() - {role}:
        chosen -= files(WRITING[other])
    assert granted(role) == actions(chosen, operations)


@slow
def test_every_module_that_calls_aws_belongs_to_a_role(operations) -> None:
    known = files([*(module for all_ in MODULES.values() for module in all_), *OTHERS])
    others = {file for file in TOOLS.rglob("*.py") if file not in known}
    unknown = {other.relative_to(ROOT).as_posix() for other in others if services(other)}
    assert unknown == set()


@pytest.mark.parametrize("role", CALLING)
def test_a_role_reaches_nothing_beyond_its_stage(role) -> None:
    document = operator_policies.policy(config.load(DEMO, "prod"), role, "123456789012")
    for statement in document["Statement"]:
        for resource in statement["Resource"]:
            if resource == "*":  # AWS knows no resource for these, or no narrower one
                assert set(statement["Action"]) <= UNSCOPED
                continue
            assert resource.startswith("arn:aws:")
            assert ":us-east-1:123456789012:" in resource
            named = "prod" in resource or resource.endswith(
                (":alarm:*", ":drill-probe-*", ":alarm-mute-rule:*")
            )
            assert named or "topics-key-prod" in str(statement.get("Condition")), resource


@slow
@pytest.mark.parametrize(
    ("region", "partition"),
    [
        ("eu-west-1", "aws"),
        ("cn-north-1", "aws-cn"),
        ("us-gov-west-1", "aws-us-gov"),
        ("us-iso-east-1", "aws-iso"),
        ("us-isob-east-1", "aws-iso-b"),
        ("eusc-de-east-1", "aws-eusc"),
    ],
)
@pytest.mark.parametrize("role", operator_policies.ROLES)
def test_a_policy_is_of_the_partition_of_its_region(role, region, partition) -> None:
    stage = dataclasses.replace(config.load(DEMO, "dev"), region=region)
    for statement in operator_policies.policy(stage, role)["Statement"]:
        for resource in statement["Resource"]:
            assert resource == "*" or resource.startswith(f"arn:{partition}:"), resource


KEY = "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
THROUGH_SNS = {"StringEquals": {"kms:ViaService": "sns.us-east-1.amazonaws.com"}}


@pytest.mark.parametrize(
    ("topic_key", "resource", "condition"),
    [
        (
            "own",
            "arn:aws:kms:us-east-1:*:key/*",
            {
                **THROUGH_SNS,
                "ForAnyValue:StringEquals": {"kms:ResourceAliases": "alias/topics-key-dev"},
            },
        ),
        (KEY, KEY, THROUGH_SNS),
    ],
)
def test_who_publishes_may_use_the_topics_key_through_sns_alone(
    topic_key, resource, condition
) -> None:
    stage = dataclasses.replace(config.load(DEMO, "dev"), topic_key=topic_key)
    statements = operator_policies.policy(stage, "driller")["Statement"]
    (statement,) = [statement for statement in statements if BY_SNS & set(statement["Action"])]
    assert set(statement["Action"]) == BY_SNS
    assert (statement["Resource"], statement["Condition"]) == ([resource], condition)


def test_a_topic_without_a_key_needs_no_right_on_one() -> None:
    stage = dataclasses.replace(config.load(DEMO, "dev"), topic_key="none")
    assert "kms" not in str(operator_policies.policy(stage, "driller"))


def test_an_unknown_role_is_refused() -> None:
    with pytest.raises(InputError, match="--role: found 'root'; accepted: reader"):
        operator_policies.policy(config.load(DEMO, "dev"), "root")
