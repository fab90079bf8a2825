"""What osls cannot run for is one line with what to do; what it printed itself is kept."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.conftest import ROOT, slow
from tocsin.packaging import osls
from tocsin.packaging.node_modules import NodeModulesError
from tocsin.packaging.osls import EXECUTABLE, LOG, POLL_INTERVAL, OslsError, run


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with an osls, and a PATH on which there is only what a test puts there."""
    (tmp_path / EXECUTABLE).parent.mkdir(parents=True)
    (tmp_path / EXECUTABLE).write_text("")
    (tmp_path / "bin").mkdir()
    (tmp_path / "build").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    return tmp_path


def node(project: Path, script: str) -> None:
    file = project / "bin/node"
    file.write_text(f"#!/bin/sh\n{script}\n")
    file.chmod(0o755)


def refused(project: Path) -> str:
    with pytest.raises((OslsError, NodeModulesError)) as raised:
        run(project, project / "build", "package", environment={})
    return str(raised.value)


def test_osls_looks_at_a_stacks_work_as_often_as_it_is_told() -> None:
    """Its own file, since nothing else says whether a new version still reads the variable."""
    lib = ROOT / EXECUTABLE.parents[1] / "lib/plugins/aws"
    assert f"process.env.{POLL_INTERVAL}" in (lib / "utils/get-monitoring-frequency.js").read_text()
    for file in ("monitor-stack.js", "wait-for-change-set-creation.js"):
        assert "getMonitoringFrequency(" in (lib / "lib" / file).read_text()


def test_node_modules_without_osls_are_to_be_made_anew(installed) -> None:
    (installed / EXECUTABLE).unlink()
    (installed / "package-lock.json").write_text("{}")
    assert refused(installed) == ("node_modules has no osls; remove node_modules, then run npm ci")


def test_node_that_is_gone_is_named(installed) -> None:
    assert refused(installed) == (
        "osls could not be run, because of node: No such file or directory; "
        "it needs Node 20 or newer on the PATH"
    )


def test_node_that_may_not_be_run_is_named(installed) -> None:
    node(installed, "exit 0")
    os.chmod(installed / "bin/node", 0o644)
    assert refused(installed).startswith("osls could not be run, because of node: Permission")


@pytest.mark.parametrize(
    ("line", "module"),
    [
        ("Error: Cannot find module 'ajv'", "ajv"),
        ("Error: Cannot find package '@aws-sdk/x' imported from /a", "@aws-sdk/x"),
    ],
)
def test_a_module_of_osls_that_is_gone_is_one_line(installed, line, module) -> None:
    node(installed, f'echo "    at frame (x.js:1)"; echo "{line}"; exit 1')
    assert refused(installed) == (
        f"node_modules is damaged: it has no {module}; remove node_modules, then run npm ci"
    )


def test_what_osls_says_of_the_stack_is_shown_and_kept(installed) -> None:
    node(installed, 'echo "Stack is in UPDATE_IN_PROGRESS"; exit 1')
    assert refused(installed).endswith("Stack is in UPDATE_IN_PROGRESS")
    assert (installed / "build" / LOG).read_text() == "Stack is in UPDATE_IN_PROGRESS\n"


@slow
def test_an_engine_of_a_shell_reads_the_endpoint_too_wherever_tocsin_lies(
    tmp_path, monkeypatch
) -> None:
    """A copy in a folder with a space and a quote; what the shell had already stays."""
    lies = tmp_path / 'a "product"' / "sdk_endpoints.cjs"
    lies.parent.mkdir()
    shutil.copy(osls._SDK_ENDPOINTS, lies)
    monkeypatch.setattr(osls, "_SDK_ENDPOINTS", lies)
    sdk = tmp_path / "node_modules" / "aws-sdk"
    sdk.mkdir(parents=True)
    (sdk / "index.js").write_text("exports.config = {update(given) { Object.assign(this, given) }}")
    options = osls.node_options("--no-warnings")
    done = subprocess.run(
        ["node", "-p", "require('aws-sdk').config.endpoint"],  # noqa: S607
        env={"PATH": os.environ["PATH"], "NODE_OPTIONS": options, "AWS_ENDPOINT_URL": "http://s"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "http://s\n"
    assert osls.node_options(options) == options
