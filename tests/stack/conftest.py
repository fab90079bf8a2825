"""This project's stacks, compiled for each stage of monitoring.yml, whatever functions they have.

What the tests here expect is what monitoring.yml says, read by ``tocsin.config``; what they look at
is the CloudFormation that would be deployed.
"""

import fcntl
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from tocsin import config
from tocsin.cloudformation.merged import read_whole
from tocsin.cloudformation.template import Properties, Resource, Template
from tocsin.config import Stage
from tocsin.packaging.package import compiled_templates, package

ROOT = Path(__file__).resolve().parents[2]
NOT_READ = {".git", "build"}  # of the checkout: what a build does not need, and what it writes


CACHES = ".tocsin"


def stage_names() -> list[str]:
    """As far as they can be read; what is wrong with the file is told where it is loaded."""
    try:
        document = yaml.safe_load((ROOT / config.FILE_NAME).read_text(encoding="utf-8"))
        return [str(name) for name in document["stages"]]
    except (OSError, ValueError, TypeError, KeyError, yaml.YAMLError):
        return [config.DEFAULT_STAGE]


@dataclass(frozen=True)
class Compiled:
    """A stage, and its stacks as one template."""

    stage: Stage
    template: Template

    @property
    def resources(self) -> Mapping[str, Resource]:
        """Logical id -> resource."""
        return self.template.resources

    def of_type(self, kind: str) -> Mapping[str, Properties]:
        """Logical id -> properties of each resource of a type."""
        return self.template.of_type(kind)

    def one(self, kind: str, **name: str) -> tuple[str, Properties]:
        """The one resource of a type whose name is this, with its logical id."""
        ((key, value),) = name.items()
        found = [
            (logical_id, properties)
            for logical_id, properties in self.of_type(kind).items()
            if properties.get(key) == value
        ]
        assert len(found) == 1, f"{len(found)} of {kind} with {key} {value}"
        return found[0]

    @property
    def functions(self) -> dict[str, Properties]:
        """Deployed name -> properties of each function of the template, the stack's own too."""
        return {
            function["FunctionName"]: function
            for function in self.of_type("AWS::Lambda::Function").values()
        }

    @property
    def alarms(self) -> dict[str, Properties]:
        """Name -> properties of each alarm on metrics."""
        found = self.of_type("AWS::CloudWatch::Alarm").values()
        return {properties["AlarmName"]: properties for properties in found}


@contextmanager
def alone(root: Path, name: str) -> Iterator[None]:
    """While the block runs, no other process of the suite makes the same."""
    with (root.parent / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@pytest.fixture(scope="session")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Links to all of this project: what is built there is not what somebody is deploying.

    The processes of one run share it.
    """
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    root = shared / "stack" / ROOT.name
    root.parent.mkdir(exist_ok=True)
    not_linked = NOT_READ
    if os.access(ROOT, os.W_OK):
        (ROOT / CACHES).mkdir(exist_ok=True)
    else:
        not_linked |= {CACHES}  # the build makes its own
    with alone(root, "links"):
        if not root.exists():
            root.mkdir()
            for entry in ROOT.iterdir():
                if entry.name not in not_linked:
                    (root / entry.name).symlink_to(entry)
            lock = root / "stacks.lock.yml"
            if lock.exists():  # which a build may write
                text = lock.read_text(encoding="utf-8")
                lock.unlink()
                lock.write_text(text, encoding="utf-8")
    return root


@pytest.fixture(scope="session")
def compiled_stage(checkout: Path) -> Any:
    """``compiled_stage("dev")``: made once a run."""

    @cache
    def of(name: str) -> Compiled:
        stage = config.load(checkout, name)
        if stage.unlisted:
            pytest.skip(f"nobody has listed the external functions: ./inv render --stage {name}")
        templates = compiled_templates(checkout, stage)
        with alone(checkout, name):
            if not all(template.exists() for template in templates):
                templates = package(checkout, stage).templates
        return Compiled(stage, read_whole(stage, templates))

    return of


@pytest.fixture(scope="session", params=stage_names())
def compiled(request: pytest.FixtureRequest, compiled_stage: Any) -> Compiled:
    """Each stage of monitoring.yml in turn."""
    found: Compiled = compiled_stage(request.param)
    return found


@pytest.fixture(autouse=True)
def without_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test here may reach an account."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
