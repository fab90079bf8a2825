"""Names that are taken stop a deploy before it changes anything, and what then helps does help."""

import json

import pytest

from tests import error_log_table
from tests.conftest import copy_project, deep
from tests.e2e.conftest import Project, free_port
from tocsin import config
from tocsin.packaging.package import compiled_template

TABLE = "error-log-table-local"
STACK = "tocsin-local"
RECORD = {"errorId": {"S": "01M84DMPFT48X4TMWC48RXZF34"}, "timestamp": {"S": "2026-01-01T00:00Z"},
          "functionName": {"S": "orders-function-local"}}  # fmt: skip


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A protected stage that was removed: only its table is there, with a record."""
    project = Project(copy_project(tmp_path_factory.mktemp("taken") / "a project"), free_port())
    project.replace("monitoring.yml", "  local:\n", "  local:\n    protected: true\n")
    try:
        project.invoke("local-start")
        dynamodb = project.client("dynamodb")
        error_log_table.create(dynamodb, TABLE)
        stream = {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"}
        dynamodb.update_table(TableName=TABLE, StreamSpecification=stream)
        dynamodb.put_item(TableName=TABLE, Item=RECORD)
        yield project
    finally:
        project.invoke("local-stop", expect=None)


def refused_deploy(project):
    """What a deploy says that exits 2 and leaves the account as it was."""
    before = inventory(project)
    done = project.invoke("deploy", "--stage", "local", "--no-smoke-test", expect=2)
    assert inventory(project) == before
    return done.stderr.strip().splitlines()[-1]


def inventory(project):
    stacks = project.client("cloudformation").describe_stacks()["Stacks"]
    return {
        "stacks": {stack["StackName"]: (stack["StackStatus"], stack.get("LastUpdatedTime"))
                   for stack in stacks},
        "buckets": [bucket["Name"] for bucket in project.client("s3").list_buckets()["Buckets"]],
        "functions": project.client("lambda").list_functions()["Functions"],
        "tables": project.client("dynamodb").list_tables()["TableNames"],
    }  # fmt: skip


def test_the_table_that_was_left_stops_the_deploy(project) -> None:
    said = refused_deploy(project)
    assert said.startswith(f"table {TABLE}: found one that no stack of stage local has")
    assert "docs/runbook.md#a-protected-stage" in said


def test_taken_over_as_the_runbook_says_it_keeps_its_records(project) -> None:
    """By boto3, what the runbook does with the AWS CLI."""
    stage = config.load(project.root, "local")
    template = json.loads(compiled_template(project.root, stage).read_text())
    table = {
        "Resources": {"ErrorLogTable": template["Resources"]["ErrorLogTable"]},
        "Outputs": {"ErrorLogTableName": template["Outputs"]["ErrorLogTableName"]},
    }
    cloudformation = project.client("cloudformation")
    change_set = {"StackName": STACK, "ChangeSetName": "take-over"}
    cloudformation.create_change_set(
        **change_set,
        ChangeSetType="CREATE",
        ImportExistingResources=True,
        TemplateBody=json.dumps(table),
        Tags=[{"Key": "service", "Value": "tocsin"}],
    )
    cloudformation.get_waiter("change_set_create_complete").wait(**change_set)
    assert f"stack {STACK}: found REVIEW_IN_PROGRESS" in refused_deploy(project)
    cloudformation.execute_change_set(**change_set)
    cloudformation.get_waiter("stack_create_complete").wait(StackName=STACK)
    project.invoke("deploy", "--stage", "local", "--no-smoke-test")
    assert project.client("dynamodb").scan(TableName=TABLE)["Items"] == [RECORD]
    resources = cloudformation.describe_stack_resources(StackName=STACK)["StackResources"]
    assert TABLE in {resource["PhysicalResourceId"] for resource in resources}


@deep
def test_another_service_with_the_same_suffix_is_told_whose_it_is(project) -> None:
    project.replace("monitoring.yml", "service: tocsin\n", "service: billing\n")
    said = refused_deploy(project)
    project.replace("monitoring.yml", "service: billing\n", "service: tocsin\n")
    assert said.startswith(f"environmentSuffix local: found stack {STACK} in us-east-1")
    assert said.endswith("for stage local in monitoring.yml, such as billing-local")


@deep
def test_the_same_stage_in_another_region_is_told_where_it_is(project) -> None:
    before = inventory(project)
    done = project.invoke(
        "deploy", "--stage", "local", "--region", "eu-west-1", "--no-smoke-test", expect=2
    )
    assert inventory(project) == before
    assert "role collector-role-local: found that of stage local in us-east-1" in done.stderr
