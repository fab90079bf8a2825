"""`check` names each way in which a role is too wide or too narrow."""

import copy
from dataclasses import replace

import pytest

from tests.conftest import SHARED, seldom
from tocsin import config
from tocsin.check.role_rules import roles
from tocsin.cloudformation.template import Template

ROLE = "OrdersRole"
LOGS = {"Fn::GetAtt": ["PaymentsLogGroup", "Arn"]}
INDEX = {"Fn::Sub": "${ErrorLogTable.Arn}/index/*"}


@pytest.fixture
def findings_after(compiled, compiled_project):
    """``findings_after(change)``: (rule, subject, message) after ``change(resources)``."""

    def run(change=lambda resources: None, stage_name="dev"):
        template = copy.deepcopy(compiled(stage_name))
        change(template["Resources"])
        stage = config.load(compiled_project, stage_name)
        return [
            (finding.rule, finding.subject, finding.message)
            for finding in roles(stage, Template(template))
        ]

    return run


def statement(resources, policy=0):
    return resources[ROLE]["Properties"]["Policies"][policy]["PolicyDocument"]["Statement"][0]


def trust(resources):
    return resources[ROLE]["Properties"]["AssumeRolePolicyDocument"]["Statement"][0]


def granting(policy=0, **changes):
    return lambda resources: statement(resources, policy).update(changes)


def trusting(**changes):
    return lambda resources: trust(resources).update(changes)


def role(**changes):
    return lambda resources: resources[ROLE]["Properties"].update(changes)


def resource(**added):
    return lambda resources: resources.update(added)


def function(name, **changes):
    return lambda resources: resources[f"{name}LambdaFunction"]["Properties"].update(changes)


def runs_as(name, role_name):
    return function(name, Role={"Fn::GetAtt": [role_name, "Arn"]})


WRONG = [
    (granting(Action="dynamodb:*"), ROLE, "wildcard-action", "grants dynamodb:*"),
    (granting(Action=["dynamodb:PutItem", "*"]), ROLE, "wildcard-action", "grants *"),
    (granting(Action="dynamodb:Put?tem"), ROLE, "wildcard-action", "Put?tem"),
    (granting(Resource="*"), ROLE, "wildcard-resource", "every resource (*)"),
    (granting(Resource=[INDEX]), ROLE, "wildcard-resource", "/index/*"),
    (granting(1, Resource="arn:aws:logs:*:*:*"), ROLE, "wildcard-resource", "arn:aws:logs:*:*"),
    (granting(NotAction="s3:*"), ROLE, "inverted", "NotAction grants all but"),
    (granting(NotResource="arn:aws:s3:::a"), ROLE, "inverted", "NotResource grants all but"),
    (trusting(Principal="*"), ROLE, "trust", "not lambda.amazonaws.com alone"),
    (trusting(Principal={"AWS": "123456789012"}), ROLE, "trust", "123456789012"),
    (
        trusting(Principal={"Service": ["lambda.amazonaws.com", "ec2.amazonaws.com"]}),
        ROLE,
        "trust",
        "ec2.amazonaws.com",
    ),
    (trusting(Action=["sts:AssumeRole", "sts:TagSession"]), ROLE, "trust", "sts:TagSession"),
    (role(AssumeRolePolicyDocument={"Statement": []}), ROLE, "trust", "trusts None"),
    (trusting(Effect="Deny"), ROLE, "trust", "trusts"),
    (role(ManagedPolicyArns=["arn:aws:iam::aws:policy/X"]), ROLE, "managed-policy", "policy/X"),
    (resource(More={"Type": "AWS::IAM::Policy"}), "More", "attached", "stand in the role"),
    (resource(More={"Type": "AWS::IAM::ManagedPolicy"}), "More", "attached", "in the role"),
    (granting(1, Resource=LOGS), ROLE, "logs", "payments-function-dev, not its own"),
    (granting(1, Resource=LOGS), ROLE, "logs", "orders-function-dev may not logs:PutLogEvents"),
    (granting(1, Action="logs:PutLogEvents"), ROLE, "logs", "may not logs:CreateLogStream"),
    (granting(1, Effect="Deny"), ROLE, "logs", "may not logs:PutLogEvents"),
    (granting(Action="dynamodb:Scan"), ROLE, "table", "may not write the error log"),
    (
        granting(Resource={"Fn::GetAtt": ["OtherTable", "Arn"]}),
        ROLE,
        "table",
        "dynamodb:PutItem on OtherTable, not the error table",
    ),
    (runs_as("Orders", "PaymentsRole"), ROLE, "unused", "the role of no function"),
    (
        runs_as("Orders", "PaymentsRole"),
        "PaymentsRole",
        "logs",
        "orders-function-dev may not logs:PutLogEvents",
    ),
    (
        runs_as("Orders", "PaymentsRole"),
        "PaymentsRole",
        "stranger",
        "orders-function-dev runs as payments-role-dev, not as orders-role-dev",
    ),
    (
        function("Orders", DeadLetterConfig={"TargetArn": {"Fn::GetAtt": ["Letters", "Arn"]}}),
        ROLE,
        "dead-letters",
        "may not send to Letters",
    ),
]


@pytest.mark.parametrize(("change", "subject", "rule", "message"), seldom(WRONG, 3))
def test_what_is_wrong_with_a_role_is_named(findings_after, change, subject, rule, message) -> None:
    named = [
        said
        for name, who, said in findings_after(change)
        if (name, who) == (f"roles/{rule}", subject)
    ]
    assert any(message in text for text in named), named


@pytest.mark.parametrize("stage_name", ["dev", SHARED])
def test_the_shipped_roles_have_no_finding(findings_after, stage_name) -> None:
    assert findings_after(stage_name=stage_name) == []


def test_functions_that_share_a_role_unasked_are_named(findings_after) -> None:
    """Also where the role has all that they need, and nothing more."""

    def change(resources):
        for name in ("Payments", "Notifications"):
            runs_as(name, ROLE)(resources)
            del resources[f"{name}Role"]
            log = {"Fn::GetAtt": [f"{name}LogGroup", "Arn"]}
            statement(resources, 1)["Resource"].append(log)

    assert findings_after(change) == [
        (
            "roles/stranger",
            ROLE,
            f"{key}-function-dev runs as orders-role-dev, not as {key}-role-dev",
        )
        for key in ("payments", "notifications")
    ]


def shared_logs(resources):
    (found,) = resources["FunctionsRole"]["Properties"]["Policies"][1]["PolicyDocument"][
        "Statement"
    ]
    return found["Resource"]


def alone(resources):
    """Orders with a role of its own, as it were without `roles: shared`."""
    own = copy.deepcopy(resources["FunctionsRole"])
    own["Properties"]["RoleName"] = "orders-role-shared"
    resources["OrdersRole"] = own
    shared_logs({"FunctionsRole": own})[1:] = []
    del shared_logs(resources)[0]
    runs_as("Orders", "OrdersRole")(resources)


COLLECTORS = {"Fn::GetAtt": ["CollectorLogGroup", "Arn"]}
WRONG_SHARED = [
    (
        lambda resources: shared_logs(resources).pop(1),
        "logs",
        "payments-function-shared may not logs:PutLogEvents in "
        "/aws/lambda/payments-function-shared",
    ),
    (
        lambda resources: shared_logs(resources).append(COLLECTORS),
        "logs",
        "grants on the log /aws/lambda/collector-function-shared, not its own",
    ),
    (
        lambda resources: shared_logs(resources).append({"Fn::Sub": "${OrdersLogGroup.Arn}*"}),
        "wildcard-resource",
        "grants on ${OrdersLogGroup.Arn}*",
    ),
    (
        runs_as("Collector", "FunctionsRole"),
        "stranger",
        "collector-function-shared runs as functions-role-shared, not as collector-role-shared",
    ),
    (
        lambda resources: resources["FunctionsRole"]["Properties"].update(RoleName="a-role-shared"),
        "stranger",
        "orders-function-shared runs as a-role-shared, not as functions-role-shared",
    ),
    (
        alone,
        "stranger",
        "orders-function-shared runs as orders-role-shared, not as functions-role-shared",
    ),
]


@pytest.mark.parametrize(("change", "rule", "message"), WRONG_SHARED)
def test_what_is_wrong_with_a_shared_role_is_named(findings_after, change, rule, message) -> None:
    found = findings_after(change, SHARED)
    assert (f"roles/{rule}", message) in [(name, said) for name, _, said in found]


def test_a_log_group_of_its_own_may_be_written_out(findings_after) -> None:
    """With the streams after it, as an ARN from GetAtt has them."""

    def change(resources):
        statement(resources, 1)["Resource"] = {"Fn::Sub": "${OrdersLogGroup.Arn}:*"}

    assert findings_after(change) == []


KEY = "waits-for-deploy:ssm:/kms"


@pytest.mark.parametrize(
    ("actions", "said"), [(["kms:Decrypt"], []), (["kms:Encrypt"], ["roles/needed"])]
)
def test_a_right_on_what_osls_fills_in_is_found_again(compiled, compiled_project, actions, said):
    """``kmsKeyArn: ${ssm:/kms}`` is the account's value in the template, or its stand-in."""
    stage = config.load(compiled_project, "dev")
    functions = tuple(
        replace(function, keys={**function.keys, "kmsKeyArn": "${ssm:/kms}"})
        if function.key == "orders"
        else function
        for function in stage.functions
    )
    template = copy.deepcopy(compiled("dev"))
    inside = template["Resources"][ROLE]["Properties"]["Policies"][0]["PolicyDocument"]
    inside["Statement"].append({"Effect": "Allow", "Action": actions, "Resource": [KEY]})
    found = roles(replace(stage, functions=functions), Template(template))
    assert [finding.rule for finding in found if finding.rule == "roles/needed"] == said
