"""Windows in which alarms tell nobody: declared and by hand, on a stage and in its drill."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.conftest import copy_project
from tests.e2e.conftest import Project, free_port


@pytest.fixture(scope="module")
def muted_now(tmp_path_factory):
    """The project on a stage of its own, all of whose alarms a window mutes for two days."""
    root = copy_project(tmp_path_factory.mktemp("e2e") / "a project")
    project = Project(root, free_port())
    begins = datetime.now(UTC) - timedelta(days=1)
    window = f"{{name: move, schedule: 'at({begins:%Y-%m-%dT%H:%M})', duration: P3D}}"
    file = root / "monitoring.yml"
    text = "\n".join(line for line in file.read_text().splitlines() if not line.startswith("mute:"))
    file.write_text(f"{text}\nmute: [{window}]\n")
    try:
        project.invoke("deploy", "--stage", "local", "--no-smoke-test")
        yield project
    finally:
        project.invoke("local-stop", expect=None)


def test_a_declared_window_mutes_the_stage_and_the_drill_says_so(muted_now) -> None:
    (rule,) = muted_now.json("alarms-mute", "--stage", "local")
    assert (rule["madeBy"], rule["status"]) == ("monitoring.yml", "ACTIVE")
    assert {alarm["name"] for alarm in muted_now.json("alarms", "--stage", "local")} == {
        *rule["alarms"]
    }
    done = muted_now.invoke(
        "smoke-test", "--stage", "local", "--only", "exception", "--function", "orders"
    )
    assert f"is muted by {rule['name']}" in done.stdout


def test_alarms_are_muted_by_hand_and_taken_back(muted_now) -> None:
    by_hand = ("--for", "2h", "--note", "we move")
    rules = muted_now.json("alarms-mute", "--stage", "local", *by_hand)
    (made,) = (rule for rule in rules if rule["madeBy"] == "hand")
    assert (made["note"], made["status"]) == ("we move", "SCHEDULED")
    left = muted_now.json("alarms-mute", "--stage", "local", "--undo")
    assert [rule["madeBy"] for rule in left] == ["monitoring.yml"]
    wrong = muted_now.invoke("alarms-mute", "--stage", "local", "--note", "x", expect=2)
    assert "--for" in wrong.stderr


def test_removal_takes_what_was_muted_by_hand_along(muted_now) -> None:
    muted_now.invoke("alarms-mute", "--stage", "local", "--for", "2h")
    client = muted_now.client("cloudwatch")
    assert len(client.list_alarm_mute_rules()["AlarmMuteRuleSummaries"]) == 2
    muted_now.invoke("remove", "--stage", "local")
    assert client.list_alarm_mute_rules()["AlarmMuteRuleSummaries"] == []
