"""The main job as a user runs it: deploy, drill, look, change, remove, stop."""

import io
import json
import re
import zipfile

import pytest

from tests.e2e.conftest import Project, copy_project, free_port, listens
from tocsin.drill.checks import Kind
from tocsin.drill.platform_failures import TIME_FIRST

FUNCTIONS = ("orders", "payments", "notifications")


@pytest.fixture(scope="module")
def first_deploy(tmp_path_factory):
    """(project, what `invoke deploy --stage local` printed); the tests below go on from it."""
    project = Project(copy_project(tmp_path_factory.mktemp("main") / "a project"), free_port())
    try:
        yield project, project.invoke("deploy", "--stage", "local")
    finally:
        project.invoke("local-stop", expect=None)


def test_deploy_ends_with_the_drill_all_passed(first_deploy) -> None:
    _, done = first_deploy
    *table, last = done.stdout.strip().splitlines()
    assert re.fullmatch(r"\d+ passed, 0 failed, \d+ not shown", last)
    chain = "ALARM, notified, OK, OK notified"
    links = {
        "success": ("answered", "-"),
        "timeout": ("raised, recorded", "-"),
        "memory": ("raised, recorded", "-"),
        "exit": ("raised, recorded", "-"),
        "import-error": ("subscribed", "recorded"),
        "exception": (f"raised, recorded, {chain}", "-"),
        "latency": (chain, "-"),
        "throttle": ("notified", "ALARM"),
        "wiring": ("notified", "ALARM"),
    }
    of_stage = {"import-error": ("raised, recorded", "-"), "page": ("notified, OK notified", "-")}
    rows = [(function, *row) for function in FUNCTIONS for row in links.items()]
    for function, kind, (seen, unseen) in [*rows, *(("(stage)", *row) for row in of_stage.items())]:
        row = rf"{re.escape(function)}\s+{kind}\s+{seen}\s+{unseen}\s+passed\s+[\d.]+$"
        if kind == "memory" and any(_names_as_slow(line, function) for line in table):
            continue
        assert any(re.match(row, line) for line in table), (function, kind, done.stdout)
    named = {kind for line in table for kind in Kind if re.match(rf"\S+\s+{kind}\s", line)}
    undeclared = {Kind.SUBSCRIBERS, Kind.ANSWER, Kind.ITEMS}
    assert named == set(Kind) - undeclared


def _names_as_slow(line: str, function: str) -> bool:
    """Whether ``line`` says that the memory of ``function`` was not full in time."""
    functions, _, why = line.partition(", memory: ")
    return why == f"raised not shown: {TIME_FIRST}" and function in functions.split(", ")


def test_progress_is_plain_text_on_stderr_off_a_terminal(first_deploy) -> None:
    _, done = first_deploy
    assert "package tocsin-local ..." in done.stderr
    assert "\x1b" not in done.stdout + done.stderr


def test_alarms_shows_what_the_drill_left(first_deploy) -> None:
    project, _ = first_deploy
    states = project.json("alarms", "--stage", "local")
    # Error rate, latency, throttles and health of each; the stage's; those on the monitoring.
    assert len(states) == 6 * 3 + 1 + 8
    rates = [state for state in states if state["kind"] == "error-rate"]
    assert {rate["state"] for rate in rates} == {"OK"}
    assert all("Threshold Crossed" in rate["reason"] for rate in rates)


def test_errors_shows_what_the_drill_left_newest_first(first_deploy) -> None:
    project, _ = first_deploy
    records = project.json("errors", "--stage", "local")
    times = [record["timestamp"] for record in records]
    assert times == sorted(times, reverse=True)
    assert {record["functionName"] for record in records} == {
        f"{function}-function-local" for function in (*FUNCTIONS, "drill")
    }
    assert all(record["fingerprint"] for record in records)
    assert all(record["stackTrace"] for record in records if record["source"] == "handler")
    raised = [record for record in records if record.get("event") == {"simulate": "error"}]
    assert {record["source"] for record in raised} == {"handler"}
    shown = project.invoke("errors", "--stage", "local", "--function", "orders").stdout
    assert len(shown.strip().splitlines()) >= 3
    assert "payments" not in shown


def test_the_drill_leaves_no_probe_behind(first_deploy) -> None:
    project, _ = first_deploy
    queues = project.client("sqs").list_queues(QueueNamePrefix="drill-probe")
    assert not queues.get("QueueUrls")
    assert not project.client("sns").list_subscriptions()["Subscriptions"]


def test_a_backtest_of_what_was_lived_through_agrees_with_it(first_deploy) -> None:
    project, _ = first_deploy
    page = project.root / "report.html"
    report = project.json("backtest", "--stage", "local", "--days", "1", "--html", str(page))
    by_name = {alarm["alarm"]: alarm for alarm in report["alarms"]}
    for function in FUNCTIONS:
        rate = by_name[f"{function}-error-rate-alarm-local"]
        assert rate["pages"] >= 1
        assert rate["history"]["agreed"] >= 1
        assert rate["history"]["onlyReplayed"] == []
    assert page.read_text().count("<svg") == len(report["alarms"])


def test_the_integration_tests_pass_on_it(first_deploy) -> None:
    project, _ = first_deploy
    done = project.invoke("test-integration", "--stage", "local")
    assert re.search(r"\d+ passed in", done.stdout)
    assert "skipped" not in done.stdout


def test_a_second_deploy_without_changes_succeeds(first_deploy) -> None:
    project, _ = first_deploy
    project.invoke("deploy", "--stage", "local", "--no-smoke-test")


@pytest.fixture(scope="module")
def sharing(first_deploy):
    """The same stage after its functions have gone over to one role, and a threshold has changed.

    Both by one deploy.
    """
    project, _ = first_deploy
    project.replace("monitoring.yml", "roles: function", "roles: shared")
    project.replace(
        "monitoring.yml",
        "    threshold: 5\n    period: 60\n    evaluationPeriods: 2",
        "    threshold: 5.5\n    period: 60\n    evaluationPeriods: 2",
    )
    project.invoke("deploy", "--stage", "local", "--no-smoke-test")
    return project


def test_a_changed_threshold_is_on_the_alarm_after_the_next_deploy(sharing) -> None:
    (alarm,) = sharing.client("cloudwatch").describe_alarms(
        AlarmNames=["orders-error-rate-alarm-local"]
    )["MetricAlarms"]
    assert alarm["Threshold"] == 5.5


def test_functions_go_over_to_a_shared_role_and_theirs_are_gone(sharing) -> None:
    found = sharing.client("iam").list_roles()["Roles"]
    assert {role["RoleName"] for role in found if role["RoleName"].endswith("-local")} == {
        "functions-role-local",
        "collector-role-local",
        "drill-role-local",
        "bugs-role-local",
    }
    for key in FUNCTIONS:
        deployed = sharing.client("lambda").get_function_configuration(
            FunctionName=f"{key}-function-local"
        )
        assert deployed["Role"].endswith(":role/functions-role-local")


def invoked(project, key, event):
    """What the function answers."""
    answer = project.client("lambda").invoke(
        FunctionName=f"{key}-function-local", Payload=json.dumps(event)
    )
    return json.loads(answer["Payload"].read())


@pytest.mark.parametrize("key", FUNCTIONS)
def test_with_a_shared_role_a_function_records_and_logs(sharing, key) -> None:
    request = invoked(sharing, key, {"simulate": "error"})["requestId"]
    records = sharing.json("errors", "--stage", "local", "--function", key)
    assert [record["source"] for record in records if record["requestId"] == request] == ["handler"]
    events = sharing.client("logs").filter_log_events(
        logGroupName=f"/aws/lambda/{key}-function-local"
    )["events"]
    lines = [event["message"].split("\t")[0].strip() for event in events]
    assert {f"END RequestId: {request}", f"REPORT RequestId: {request}"} <= set(lines)


PROBE = """
import os

import boto3

def handler(event, context):
    match event["do"]:
        case "scan":
            boto3.client("dynamodb").scan(TableName=os.environ["ERROR_LOG_TABLE"])
        case "log":
            stream = {"logGroupName": event["group"], "logStreamName": context.aws_request_id}
            boto3.client("logs").create_log_stream(**stream)
"""


def test_with_a_shared_role_a_function_may_do_nothing_else_but_log_for_the_others(sharing) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as made:
        made.writestr("handler.py", PROBE)
    sharing.client("lambda").update_function_code(
        FunctionName="orders-function-local", ZipFile=packed.getvalue()
    )

    def refused(**event) -> str | None:
        failure = invoked(sharing, "orders", event)
        return failure and failure["errorMessage"]

    group = "/aws/lambda/{}-function-local"
    for event, action in (
        ({"do": "scan"}, "dynamodb:Scan"),
        ({"do": "log", "group": group.format("collector")}, "logs:CreateLogStream"),
    ):
        said = refused(**event)
        assert "AccessDenied" in said
        assert action in said
    assert refused(do="log", group=group.format("payments")) is None, "what a shared role costs"


def test_remove_takes_the_stack_down(first_deploy) -> None:
    project, _ = first_deploy
    project.invoke("remove", "--stage", "local")
    assert project.client("cloudwatch").describe_alarms()["MetricAlarms"] == []
    assert project.client("dynamodb").list_tables()["TableNames"] == []
    done = project.invoke("alarms", "--stage", "local", expect=1)
    assert "NOT DEPLOYED" in done.stdout
    assert "invoke deploy --stage local" in done.stderr
    done = project.invoke("smoke-test", "--stage", "local", expect=1)
    assert "invoke deploy --stage local" in done.stderr


def test_local_stop_leaves_no_process_and_no_port(first_deploy) -> None:
    project, _ = first_deploy
    project.invoke("local-stop")
    assert not listens(project.port)
    assert processes_naming(str(project.root)) == []


def processes_naming(text: str) -> list[str]:
    """Command lines of live processes that mention ``text``, this one excepted."""
    import os
    from pathlib import Path

    found = []
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit() or int(folder.name) == os.getpid():
            continue
        try:
            command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            environment = (folder / "environ").read_bytes().decode(errors="replace")
        except OSError:
            continue
        if text in command or text in environment:
            found.append(command)
    return found
