"""Which engine a project has, where it calls AWS, and that all of them compile the same."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import DEMO, ROOT, deep, slow
from tocsin import config
from tocsin.packaging import osls
from tocsin.packaging.node_modules import (
    LENT,
    OSLS,
    SERVERLESS,
    Engine,
    NodeModulesError,
    engine_of,
)
from tocsin.packaging.package import compiled_template, package

pytestmark = slow

COMPARED = ("osls@3.77.1", "serverless@3.40.0")
"""The newest of each older line, as docs/engines.md names them."""


@pytest.mark.parametrize(
    ("declared", "files", "name", "own"),
    [
        ({"osls": "4.3.1"}, (), OSLS, True),
        ({"osls": "^3.60.0"}, (), OSLS, True),
        ({"osls": "4", "serverless": "3"}, (), OSLS, True),
        ({"serverless": "3"}, (), SERVERLESS, True),
        ({"serverless": "^3.40.0"}, (), SERVERLESS, True),
        ({"serverless": "~3.38"}, (), SERVERLESS, True),
        # Version 4 wants a login; and no range is asked of the registry.
        ({"serverless": "^4.4.0"}, (), OSLS, False),
        ({"serverless": "34"}, (), OSLS, False),
        ({"serverless": "latest"}, (), OSLS, False),
        # A project that is attached to: its engine is for its own functions.
        ({"serverless": "3"}, ("serverless.yml",), OSLS, False),
        ({"serverless": "3"}, ("serverless.ts",), OSLS, False),
        ({"osls": "3"}, ("serverless.yml",), OSLS, True),
        ({}, (), OSLS, False),
    ],
)
def test_what_a_project_declares_is_its_engine(tmp_path: Path, declared, files, name, own) -> None:
    (tmp_path / "package.json").write_text(json.dumps({"devDependencies": declared}))
    for file in files:
        (tmp_path / file).write_text("")
    assert engine_of(tmp_path) == Engine(name, tmp_path if own else tmp_path / LENT)


SDK = """
class Config { update(options) { Object.assign(this, options); } }
module.exports = {config: new Config()};
"""
ENGINE = "process.stdout.write(JSON.stringify(require('aws-sdk').config));"


def test_the_older_sdk_is_told_the_endpoints_that_later_ones_read(tmp_path, monkeypatch) -> None:
    modules = tmp_path / "a project" / "node_modules"
    engine = Engine(OSLS, modules.parent)
    for file, text in ((modules / "aws-sdk/index.js", SDK), (engine.executable, ENGINE)):
        file.parent.mkdir(parents=True)
        file.write_text(text)
    for name in ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"):
        monkeypatch.delenv(name, raising=False)
    told = {
        "AWS_ENDPOINT_URL_CLOUDFORMATION": "http://127.0.0.1:1",
        "AWS_ENDPOINT_URL_CLOUDWATCH_LOGS": "http://127.0.0.1:2",
    }
    said = osls.run(modules.parent, modules.parent, "package", environment=told)
    assert json.loads(said) == {
        "cloudformation": {"endpoint": "http://127.0.0.1:1"},
        "cloudwatchlogs": {"endpoint": "http://127.0.0.1:2"},
    }
    all_of_it = {"AWS_ENDPOINT_URL": "http://127.0.0.1:3"}
    said = osls.run(modules.parent, modules.parent, "deploy", environment=all_of_it)
    # A bucket is a name in front of an address, which 127.0.0.1 cannot have.
    assert json.loads(said) == {"endpoint": "http://127.0.0.1:3", "s3ForcePathStyle": True}
    shutil.rmtree(modules / "aws-sdk")
    with pytest.raises(NodeModulesError, match="it has no aws-sdk"):
        osls.run(modules.parent, modules.parent, "package", environment={})


def _compiled(root: Path, stage_name: str) -> Any:
    stage = config.load(root, stage_name)
    package(root, stage)
    text = compiled_template(root, stage).read_text()
    # The moment of packaging, as osls names folder and deployment by it.
    text = re.sub(r"\d{13}-\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", "MOMENT", text)
    return json.loads(re.sub(r"(?<=Deployment)\d{13}", "MOMENT", text))


@deep
@pytest.mark.parametrize("engine", COMPARED)
def test_every_engine_compiles_the_same_template(tmp_path: Path, engine: str) -> None:
    """npm brings the engine; then nothing but loopback is asked, with no credentials."""
    projects = {name: tmp_path / f"with {name}" for name in ("ours", "theirs")}
    for root in projects.values():
        shutil.copytree(DEMO, root)
    (projects["ours"] / "node_modules").symlink_to(ROOT / "node_modules")
    name, _, version = engine.partition("@")
    (projects["theirs"] / "package.json").write_text(
        json.dumps({"private": True, "devDependencies": {name: version}})
    )
    subprocess.run(
        ["npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"],  # noqa: S607
        cwd=projects["theirs"],
        check=True,
    )
    assert engine_of(projects["theirs"]).version == f"{name} {version}"
    for stage_name in ("dev", "prod"):
        ours, theirs = (_compiled(root, stage_name) for root in projects.values())
        assert theirs == ours
