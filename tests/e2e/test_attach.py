"""Another team's Serverless project, attached to: its template, its failures, its drill."""

import io
import json
import os
import re
import shutil
import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import PROJECTS, ROOT, copy_project, deep
from tests.e2e.conftest import Project, free_port
from tests.waiting import until
from tocsin import config
from tocsin.attach import attaching as attaching_module
from tocsin.attach.attaching import attaching, changes
from tocsin.attach.refresh import look
from tocsin.packaging import offline_cloudformation
from tocsin.packaging.osls import EXECUTABLE

TILL = PROJECTS / "attached" / "sls"
LAYER = "arn:aws:lambda:us-east-1:123456789012:layer:errorlog-layer-dev:7"
# osls dates the folder of the archives, and a version's logical id is a digest of its function.
_TIME = re.compile(r"\d{13}-\d{4}-\d\d-\d\dT[\d:.]+Z")
_VERSION = re.compile(r"(LambdaVersion)\w{20,}")


def attached(root: Path, stage: str = "dev") -> Project:
    """A monitoring project at ``root``/watch, and the other team's beside it at ``root``/till."""
    watch = copy_project(root / "watch", PROJECTS / "no_functions")
    (watch / "monitoring.yml").write_text(
        f"service: watch\nstages: {{{stage}: {{}}}}\nfunctions: {{}}\n"
        "attach:\n  - template: ../till/.serverless\n"
    )
    shutil.copytree(TILL, root / "till", ignore=shutil.ignore_patterns("package"))
    (root / "till/src/thumbs.js").write_text("exports.handler = async () => 1\n")
    return Project(watch, free_port())


def osls(folder: Path, *arguments: str, environment: dict[str, str]) -> None:
    done = subprocess.run(
        ["node", str(ROOT / EXECUTABLE), *arguments],  # noqa: S607
        cwd=folder,
        env={**os.environ, "SLS_TELEMETRY_DISABLED": "1", **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def compiled(folder: Path) -> dict[str, Any]:
    with offline_cloudformation.serving() as environment:
        osls(folder, "package", "--stage", "dev", environment=environment)
    text = (folder / ".serverless/cloudformation-template-update-stack.json").read_text()
    template: dict[str, Any] = json.loads(_VERSION.sub(r"\1", _TIME.sub("<time>", text)))
    return template


def test_its_template_is_the_same_but_for_the_lines_of_the_snippet(tmp_path, monkeypatch) -> None:
    watch = attached(tmp_path).root
    till = tmp_path / "till"
    before = compiled(till)
    monkeypatch.setattr(attaching_module, "_layer", lambda root, stage: LAYER)
    stage = config.load(watch, "dev")
    found = attaching(watch, stage, drill=False, literal=True)
    assert compiled(till) == before, "looking changes nothing"
    (change,) = changes(found, pytest.fail)
    change.write()
    after = compiled(till)
    for key in ("Charge", "NightDashreport"):
        properties = after["Resources"][f"{key}LambdaFunction"]["Properties"]
        assert properties.pop("Layers") == [LAYER]
        assert properties["Environment"]["Variables"].pop("ERROR_LOG_TABLE") == (
            "error-log-table-dev"
        )
    role = after["Resources"]["IamRoleLambdaExecution"]["Properties"]
    statement = role["Policies"][0]["PolicyDocument"]["Statement"].pop()
    assert (statement["Effect"], statement["Action"]) == ("Allow", ["dynamodb:PutItem"])
    assert after == before
    (looked,) = look(watch, stage)
    lacking = {function.label: function.lacks for function in looked.functions}
    assert lacking == {"charge": ["handler"], "night-report": [], "thumbs": []}


@pytest.fixture(scope="module")
def watching(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """Both deployed on a local stage, the monitoring first; `charge` without a line of code."""
    root = tmp_path_factory.mktemp("attach") / "a place"
    project = attached(root, "local")
    till = root / "till"
    serverless = till / "serverless.yml"
    # The stage runs functions under one Python only, and no Node.
    text = serverless.read_text().replace("python3.12", "python3.11")
    serverless.write_text(text[: text.index("\n  # Made by another team.")] + "\n")
    project.replace(
        "monitoring.yml",
        "  - template: ../till/.serverless\n",
        "  - template: ../till/.serverless\n    functions: {charge: {zeroCode: true}}\n",
    )
    try:
        project.invoke("local-start")
        environment = local_environment(project)
        osls(till, "package", "--stage", "local", environment=environment)
        project.invoke("deploy", "--stage", "local", "--no-smoke-test")
        project.invoke("attach", "--stage", "local", "--write", "--yes", "--drill")
        osls(till, "deploy", "--stage", "local", environment=environment)
        project.invoke("deploy", "--stage", "local", "--no-smoke-test")
        yield project
    finally:
        project.invoke("local-stop", expect=None)


def local_environment(project: Project) -> dict[str, str]:
    running = json.loads(project.invoke("local-start", "--json").stdout)
    return dict(running["environment"])


@deep
def test_a_failing_call_is_a_record_and_a_bug(watching: Project) -> None:
    client = watching.client("lambda")
    for _ in range(3):
        answer = client.invoke(FunctionName="till-local-charge", Payload=b"{}")
        assert json.loads(answer["Payload"].read())["errorType"] == "KeyError"
    found = until(
        lambda: watching.json("errors", "--stage", "local", "--function", "charge"), "the records"
    )
    assert [(record["functionName"], record["errorType"]) for record in found] == (
        [("till-local-charge", "KeyError")] * 3
    )
    (group,) = watching.json("errors-groups", "--stage", "local", "--function", "charge")
    assert group["count"] == 3
    written = watching.invoke("errors-repro", found[0]["errorId"], "--stage", "local").stdout
    done = subprocess.run(
        [str(watching.root / ".venv/bin/python"), "-m", "pytest", "-q", written.strip()],
        cwd=watching.root, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout[:1]) == (0, "x"), done.stdout  # fails as it did


@deep
def test_the_drill_shows_every_failure_of_it(watching: Project) -> None:
    done = watching.invoke("smoke-test", "--stage", "local", "--function", "charge", "--json")
    seen = [json.loads(line) for line in done.stdout.splitlines()]
    passed = {(check["kind"], check["link"]) for check in seen if check["result"] == "passed"}
    assert {
        ("success", "answered"), ("timeout", "recorded"), ("exit", "recorded"),
        ("exception", "recorded"), ("exception", "ALARM"), ("exception", "notified"),
        ("exception", "OK"), ("latency", "ALARM"), ("import-error", "subscribed"),
    } <= passed  # fmt: skip


@deep
def test_taking_the_lines_out_again_undoes_it(watching: Project) -> None:
    """The function runs its own handler, and nothing of ours is needed for it."""
    client = watching.client("lambda")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as made:
        made.writestr("src/charge.py", (TILL / "src/charge.py").read_text())
    client.update_function_configuration(
        FunctionName="till-local-charge",
        Handler="src/charge.handler",
        Layers=[],
        Environment={"Variables": {}},
    )
    answer = client.invoke(FunctionName="till-local-charge", Payload=b'{"amount": 3}')
    assert answer["Payload"].read() == b"3"
