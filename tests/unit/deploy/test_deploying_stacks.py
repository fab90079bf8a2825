"""The order of deploys and removals, and what a failure says; osls and CloudFormation stand in."""

import json
import threading
from dataclasses import replace

import pytest
from botocore.exceptions import ClientError

from tests.conftest import copy_project
from tests.waiting import PATIENCE_S
from tocsin import config
from tocsin.config import Stage
from tocsin.config.stacks_lock import LOCK_FILE
from tocsin.deploy import run
from tocsin.deploy.osls_state import STATE_FILE
from tocsin.deploy.rollback import NOTHING, WouldBeUndone
from tocsin.exceptions import TocsinError
from tocsin.packaging import osls
from tocsin.packaging.package import PACKAGE_FOLDER
from tocsin.stacks import Stack, stacks_of
from tocsin.stacks.parallel import each_of

STACKS = {
    "tocsin-dev": "orders",
    "tocsin-2-dev": "payments",
    "tocsin-3-dev": "notifications",
    "tocsin-summary-dev": "",
}


class Cloud:
    """An account and the osls that works on it: ``done`` has what was asked of it."""

    def __init__(self, root):
        self.environment: dict[str, str] = {}
        self.local = None
        self.root = root
        self.stacks: dict[str, str] = {}
        self.alarms: dict[str, str] = {}
        self.done: list[str] = []
        self.told: dict[str, object] = {}
        self.broken: dict[str, str] = {}
        self.statuses: dict[str, str] = {}
        self.services: dict[str, str] = {}
        self._lock = threading.Lock()

    def client(self, service):
        return self

    def get_paginator(self, operation):
        return self

    def paginate(self, StackName=None):
        if StackName is None:
            yield {"Stacks": [self._described(name) for name in self.stacks]}
            return
        statuses = ("UPDATE_ROLLBACK_IN_PROGRESS", "UPDATE_IN_PROGRESS")
        ids = {"StackId": StackName, "PhysicalResourceId": StackName, "Timestamp": 0}
        yield {"StackEvents": [{**ids, "ResourceStatus": status} for status in statuses]}

    def describe_stacks(self, StackName):
        return {"Stacks": [self._described(StackName)]}

    def describe_alarms(self, AlarmNames, AlarmTypes, MaxRecords):
        return {
            "CompositeAlarms": [
                {"AlarmName": name, "AlarmArn": f"arn:{name}", "StateValue": self.alarms[name]}
                for name in AlarmNames
                if name in self.alarms
            ]
        }

    def _described(self, name):
        functions = [f"{part}-function-dev" for part in self.stacks[name].split(",") if part]
        outputs = {"EnvironmentSuffix": "dev", "FunctionNames": ",".join(functions)}
        if name == "tocsin-dev":
            outputs["ErrorLogTableName"] = "error-log-table-dev"
        return {
            "StackName": name,
            "StackStatus": self.statuses.get(name, "UPDATE_COMPLETE"),
            "Outputs": [
                {"OutputKey": key, "OutputValue": output} for key, output in outputs.items()
            ],
            "Tags": [{"Key": "service", "Value": self.services.get(name, "tocsin")}],
        }

    def get_role(self, RoleName):
        raise ClientError({"Error": {"Code": "NoSuchEntity"}}, "GetRole")

    def describe_table(self, TableName):
        raise ClientError({"Error": {"Code": "ResourceNotFoundException"}}, "DescribeTable")

    def run(self, root, folder, verb, *options, environment):
        stage, *part = folder.relative_to(root / "build").parts
        name = "-".join(("tocsin", *part, stage))
        if name in self.broken:
            self.alarms[self.broken[name]] = "ALARM"
            raise osls.OslsError("osls deploy failed")
        with self._lock:
            self.done.append(f"{verb} {name}")
            if verb == "remove":
                assert (folder / "serverless.yml").is_file()
                del self.stacks[name]
                self.alarms.pop("health-alarm-dev", None)
            else:
                self.stacks[name] = STACKS.get(name, "")
                state = json.loads((folder / PACKAGE_FOLDER / STATE_FILE).read_text())
                self.told[name] = state["service"]["provider"].get("rollbackConfiguration")
        return ""


def packaged(root, name="dev", **settings) -> Stage:
    """The stage with these ``settings``, and of what osls packages what a deploy touches."""
    stage = replace(config.load(root, name), **settings)
    for stack in stacks_of(stage):
        folder = stack.folder(root) / PACKAGE_FOLDER
        folder.mkdir(parents=True, exist_ok=True)
        (folder / STATE_FILE).write_text('{"service": {"provider": {}}}')
    return stage


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
    run.deploy(root, packaged(root), cloud, told.append)
    assert ordered(cloud.done) == [
        "deploy tocsin-dev",
        {"deploy tocsin-2-dev", "deploy tocsin-3-dev"},
        "deploy tocsin-summary-dev",
    ]
    assert sorted(told) == sorted(f"  {name}: deployed" for name in STACKS)


def test_a_failure_names_the_stack_and_the_next_deploy_goes_on(root, cloud) -> None:
    stage = packaged(root)
    cloud.broken = {"tocsin-2-dev": ""}
    with pytest.raises(TocsinError) as raised:
        run.deploy(root, stage, cloud)
    message = str(raised.value)
    assert message.startswith("stack tocsin-2-dev: osls deploy failed")
    assert message.endswith("`./inv deploy --stage dev` goes on from here")
    assert "tocsin-summary-dev" not in cloud.stacks
    cloud.broken = {}
    run.deploy(root, stage, cloud)
    assert cloud.stacks == STACKS


def test_a_stage_of_one_stack_says_nothing_of_stacks(project, cloud) -> None:
    cloud.root = project
    cloud.broken = {"tocsin-dev": ""}
    with pytest.raises(osls.OslsError) as raised:
        run.deploy(project, packaged(project), cloud)
    assert str(raised.value) == "osls deploy failed"
    cloud.broken = {}
    told: list[str] = []
    run.deploy(project, packaged(project), cloud, told.append)
    assert (cloud.done, told) == (["deploy tocsin-dev"], [])


def test_stacks_that_the_stage_has_no_more_go_the_summary_before_the_main_stack(
    project, cloud
) -> None:
    """What the summary said of the stage, the main stack then says under the same names."""
    cloud.stacks = dict.fromkeys(STACKS, "gone")
    run.deploy(project, packaged(project), cloud)
    first, second, *groups = cloud.done
    assert (first, second) == ("remove tocsin-summary-dev", "deploy tocsin-dev")
    assert sorted(groups) == ["remove tocsin-2-dev", "remove tocsin-3-dev"]


def test_a_deploy_that_would_move_a_function_changes_nothing(root, cloud) -> None:
    cloud.stacks = {"tocsin-dev": "orders,payments"}
    with pytest.raises(TocsinError, match="payments: 1  # found 2"):
        run.deploy(root, packaged(root), cloud)
    assert cloud.done == []


def watched_by(alarm):
    trigger = {"Arn": f"arn:{alarm}", "Type": "AWS::CloudWatch::CompositeAlarm"}
    return {"RollbackTriggers": [trigger], "MonitoringTimeInMinutes": 7}


def test_each_stack_is_told_the_alarm_that_undoes_its_deploy_or_that_none_does(root, cloud) -> None:
    cloud.alarms = dict.fromkeys(("health-alarm-dev", "health-1-alarm-dev"), "OK")
    cloud.alarms["health-2-alarm-dev"] = "INSUFFICIENT_DATA"
    run.deploy(root, packaged(root, rollback_minutes=7), cloud)
    assert cloud.told == {
        "tocsin-dev": watched_by("health-1-alarm-dev"),
        "tocsin-2-dev": watched_by("health-2-alarm-dev"),
        "tocsin-3-dev": NOTHING,  # its alarm is not deployed yet
        "tocsin-summary-dev": NOTHING,
    }
    run.deploy(root, packaged(root), cloud)
    assert list(cloud.told.values()) == [NOTHING] * 4


def test_an_alarm_that_goes_with_the_summary_undoes_nothing(project, cloud) -> None:
    """It is deleted before the main stack has one of that name: CloudFormation would miss it."""
    cloud.stacks = dict.fromkeys(STACKS, "gone")
    cloud.alarms = {"health-alarm-dev": "OK"}
    run.deploy(project, packaged(project, rollback_minutes=7), cloud)
    assert cloud.told == {"tocsin-dev": NOTHING}


def test_while_an_alarm_fires_nothing_is_deployed_but_what_nothing_shall_undo(root, cloud) -> None:
    cloud.stacks = dict(STACKS)
    cloud.alarms = {"health-1-alarm-dev": "OK", "health-2-alarm-dev": "ALARM"}
    stage = packaged(root, rollback_minutes=7)
    with pytest.raises(WouldBeUndone, match="found health-2-alarm-dev in ALARM"):
        run.deploy(root, stage, cloud)
    assert cloud.done == []
    run.deploy(root, stage, cloud, undo=False)
    assert list(cloud.told.values()) == [NOTHING] * 4


def test_on_the_local_stage_osls_has_what_it_packaged(project, cloud) -> None:
    run.deploy(project, packaged(project, "local"), cloud)
    assert cloud.told == {"tocsin-local": None}


def test_a_deploy_that_an_alarm_undid_says_so_last(root, cloud) -> None:
    cloud.alarms = {"health-1-alarm-dev": "OK", "health-2-alarm-dev": "OK"}
    cloud.broken = {"tocsin-2-dev": "health-2-alarm-dev"}
    with pytest.raises(TocsinError) as raised:
        run.deploy(root, packaged(root, rollback_minutes=7), cloud)
    first, why, last = str(raised.value).splitlines()
    assert first == "stack tocsin-2-dev: osls deploy failed"
    assert why.startswith("health-2-alarm-dev went to ALARM, so CloudFormation puts tocsin-2-dev")
    assert last == "`./inv deploy --stage dev` goes on from here"


def test_a_deploy_over_stacks_that_it_may_not_touch_changes_nothing(root, cloud) -> None:
    stage = config.load(root, "dev")
    cloud.stacks = {"shop-dev": "orders"}
    cloud.services = {"shop-dev": "shop"}
    with pytest.raises(TocsinError, match="found stack shop-dev in us-east-1"):
        run.deploy(root, stage, cloud)
    cloud.stacks = {**STACKS}
    cloud.statuses = {"tocsin-2-dev": "DELETE_FAILED"}
    with pytest.raises(TocsinError, match="stack tocsin-2-dev: found DELETE_FAILED"):
        run.deploy(root, stage, cloud)
    assert cloud.done == []


@pytest.mark.parametrize("change", [run.deploy, run.remove])
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
    run.remove(root, config.load(root, "dev"), cloud)
    first, groups, last = ordered(cloud.done)
    assert (first, last) == ("remove tocsin-summary-dev", "remove tocsin-dev")
    assert groups == {f"remove tocsin-{part}-dev" for part in ("2", "3", "12")}
    assert cloud.stacks == {}


def test_a_protected_stage_is_removed_by_who_confirms_it_alone(root, cloud) -> None:
    stage = replace(config.load(root, "dev"), protected=True)
    cloud.stacks = dict(STACKS)
    with pytest.raises(run.UnconfirmedRemoval, match="found no --yes"):
        run.remove(root, stage, cloud)
    assert (cloud.done, cloud.stacks) == ([], STACKS)
    run.remove(root, stage, cloud, confirmed=True)
    assert cloud.stacks == {}


def test_a_stack_that_is_still_there_after_its_removal_is_named(root, cloud, monkeypatch) -> None:
    cloud.stacks = dict(STACKS)
    monkeypatch.setattr(osls, "run", lambda *_, **__: "")
    with pytest.raises(TocsinError, match="still there after osls remove: tocsin-"):
        run.remove(root, config.load(root, "dev"), cloud)


def test_a_removal_that_failed_goes_on_where_the_main_stack_is_gone(root, cloud) -> None:
    cloud.stacks = {"tocsin-2-dev": "payments"}
    run.remove(root, config.load(root, "dev"), cloud)
    assert cloud.stacks == {}


def test_after_a_failure_what_has_begun_is_finished_and_nothing_begins(root) -> None:
    stage = config.load(root, "dev")
    stacks = [Stack(stage, str(number), ()) for number in range(2, 9)]
    other_runs, failed = threading.Event(), threading.Event()
    finished: list[str] = []

    def work(stack):
        if stack.part == "2":
            assert other_runs.wait(PATIENCE_S)
            failed.set()
            raise TocsinError("stack 2")
        other_runs.set()
        assert failed.wait(PATIENCE_S)
        finished.append(stack.part)

    with pytest.raises(TocsinError, match="stack 2"):
        each_of(stacks, work, at_once=2)
    assert finished[0] == "3"
    assert len(finished) <= 2  # one may begin while the other fails
