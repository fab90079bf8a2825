"""Whatever a team makes of the project: `check` and its own suite exit 0.

A fresh copy for each, driven as a person would. All kinds of projects, and the product's whole
suite in some of them, take minutes: `invoke test-deep`.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from tests.conftest import DEEP, INSTALLED, PROJECTS, ROOT, copy_project
from tests.e2e.conftest import Project, free_port
from tests.many_functions import project_of

HANDLER = """import errorlog

@errorlog.record_errors
def handler(event, context):
    return {"ok": True}
"""
Change = Callable[[Path, dict], None]


def function(root: Path, key: str, **modules: str) -> None:
    """Write a function's folder; without ``modules``, a handler that does nothing."""
    folder = root / "functions" / key
    folder.mkdir()
    for name, text in (modules or {"handler": HANDLER}).items():
        (folder / f"{name}.py").write_text(text)


def one_more(root: Path, document: dict) -> None:
    """README's steps: a folder with a handler, and an entry."""
    function(root, "refunds")
    document["functions"]["refunds"] = {
        "timeout": 10,
        "events": [{"httpApi": {"method": "POST", "path": "/refunds"}}],
        "permissions": [
            {
                "actions": ["dynamodb:GetItem", "dynamodb:PutItem"],
                "resources": ["arn:aws:dynamodb:us-east-1:123456789012:table/stock-${sls:stage}"],
            }
        ],
        "alarms": {"latency": {"threshold": 800, "statistic": "p99"}},
    }


def two_others(root: Path, document: dict) -> None:
    """In place of the demo, whose scenarios are still there; one is only imported."""
    shutil.rmtree(root / "functions")
    (root / "functions").mkdir()
    function(root, "ingest", handler="from work import handler\n", work=HANDLER)
    function(root, "export")
    document["functions"] = {"ingest": {}, "export": {"memory": 512}}


def none_at_all(root: Path, document: dict) -> None:
    shutil.rmtree(root / "functions")
    document["functions"] = {}


def one_fewer(root: Path, document: dict) -> None:
    shutil.rmtree(root / "functions" / "payments")
    del document["functions"]["payments"]


def unusual_names(root: Path, document: dict) -> None:
    """With digits, hyphens and capitals, and as long as Lambda takes."""
    for key in ("a", "s3-to-sqs-2", "OrderV2", "x" * 46):
        function(root, key)
        document["functions"][key] = {}


def other_stages(root: Path, document: dict) -> None:
    document["stages"] = {
        "qa": {"environmentSuffix": "q"},
        "live": {"protected": True, "region": "eu-west-1"},
    }
    document["service"] = "billing"


def other_runtime(root: Path, document: dict) -> None:
    document |= {"runtime": "python3.13", "architecture": "arm64", "region": "ap-southeast-2"}
    document["stages"] = {"dev": {}}


def no_alarms_on_one_stage(root: Path, document: dict) -> None:
    document["stages"] = {"dev": {"alarms": {"enabled": False}}, "prod": {"protected": True}}


def other_thresholds(root: Path, document: dict) -> None:
    shutil.rmtree(root / "tests" / "alarms")  # which say when the demo's fire
    document["stages"] = {"dev": {}}
    document["alarms"] = {
        "errorRate": {"threshold": 2.5, "minimumInvocations": 20, "evaluationPeriods": 5},
        "latency": {"threshold": 1200, "statistic": "p95", "severity": "page"},
        "throttles": {"threshold": 0, "period": 300},
        "timeoutCloseness": {"enabled": True},
    }
    document |= {"paging": "function", "roles": "shared", "topicKey": "none"}


def only_of_other_stacks(root: Path, document: dict) -> None:
    shutil.rmtree(root / "functions")
    del document["functions"]
    document["externalFunctions"] = [{"name": "legacy-search", "timeout": 30}]
    document["stages"] = {"dev": {}}


def several_stacks(root: Path, document: dict) -> None:
    project_of(root, 38)
    document |= yaml.safe_load((root / "monitoring.yml").read_text())
    document["stages"] = {"dev": {}}


STEPS = [one_more, two_others, none_at_all]
QUICK = [one_more, two_others]
SUITES = [one_more]
"""Those whose own suite is run every time."""
KINDS = [one_fewer, unusual_names, other_stages, other_runtime, no_alarms_on_one_stage,
         other_thresholds, only_of_other_stacks, several_stacks]  # fmt: skip
ABOUT_WHAT_IS_GONE = {
    two_others,
    none_at_all,
    one_fewer,
    no_alarms_on_one_stage,
    only_of_other_stacks,
}


def run(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    # What is run there is the fast suite, whatever runs this.
    variables = {name: text for name, text in os.environ.items() if name != "TOCSIN_DEEP"}
    done = subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=root,
        env=variables,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{arguments}:\n{done.stdout}\n{done.stderr}"
    return done


def changed(root: Path, change: Change) -> str:
    """Change the project at ``root``; the name of its first stage."""
    file = root / "monitoring.yml"
    document = yaml.safe_load(file.read_text())
    change(root, document)
    if not DEEP:  # two stages show what four do, and each is compiled anew
        for name in {"local", "staging"} & document["stages"].keys():
            del document["stages"][name]
    file.write_text(yaml.safe_dump(document, sort_keys=False))
    if "dev" in document["stages"]:
        return "dev"
    return str(next(iter(document["stages"])))


@pytest.mark.parametrize("change", [*STEPS, *KINDS] if DEEP else QUICK)
def test_check_and_its_own_suite_exit_0(tmp_path, change) -> None:
    root = copy_project(tmp_path / "a project")
    stage = changed(root, change)
    said = run(root, "invoke", "check", "--stage", stage).stdout
    assert "check: 0 errors" in said
    warned = [line for line in said.splitlines() if "scenario-names" in line]
    # One line, which names every file to change.
    assert len(warned) == (change in ABOUT_WHAT_IS_GONE), said
    assert all("tests/alarms/" in line for line in warned)
    if DEEP or change in SUITES:
        assert "skipped" not in run(root, "invoke", "test-unit").stdout


def test_a_stage_without_functions_is_deployed_drilled_and_read(tmp_path) -> None:
    project = Project(copy_project(tmp_path / "a project", PROJECTS / "no_functions"), free_port())
    try:
        drilled = project.invoke("deploy", "--stage", "local").stdout
        assert "0 failed" in drilled
        # Alarms are evaluated when a minute is over, which the deploy may not have seen.
        project.invoke("local-clock", "--advance", "2m")
        states = project.json("alarms", "--stage", "local")
        assert states
        assert {state["state"] for state in states} == {"OK"}
        project.invoke("cost", "--stage", "local")
        project.invoke("smoke-test", "--stage", "local", "--wiring")
        project.invoke("remove", "--stage", "local")
    finally:
        project.invoke("local-stop", expect=None)


@pytest.mark.skipif(not DEEP, reason="the whole fast suite: invoke test-deep")
@pytest.mark.parametrize("change", STEPS)
def test_the_products_suite_passes_beside_any_project(tmp_path, change) -> None:
    """With all of this checkout in the copy, so that `test-unit` runs the product's tests, too."""
    root = tmp_path / "a project"
    linked = (*INSTALLED, ".git", "build", ".tocsin", "__pycache__", ".hypothesis")
    shutil.copytree(ROOT, root, ignore=shutil.ignore_patterns(*linked))
    for name in (*INSTALLED, ".git"):
        (root / name).symlink_to(ROOT / name)
    for name in ("functions", "tests/alarms"):
        shutil.rmtree(root / name)
        shutil.copytree(PROJECTS / "demo" / name, root / name)
    shutil.copy(PROJECTS / "demo" / "monitoring.yml", root / "monitoring.yml")
    changed(root, change)
    run(root, "invoke", "test-unit")
