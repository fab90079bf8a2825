"""What osls tells CloudFormation of the alarm that undoes a deploy, on a stage as on AWS."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from tests.aws_environment import forget_account
from tests.e2e.cloudformation_relay import Relay, relay_to
from tests.e2e.conftest import Project, free_port
from tests.many_functions import project_of
from tocsin.local import LocalStage, advance, read
from tocsin.local import project as local_project

ALARM = "health-alarm-dev"
DEPLOY = ("deploy", "--stage", "dev", "--no-smoke-test")
MINUTES = 7
PATIENCE_MIN = 20


@pytest.fixture(scope="module")
def dev(tmp_path_factory) -> Iterator[tuple[Project, Relay]]:
    """The stage dev of one function, deployed with the rollback on; CloudFormation is relayed."""
    root = project_of(tmp_path_factory.mktemp("rollback") / "a project", 1)
    project = Project(root, free_port())
    project.replace(
        "monitoring.yml",
        "rollback:\n  enabled: false\n  minutes: 10",
        f"rollback:\n  enabled: true\n  minutes: {MINUTES}",
    )
    try:
        project.invoke("local-start")
        running = local_project.running(root)
        with relay_to(running) as (relay, endpoint), pytest.MonkeyPatch.context() as patch:
            forget_account(patch)
            variables = running.environment()
            for name, value in (variables | {"AWS_ENDPOINT_URL_CLOUDFORMATION": endpoint}).items():
                patch.setenv(name, value)
            project.invoke(*DEPLOY)
            yield project, relay
    finally:
        project.invoke("local-stop", expect=None)


def told(update: dict[str, str]) -> dict[str, str]:
    """What an UpdateStack said of its rollback."""
    start = "RollbackConfiguration."
    return {
        key.removeprefix(start): value for key, value in update.items() if key.startswith(start)
    }


NOTHING = {"RollbackTriggers": "", "MonitoringTimeInMinutes": "0"}


def lose_records(project: Project) -> None:
    """For as many minutes as a test may take: an alarm that pages fires, and so the stage's."""
    running = local_project.running(project.root)
    now = read(running).now
    project.client("cloudwatch").put_metric_data(
        Namespace="tocsin",
        MetricData=[
            {
                "MetricName": "ErrorLogLost",
                "Dimensions": [{"Name": "Stage", "Value": "dev"}],
                "Timestamp": now + timedelta(minutes=minute),
                "Value": 1,
            }
            for minute in range(PATIENCE_MIN)
        ],
    )
    assert (ALARM, "ALARM") in changes(running, 3 * 60)


def calm_down(project: Project) -> None:
    running = local_project.running(project.root)
    assert (ALARM, "OK") in changes(running, (PATIENCE_MIN + 5) * 60)


def changes(running: LocalStage, seconds: float) -> set[tuple[str, str]]:
    return {(change.alarm, change.new) for change in advance(running, seconds).changed}


def test_the_first_deploy_names_no_alarm_for_none_is_there(dev) -> None:
    _, relay = dev
    assert [told(update) for update in relay.updates] == [NOTHING]


def test_the_next_one_names_the_composite_alarm_and_the_minutes(dev) -> None:
    project, relay = dev
    before = len(relay.updates)
    project.replace("monitoring.yml", "threshold: 500", "threshold: 600")
    project.invoke(*DEPLOY)
    (update,) = relay.updates[before:]
    assert told(update) == {
        "RollbackTriggers.member.1.Arn": f"arn:aws:cloudwatch:us-east-1:000000000000:alarm:{ALARM}",
        "RollbackTriggers.member.1.Type": "AWS::CloudWatch::CompositeAlarm",
        "MonitoringTimeInMinutes": str(MINUTES),
    }


def test_while_it_fires_only_a_deploy_without_it_changes_anything(dev) -> None:
    project, relay = dev
    before = len(relay.updates)
    lose_records(project)
    refused = project.invoke(*DEPLOY, expect=2)
    assert f"found {ALARM} in ALARM, which would undo it; nothing was deployed" in refused.stderr
    assert relay.updates[before:] == []
    project.invoke(*DEPLOY, "--no-rollback")
    assert [told(update) for update in relay.updates[before:]] == [NOTHING]
    calm_down(project)


def test_a_deploy_that_is_undone_says_why_and_the_next_one_deploys_the_same_again(dev) -> None:
    project, relay = dev
    with relay.undoing(because=lambda: lose_records(project)):
        failed = project.invoke(*DEPLOY, expect=1)
    assert failed.stderr.strip().endswith(
        f"{ALARM} went to ALARM, so CloudFormation puts tocsin-dev back to what it was; "
        "`invoke alarms --stage dev` says what is behind it"
    )
    calm_down(project)
    # osls skips what it finds uploaded before the functions changed last, which being put back is:
    # were it to find all of it, the old version would pass for the new one.
    functions = project.client("lambda")
    for function in functions.list_functions()["Functions"]:
        functions.update_function_configuration(
            FunctionName=function["FunctionName"], Timeout=function["Timeout"]
        )
    before = len(relay.updates)
    project.invoke(*DEPLOY)
    (update,) = relay.updates[before:]
    assert ALARM in told(update)["RollbackTriggers.member.1.Arn"]
