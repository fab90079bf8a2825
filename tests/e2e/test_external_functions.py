"""A function that another stack deployed: alarmed, collected from, never called nor changed."""

import json
from collections.abc import Iterator

import pytest

from tests.conftest import copy_project
from tests.e2e.conftest import Project, free_port
from tests.e2e.other_stack import deploy_elsewhere
from tests.waiting import until

NAME = "shop-cart"
GROUP = f"/aws/lambda/{NAME}"
CODE = "import time\n\ndef handler(event, context):\n    time.sleep(60)\n"


@pytest.fixture(scope="module")
def watching(tmp_path_factory) -> Iterator[Project]:
    root = copy_project(tmp_path_factory.mktemp("e2e") / "a project")
    with (root / "monitoring.yml").open("a") as file:
        file.write("\nexternalFunctions:\n  - {prefix: shop-, stages: [local]}\n")
    project = Project(root, free_port())
    try:
        project.invoke("local-start")
        deploy_elsewhere(project, NAME, CODE)
        project.invoke("deploy", "--stage", "local", "--no-smoke-test")
        yield project
    finally:
        project.invoke("local-stop", expect=None)


def configuration(project: Project) -> dict:
    found = project.client("lambda").get_function_configuration(FunctionName=NAME)
    return {key: value for key, value in found.items() if key != "ResponseMetadata"}


def test_the_drill_proves_its_alarms_and_leaves_it_alone(watching: Project) -> None:
    before = configuration(watching)
    done = watching.invoke("smoke-test", "--stage", "local", "--function", NAME, "--json")
    checks = [
        (check["kind"], check["link"], check["result"])
        for check in map(json.loads, done.stdout.splitlines())
        if check["function"] == NAME
    ]
    assert sorted(checks) == [
        ("exception", "notified", "passed"),
        ("import-error", "recorded", "not shown"),
        ("import-error", "subscribed", "passed"),
        ("latency", "notified", "passed"),
        ("throttle", "ALARM", "not shown"),
        ("throttle", "notified", "passed"),
        ("wiring", "ALARM", "not shown"),
        # The longer windows of the error rate.
        ("wiring", "notified", "passed"),
        ("wiring", "notified", "passed"),
    ]
    assert configuration(watching) == before
    events = watching.client("logs").filter_log_events(logGroupName=GROUP)["events"]
    assert events == [], "it was invoked"


def test_its_time_out_is_a_record_under_its_name(watching: Project) -> None:
    answer = watching.client("lambda").invoke(FunctionName=NAME, Payload=b"{}")
    assert answer["FunctionError"]
    records = until(
        lambda: watching.json("errors", "--stage", "local", "--function", NAME), "the record"
    )
    assert [(record["functionName"], record["errorType"]) for record in records] == [
        (NAME, "Sandbox.Timedout")
    ]


def test_taking_the_stage_down_leaves_it_where_it_was(watching: Project) -> None:
    before = configuration(watching)
    watching.invoke("remove", "--stage", "local")
    assert configuration(watching) == before
    logs = watching.client("logs")
    groups = logs.describe_log_groups(logGroupNamePrefix=GROUP)["logGroups"]
    assert [group["logGroupName"] for group in groups] == [GROUP]
    filters = logs.describe_subscription_filters(logGroupName=GROUP)["subscriptionFilters"]
    assert filters == []
