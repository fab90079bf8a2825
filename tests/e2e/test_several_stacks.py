"""A stage of more functions than one stack holds: deployed, drilled, changed and removed."""

import json

import pytest

from tests.conftest import DEEP
from tests.e2e.conftest import Project, free_port
from tests.many_functions import KEY, project_of
from tocsin.config.assignment import CAPACITY
from tocsin.dashboards.body_validation import problems

pytestmark = pytest.mark.skipif(not DEEP, reason="minutes long: part of `invoke test-deep`")

LAST = KEY.format(CAPACITY + 1)


@pytest.fixture(scope="module")
def deployed(tmp_path_factory):
    """(project, what the deploy printed) of two functions more than the main stack takes."""
    root = project_of(tmp_path_factory.mktemp("several") / "a project", CAPACITY + 2)
    project = Project(root, free_port())
    try:
        yield project, project.invoke("deploy", "--stage", "local", "--no-smoke-test")
    finally:
        project.invoke("local-stop", expect=None)


def stacks(project):
    found = project.client("cloudformation").describe_stacks()["Stacks"]
    return {
        stack["StackName"]: stack for stack in found if stack["StackStatus"] != "DELETE_COMPLETE"
    }


def test_the_stacks_are_deployed_in_order_and_told(deployed) -> None:
    project, done = deployed
    assert set(stacks(project)) == {"tocsin-local", "tocsin-2-local", "tocsin-summary-local"}
    told = [line.strip() for line in done.stderr.splitlines() if line.endswith(": deployed")]
    assert told == [f"{name}: deployed" for name in
                    ("tocsin-local", "tocsin-2-local", "tocsin-summary-local")]  # fmt: skip


def test_a_function_of_the_second_stack_fails_records_and_alarms(deployed) -> None:
    project, _ = deployed
    done = project.invoke(
        "smoke-test", "--stage", "local", "-f", LAST, "--only", "exception,timeout"
    )
    assert "0 failed" in done.stdout
    records = project.json("errors", "--stage", "local", "-f", LAST)
    assert {record["functionName"] for record in records} == {f"{LAST}-function-local"}
    # The time-out went through the subscription to the collector of the main stack.
    assert {record["source"] for record in records} >= {"handler", "platform"}


def test_the_overview_and_a_dashboard_for_each_stack_are_deployed(deployed) -> None:
    project, _ = deployed
    cloudwatch = project.client("cloudwatch")
    listed = cloudwatch.list_dashboards()["DashboardEntries"]
    assert {dashboard["DashboardName"] for dashboard in listed} == {
        "monitoring-dashboard-local",
        "functions-1-dashboard-local",
        "functions-2-dashboard-local",
    }
    for dashboard in listed:
        text = cloudwatch.get_dashboard(DashboardName=dashboard["DashboardName"])["DashboardBody"]
        body = json.loads(text)
        assert list(problems(body)) == []
        assert "${" not in text
    overview = json.loads(
        cloudwatch.get_dashboard(DashboardName="monitoring-dashboard-local")["DashboardBody"]
    )
    shown = {
        arn for widget in overview["widgets"] for arn in widget["properties"].get("alarms", ())
    }
    deployed_alarms = {
        alarm["AlarmArn"]
        for page in cloudwatch.get_paginator("describe_alarms").paginate()
        for alarm in page["MetricAlarms"]
    }
    assert shown == deployed_alarms


def test_alarms_lists_those_of_all_stacks(deployed) -> None:
    project, _ = deployed
    states = project.json("alarms", "--stage", "local")
    assert {state["function"] for state in states} == {KEY.format(n) for n in range(CAPACITY + 2)}
    assert not [state for state in states if state["state"] == "NOT DEPLOYED"]


def test_a_new_function_goes_where_there_is_room_and_moves_nobody(deployed) -> None:
    project, _ = deployed
    lock = (project.root / "stacks.lock.yml").read_text()
    document = project_of(project.root, CAPACITY + 3)
    project.invoke("deploy", "--stage", "local", "--no-smoke-test")
    new = (document / "stacks.lock.yml").read_text()
    assert set(lock.splitlines()) < set(new.splitlines())
    outputs = stacks(project)["tocsin-2-local"]["Outputs"]
    names = {output["OutputKey"]: output["OutputValue"] for output in outputs}["FunctionNames"]
    assert len(names.split(",")) == 3


def test_a_lost_lock_is_recovered_from_what_is_deployed(deployed) -> None:
    project, _ = deployed
    lock = project.root / "stacks.lock.yml"
    text = lock.read_text()
    lock.unlink()
    file = project.root / "monitoring.yml"
    first = f"  {KEY.format(0)}:"
    shuffled = file.read_text().replace(first, f"  {LAST}:\n    timeout: 6\n{first}", 1)
    head, _, tail = shuffled.rpartition(f"  {LAST}:\n")
    file.write_text(head + tail.split("\n", 2)[2])
    done = project.invoke("deploy", "--stage", "local", "--no-smoke-test", expect=2)
    assert f"{LAST}: 2  # found 1" in done.stderr
    assert "invoke stacks --stage local --recover" in done.stderr
    project.invoke("stacks", "--stage", "local", "--recover")
    assert lock.read_text() == text


def test_a_stage_that_fits_into_one_stack_again_has_only_that(deployed) -> None:
    project, _ = deployed
    project_of(project.root, CAPACITY)
    project.invoke("deploy", "--stage", "local", "--no-smoke-test")
    assert set(stacks(project)) == {"tocsin-local"}
    project_of(project.root, CAPACITY + 2)
    project.invoke("deploy", "--stage", "local", "--no-smoke-test")
    assert len(stacks(project)) == 3


def test_remove_leaves_nothing(deployed) -> None:
    project, _ = deployed
    project.invoke("remove", "--stage", "local")
    assert stacks(project) == {}
    assert project.client("lambda").list_functions()["Functions"] == []
    assert project.client("cloudwatch").describe_alarms()["MetricAlarms"] == []
    assert project.client("dynamodb").list_tables()["TableNames"] == []
    assert project.client("logs").describe_log_groups()["logGroups"] == []
