"""A deploy finds that names are taken before it changes anything; moto has role and table."""

import json
from dataclasses import replace

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws
from moto.core import set_initial_no_auth_action_count

from tests import error_log_table
from tests.conftest import DEMO, ROOT
from tocsin import config
from tocsin.aws import account as accounts
from tocsin.aws.account import Account
from tocsin.deploy.described import DescribedStack, OthersStack, own_stacks
from tocsin.deploy.name_conflicts import LeftOver, TakenNames, refuse_taken
from tocsin.exceptions import InputError

HERE, ELSEWHERE = "us-east-1", "eu-west-1"
TRUST = json.dumps({"Version": "2012-10-17", "Statement": []})


@pytest.fixture
def stage():
    return config.load(DEMO, "dev")


@pytest.fixture
def account(monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    with mock_aws():
        yield Account(HERE, boto3.Session(region_name=HERE), {})


def stack(name, service=None, status="UPDATE_COMPLETE", **outputs):
    return DescribedStack(name, status, outputs, {"service": service} if service else {})


def main_stack(service="shop", suffix="dev"):
    outputs = {"EnvironmentSuffix": suffix, "ErrorLogTableName": f"error-log-table-{suffix}"}
    return stack(f"{service}-{suffix}", service, **outputs)


def create_role(account, name="collector-role-dev", **tags):
    account.client("iam").create_role(
        RoleName=name,
        AssumeRolePolicyDocument=TRUST,
        Tags=[{"Key": key, "Value": value} for key, value in tags.items()],
    )


def stack_id(name, region):
    return f"arn:aws:cloudformation:{region}:123456789012:stack/{name}/5c1c6c50-0000-11f0-8000"


def ask(account, stage, *stacks):
    """What a deploy asks first of an account and region with these stacks."""
    refuse_taken(account, stage, stacks, own_stacks(stage, stacks))


def refused(error, account, stage, *stacks) -> str:
    with pytest.raises(error) as raised:
        ask(account, stage, *stacks)
    assert isinstance(raised.value, InputError)
    message = str(raised.value)
    assert "found" in message
    assert "nothing was" in message
    assert "accepted: " in message
    return message


def test_an_account_where_all_names_are_free_is_fine(account, stage) -> None:
    create_role(account, "collector-role-prod")
    error_log_table.create(account.client("dynamodb"), "error-log-table-prod")
    ask(account, stage, main_stack(suffix="prod"), stack("something", EnvironmentSuffix="dev"))


def test_a_stage_is_not_in_its_own_way(account, stage) -> None:
    create_role(account, stack=stack_id("tocsin-dev", HERE))
    error_log_table.create(account.client("dynamodb"), "error-log-table-dev")
    further = stack("tocsin-2-dev", "tocsin", EnvironmentSuffix="dev", FunctionNames="a")
    ask(account, stage, main_stack("tocsin"), further)


def test_another_service_with_the_suffix_is_named_with_a_suffix_to_take(account, stage) -> None:
    message = refused(TakenNames, account, stage, main_stack())
    assert message.startswith("environmentSuffix dev: found stack shop-dev in us-east-1")
    assert "(service shop)" in message
    assert message.endswith(
        "accepted: another environmentSuffix for stage dev in monitoring.yml, such as tocsin-dev"
    )


def test_a_further_stack_of_another_service_has_the_suffix_too(account, stage) -> None:
    further = stack("shop-2-dev", "shop", EnvironmentSuffix="dev", FunctionNames="x")
    assert "found stack shop-2-dev" in refused(TakenNames, account, stage, further)


def test_no_suffix_is_given_as_an_example_that_would_be_refused(account, stage) -> None:
    for service in ("a-service-of-many-words", "alarm"):
        message = refused(TakenNames, account, replace(stage, service=service), main_stack())
        assert message.endswith("for stage dev in monitoring.yml")


def test_stacks_whose_names_agree_by_chance_are_told_apart(account, stage) -> None:
    """Service shop-web on dev, service shop on web-dev."""
    web = replace(stage, service="shop-web")
    message = refused(OthersStack, account, web, main_stack("shop", "web-dev"))
    assert message.startswith(
        "stack shop-web-dev: found that of service shop, suffix web-dev; nothing was changed"
    )
    untagged = stack("shop-web-dev", EnvironmentSuffix="web-dev")
    message = refused(OthersStack, account, web, untagged)
    assert "found that of suffix web-dev" in message
    ask(account, web, stack("shop-web-dev", EnvironmentSuffix="dev"))


def test_a_stack_of_something_else_with_our_name_is_left_alone(account, stage) -> None:
    message = refused(OthersStack, account, stage, stack("tocsin-dev"))
    assert "found that of something that is no stage of Tocsin" in message


@pytest.mark.parametrize("other", ["eu-west-1", "ap-south-1"])
def test_the_same_stage_in_another_region_has_the_names_of_the_roles(account, stage, other) -> None:
    create_role(account, stack=stack_id("tocsin-dev", other))
    message = refused(TakenNames, account, stage)
    assert f"role collector-role-dev: found that of stage dev in {other}" in message
    assert "not deployed in us-east-1" in message
    assert f"accepted: --region {other}, or another environmentSuffix for stage dev" in message
    assert message.endswith("such as dev-us-east-1")


@pytest.mark.parametrize(
    ("tags", "whose"),
    [
        ({"stack": stack_id("shop-dev", ELSEWHERE)}, "stack shop-dev in eu-west-1"),
        ({"stack": stack_id("tocsin-dev", HERE)}, "stack tocsin-dev in us-east-1"),
        ({"service": "shop", "stage": "dev"}, "service shop, stage dev"),
        ({"stack": "mine"}, "something that does not say what it is"),
        ({}, "something that does not say what it is"),
    ],
)
def test_a_role_says_whose_it_is_where_its_tags_tell(account, stage, tags, whose) -> None:
    create_role(account, **tags)
    message = refused(TakenNames, account, stage)
    assert f"found that of {whose}; stage dev is not deployed in us-east-1" in message
    assert "such as tocsin-dev, or that role deleted" in message


def test_the_table_that_a_removed_protected_stage_left_is_named_with_what_to_do(account) -> None:
    error_log_table.create(account.client("dynamodb"), "error-log-table-prod")
    message = refused(LeftOver, account, config.load(DEMO, "prod"))
    assert message.startswith("table error-log-table-prod: found one that no stack of stage prod")
    assert "docs/runbook.md#a-protected-stage" in message
    assert "## A protected stage" in (ROOT / "docs" / "runbook.md").read_text()


def test_the_log_of_a_function_that_a_protected_stage_takes_again_is_named(account) -> None:
    stage = config.load(DEMO, "prod")
    error_log_table.create(account.client("dynamodb"), "error-log-table-prod")
    kept = "/aws/lambda/orders-function-prod"
    for name in (kept, f"{kept}-of-another", "/aws/lambda/payments-function-prod"):
        account.client("logs").create_log_group(logGroupName=name)
    main = main_stack("tocsin", "prod")
    main.outputs["FunctionNames"] = "payments-function-prod,notifications-function-prod"
    message = refused(LeftOver, account, stage, main)
    assert message.startswith(f"log group {kept}: found one that no stack of stage prod has")
    assert "docs/runbook.md#a-protected-stage" in message
    main.outputs["FunctionNames"] += ",orders-function-prod"
    ask(account, stage, main)


def test_logs_are_in_the_way_of_no_stage_that_took_them_over_or_keeps_none(account, stage) -> None:
    for name in ("prod", "dev"):
        account.client("logs").create_log_group(logGroupName=f"/aws/lambda/orders-function-{name}")
    ask(account, config.load(DEMO, "prod"), main_stack("tocsin", "prod"))
    dev = main_stack("tocsin")
    dev.outputs["FunctionNames"] = "payments-function-dev"
    ask(account, stage, dev)


def test_a_first_deploy_that_failed_leaves_a_stack_but_no_name(account, stage) -> None:
    """osls first makes a stack of its bucket alone: one without our outputs."""
    failed = stack(
        "tocsin-dev", "tocsin", "UPDATE_ROLLBACK_COMPLETE", ServerlessDeploymentBucketName="b"
    )
    ask(account, stage, failed)
    create_role(account)
    refused(TakenNames, account, stage, failed)


def test_a_table_that_the_stage_has_taken_over_is_its_own(account, stage) -> None:
    error_log_table.create(account.client("dynamodb"), "error-log-table-dev")
    ask(account, stage, stack("tocsin-dev", "tocsin", ErrorLogTableName="error-log-table-dev"))


@pytest.mark.parametrize(
    "status", ["ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "DELETE_FAILED", "REVIEW_IN_PROGRESS"]
)
def test_a_stack_that_can_only_be_removed_is_named_with_the_removal(account, stage, status) -> None:
    create_role(account, stack=stack_id("tocsin-dev", HERE))
    left = stack("tocsin-dev", "tocsin", status)
    message = refused(LeftOver, account, stage, left)
    assert message.startswith(f"stack tocsin-dev: found {status}")
    assert "`./inv remove --stage dev`" in message
    protected = replace(stage, protected=True)
    assert "--stage dev --yes`" in refused(LeftOver, account, protected, left)


def test_a_change_set_that_nobody_executed_says_nothing_and_is_in_the_way(account, stage) -> None:
    untold = stack("tocsin-dev", status="REVIEW_IN_PROGRESS")
    message = refused(LeftOver, account, stage, untold)
    assert message.startswith("stack tocsin-dev: found REVIEW_IN_PROGRESS")


@pytest.mark.parametrize("status", ["CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS"])
def test_the_stage_that_somebody_is_deploying_is_left_to_cloudformation(
    account, stage, status
) -> None:
    create_role(account, stack=stack_id("tocsin-dev", HERE))
    ask(account, stage, stack("tocsin-dev", "tocsin", status))


@pytest.fixture
def may_not_ask(account):
    """The account as somebody sees it who has no right in IAM."""
    iam = account.client("iam")
    iam.create_user(UserName="pipeline")
    statement = {"Effect": "Allow", "Action": "dynamodb:DescribeTable", "Resource": "*"}
    iam.put_user_policy(
        UserName="pipeline", PolicyName="p",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
    )  # fmt: skip
    key = iam.create_access_key(UserName="pipeline")["AccessKey"]
    session = boto3.Session(
        aws_access_key_id=key["AccessKeyId"],
        aws_secret_access_key=key["SecretAccessKey"],
        region_name=HERE,
    )
    return Account(HERE, session, {})


def test_who_may_not_ask_goes_on_and_is_told_of_the_rest_still(account, may_not_ask, stage) -> None:
    """Of a table that he may not ask for: tests/e2e/test_permissions.py."""
    create_role(account)
    enforced = set_initial_no_auth_action_count(0)
    enforced(ask)(may_not_ask, stage)
    enforced(refused)(TakenNames, may_not_ask, stage, main_stack())
    error_log_table.create(account.client("dynamodb"), "error-log-table-dev")
    enforced(refused)(LeftOver, may_not_ask, stage)
    refused(TakenNames, may_not_ask, stage)  # as nobody is held to his rights here


def test_an_iam_that_cannot_be_reached_does_not_stop_a_deploy(stage, monkeypatch) -> None:
    monkeypatch.setattr(accounts, "MAX_ATTEMPTS", 1)
    session = boto3.Session("testing", "testing", region_name=HERE)
    ask(Account(HERE, session, {}, endpoint="http://127.0.0.1:9"), stage)


def test_any_other_answer_is_an_error_of_its_own(account, stage) -> None:
    def throttled(**_):
        raise ClientError({"Error": {"Code": "Throttling"}}, "GetRole")

    account.client("iam").get_role = throttled
    with pytest.raises(ClientError, match="Throttling"):
        ask(account, stage)
