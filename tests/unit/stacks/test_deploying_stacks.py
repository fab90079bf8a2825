"""The order of deploys and removals, and what a failure says; osls and CloudFormation stand in."""

import threading

import pytest
from botocore.exceptions import ClientError

from tests.conftest import copy_project
from tocsin import config, deploy, osls
from tocsin.config.lock import LOCK_FILE
from tocsin.exceptions import TocsinError
from tocsin.stacks import Stack
from tocsin.stacks.parallel import each_of

STACKS = {
    "tocsin-dev": "orders",
    "tocsin-2-dev": "payments",
    "tocsin-3-dev": "notifications",
    "tocsin-summary-dev": "",
}


class Cloud:
    """A CloudFormation and the osls that works on it: ``done`` has what was asked of it."""

    def __init__(self, root):
        self.environment: dict[str, str] = {}
        self.root = root
        self.stacks: dict[str, str] = {}
        self.done: list[str] = []
        self.broken: set[str] = set()
        self.statuses: dict[str, str] = {}
        self.services: dict[str, str] = {}
        self._lock = threading.Lock()

    def client(self, service):
        return self

    def get_paginator(self, operation):
        return self

    def paginate(self):
        yield {"Stacks": [self._described(name) for name in self.stacks]}

    def describe_stacks(self, StackName):
        return {"Stacks": [self._described(StackName)]}

    def _described(self, name):
        functions = [f"{each}-function-dev" for each in self.stacks[name].split(",") if each]
        outputs = {"EnvironmentSuffix": "dev", "FunctionNames": ",".join(functions)}
        if name == "tocsin-dev":
            outputs["ErrorLogTableName"] = "error-log-table-dev"
        return {
            "StackName": name,
            "StackStatus": self.statuses.get(name, "UPDATE_COMPLETE"),
            "Outputs": [{"OutputKey": key, "OutputValue": each} for key, each in outputs.items()],
            "Tags": [{"Key": "service", "Value": self.services.get(name, "tocsin")}],
        }

    def get_role(self, RoleName):
        raise ClientError({"Error": {"Code": "NoSuchEntity"}}, "GetRole")

    def describe_table(self, TableName):
        raise ClientError({"Error": {"Code": "ResourceNotFoundException"}}, "DescribeTable")

    def run(self, root, folder, verb, *options, environment):
        part = folder.relative_to(root / "build" / "dev").as_posix()
        name = "tocsin-dev" if part == "." else f"tocsin-{part}-dev"
        if name in self.broken:
            raise osls.OslsError("osls deploy failed")
        with self._lock:
            self.done.append(f"{verb} {name}")
            if verb == "remove":
                assert (folder / "serverless.yml").is_file()
                del self.stacks[name]
            else:
                self.stacks[name] = STACKS[name]
        return ""


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    root = copy_project(tmp_path_factory.mktemp("deploying") / "a project")
    (root / LOCK_FILE).write_text("orders: 1\npayments: 2\nnotifications: 3\n")
    return root


@pytest.fixture
def cloud(root, monkeypatch):
    cloud = Cloud(root)
    monkeypatch.setattr(osls, "run", cloud.run)
    return cloud


def ordered(done):
    """The groups work at a time: their order among themselves is none."""
    first, *groups, last = done
    return [first, set(groups), last]


def test_the_main_stack_comes_first_and_the_summary_last(root, cloud) -> None:
    told: list[str] = []
    deploy.deploy(root, config.load(root, "dev"), cloud, told.append)
    assert ordered(cloud.done) == [
        "deploy tocsin-dev",
        {"deploy tocsin-2-dev", "deploy tocsin-3-dev"},
        "deploy tocsin-summary-dev",
    ]
    assert sorted(told) == sorted(f"  {name}: deployed" for name in STACKS)


def test_a_failure_names_the_stack_and_the_next_deploy_goes_on(root, cloud) -> None:
    stage = config.load(root, "dev")
    cloud.broken = {"tocsin-2-dev"}
    with pytest.raises(TocsinError) as raised:
        deploy.deploy(root, stage, cloud)
    message = str(raised.value)
    assert message.startswith("stack tocsin-2-dev: osls deploy failed")
    assert message.endswith("`invoke deploy --stage dev` goes on from here")
    assert "tocsin-summary-dev" not in cloud.stacks
    cloud.broken = set()
    deploy.deploy(root, stage, cloud)
    assert cloud.stacks == STACKS


def test_a_stage_of_one_stack_says_nothing_of_stacks(project, cloud) -> None:
    cloud.root = project
    cloud.broken = {"tocsin-dev"}
    with pytest.raises(osls.OslsError) as raised:
        deploy.deploy(project, config.load(project, "dev"), cloud)
    assert str(raised.value) == "osls deploy failed"
    cloud.broken = set()
    told: list[str] = []
    deploy.deploy(project, config.load(project, "dev"), cloud, told.append)
    assert (cloud.done, told) == (["deploy tocsin-dev"], [])


def test_stacks_that_the_stage_has_no_more_go_the_summary_before_the_main_stack(
    project, cloud
) -> None:
    """What the summary said of the stage, the main stack then says under the same names."""
    cloud.stacks = dict.fromkeys(STACKS, "gone")
    deploy.deploy(project, config.load(project, "dev"), cloud)
    first, second, *groups = cloud.done
    assert (first, second) == ("remove tocsin-summary-dev", "deploy tocsin-dev")
    assert sorted(groups) == ["remove tocsin-2-dev", "remove tocsin-3-dev"]


def test_a_deploy_that_would_move_a_function_changes_nothing(root, cloud) -> None:
    cloud.stacks = {"tocsin-dev": "orders,payments"}
    with pytest.raises(TocsinError, match="payments: 1  # found 2"):
        deploy.deploy(root, config.load(root, "dev"), cloud)
    assert cloud.done == []


def test_a_deploy_over_stacks_that_it_may_not_touch_changes_nothing(root, cloud) -> None:
    stage = config.load(root, "dev")
    cloud.stacks = {"shop-dev": "orders"}
    cloud.services = {"shop-dev": "shop"}
    with pytest.raises(TocsinError, match="found stack shop-dev in us-east-1"):
        deploy.deploy(root, stage, cloud)
    cloud.stacks = {**STACKS}
    cloud.statuses = {"tocsin-2-dev": "DELETE_FAILED"}
    with pytest.raises(TocsinError, match="stack tocsin-2-dev: found DELETE_FAILED"):
        deploy.deploy(root, stage, cloud)
    assert cloud.done == []


@pytest.mark.parametrize("change", [deploy.deploy, deploy.remove])
def test_a_stack_of_the_same_name_that_is_anothers_is_neither_deployed_nor_removed(
    root, cloud, change
) -> None:
    """The second stack of tocsin and the first of a service tocsin-2 are called the same."""
    cloud.stacks = {**STACKS}
    cloud.services = {"tocsin-2-dev": "tocsin-2"}
    with pytest.raises(TocsinError, match="stack tocsin-2-dev: found that of service tocsin-2, "):
        change(root, config.load(root, "dev"), cloud)
    assert cloud.done == []


def test_removal_goes_the_other_way_round(root, cloud) -> None:
    cloud.stacks = {**STACKS, "tocsin-12-dev": "gone"}
    deploy.remove(root, config.load(root, "dev"), cloud)
    first, groups, last = ordered(cloud.done)
    assert (first, last) == ("remove tocsin-summary-dev", "remove tocsin-dev")
    assert groups == {f"remove tocsin-{part}-dev" for part in ("2", "3", "12")}
    assert cloud.stacks == {}


def test_a_removal_that_failed_goes_on_where_the_main_stack_is_gone(root, cloud) -> None:
    cloud.stacks = {"tocsin-2-dev": "payments"}
    deploy.remove(root, config.load(root, "dev"), cloud)
    assert cloud.stacks == {}


def test_after_a_failure_what_has_begun_is_finished_and_nothing_begins(root) -> None:
    stage = config.load(root, "dev")
    stacks = [Stack(stage, str(number), ()) for number in range(2, 9)]
    other_runs, failed = threading.Event(), threading.Event()
    finished: list[str] = []

    def work(stack):
        if stack.part == "2":
            assert other_runs.wait(10)
            failed.set()
            raise TocsinError("stack 2")
        other_runs.set()
        assert failed.wait(10)
        finished.append(stack.part)

    with pytest.raises(TocsinError, match="stack 2"):
        each_of(stacks, work, at_once=2)
    assert finished[0] == "3"
    assert len(finished) <= 2  # one may begin while the other fails
