"""Deploy, drill and removal of a dev and a protected stage through AWS's habits, time compressed.

The account is no local one to the tools: they wait by the wall clock, which turns the stage's.
"""

import contextlib
import json
from collections.abc import Iterator

import boto3
import pytest

from tests.aws_environment import forget_account
from tests.aws_habits.relay import Relay, relay_to
from tests.conftest import deep
from tests.e2e.conftest import Project, free_port
from tests.many_functions import project_of
from tocsin import config
from tocsin.aws import account, operator_policies
from tocsin.aws.account import Account
from tocsin.drill import Topics, WallClock, drill, drill_clock
from tocsin.drill.checks import Check, Kind, Result
from tocsin.local import LocalStage, advance, read
from tocsin.local import project as local_project
from tocsin.local import stage as local_stage

pytestmark = deep


@pytest.fixture(scope="module")
def aws(tmp_path_factory) -> Iterator[tuple[Project, Relay, LocalStage, str]]:
    """A project of one function; whatever asks AWS comes to the relay."""
    root = project_of(tmp_path_factory.mktemp("habits") / "a project", 1)
    project = Project(root, free_port())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(local_stage, "_LAUNCHER", "tests.aws_habits.late_stage")
        region = config.load(root, "local").region
        running = local_project.start(root, region, project.port)
        try:
            with relay_to(running) as (relay, endpoint):
                forget_account(patch)
                variables = running.environment() | {"AWS_ENDPOINT_URL": endpoint}
                for name, value in variables.items():
                    patch.setenv(name, value.replace(running.endpoint, endpoint))
                yield project, relay, running, endpoint
        finally:
            local_project.stop(root)


def as_a(role: str, stage: config.Stage, project: Project, relay: Relay, endpoint: str) -> Account:
    """The account of a new user who has the policy of ``role`` alone, as one on AWS."""
    root = boto3.Session(region_name=stage.region)
    iam = root.client("iam", endpoint_url=endpoint)
    printed = project.invoke("permissions", "--role", role, "--stage", stage.name).stdout
    user = f"{role}-{stage.name}"
    iam.create_user(UserName=user)
    for number, part in enumerate(operator_policies.parts(json.loads(printed)), start=1):
        iam.put_user_policy(
            UserName=user, PolicyName=f"tocsin-{number}", PolicyDocument=json.dumps(part)
        )
    key = iam.create_access_key(UserName=user)["AccessKey"]
    relay.keys[key["AccessKeyId"]] = key["SecretAccessKey"]
    session = boto3.Session(key["AccessKeyId"], key["SecretAccessKey"], region_name=stage.region)
    return Account(stage.region, session, {}, endpoint)


class CompressedTime:
    """In place of ``time`` for the drill's wall clock: its sleep turns the stage's clock."""

    def __init__(self, running: LocalStage) -> None:
        self._running = running

    def sleep(self, seconds: float) -> None:
        advance(self._running, seconds)


class CompressedWall(WallClock):
    """The wall clock, its time that of the stage; logs are late by AWS's ten minutes."""

    log_slack_s = 30

    def __init__(self, running: LocalStage) -> None:
        self._running = running

    def now(self):
        return read(self._running).now


@pytest.mark.parametrize("name", ["dev", "prod"])
def test_a_stage_is_deployed_drilled_and_removed_through_them(aws, monkeypatch, name) -> None:
    project, relay, running, endpoint = aws
    stage = config.load(project.root, name)
    assert stage.protected is (name == "prod")
    deployer = as_a("deployer", stage, project, relay, endpoint)
    with calling_as(deployer):
        project.invoke("deploy", "--stage", name, "--no-smoke-test")
    topics = Topics.of_outputs(account.outputs(deployer, stage))
    monkeypatch.setattr(drill_clock, "time", CompressedTime(running))
    before = dict(relay.habits.done)
    kinds = [kind for kind in Kind if kind is not Kind.PAGE]
    checks = drill(deployer, stage, topics, CompressedWall(running), stage.functions, kinds)
    assert [check for check in checks if check.result is Result.FAILED] == []
    assert _seen(checks) >= {"exception", "timeout", "import-error", "wiring"}
    for habit in ("ThrottlingException", "InternalFailure", "late"):
        assert relay.habits.done[habit] > before.get(habit, 0), habit
    assert _left(running, stage) == []
    with calling_as(deployer):
        project.invoke("remove", "--stage", name, *(["--yes"] if stage.protected else []))
    own = deployer.session.get_credentials().access_key
    asked = {service for key, service, _ in relay.said if key == own}
    assert {"cloudformation", "s3", "lambda", "monitoring", "sns", "sqs"} <= asked
    denied = {action for key, _, action, _ in relay.denied if key == own}
    # osls looks for a repository of images when it removes, and goes on where it may not.
    assert denied <= {"DescribeRepositories"}, relay.denied


@contextlib.contextmanager
def calling_as(user: Account) -> Iterator[None]:
    """Whatever is called in the block signs with the keys of ``user``."""
    own = user.session.get_credentials().get_frozen_credentials()
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("AWS_ACCESS_KEY_ID", own.access_key)
        environment.setenv("AWS_SECRET_ACCESS_KEY", own.secret_key)
        yield


def _seen(checks: list[Check]) -> set[str]:
    return {str(check.kind) for check in checks if check.result is Result.PASSED}


def _left(running: LocalStage, stage: config.Stage) -> list[str]:
    """What the drill made and is still there."""
    session = boto3.Session(region_name=stage.region)
    queues = session.client("sqs", endpoint_url=running.endpoint).list_queues(
        QueueNamePrefix="drill-probe-"
    )
    return list(queues.get("QueueUrls", ()))
