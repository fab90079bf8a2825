"""Projects of other teams, as their tools leave them, and a project that attaches to them."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tocsin import config
from tocsin.attach import attaching as attaching_module
from tocsin.attach.attaching import attaching
from tocsin.attach.view import Attaching
from tocsin.aws import account as accounts
from tocsin.aws.account import NoCredentials

LAYER = "arn:aws:lambda:us-east-1:123456789012:layer:errorlog-layer-dev:7"
PROJECTS = ROOT / "tests/projects/attached"
"""Small ones, written for this: osls, SAM, CDK (with a nested stack), Terraform."""


@pytest.fixture
def watching(tmp_path: Path) -> Callable[..., Path]:
    """``watching("{template: sls/package}")``: the root of a project with these entries."""
    shutil.copytree(PROJECTS, tmp_path, dirs_exist_ok=True)

    def write(*entries: str) -> Path:
        attach = "".join(f"  - {entry}\n" for entry in entries)
        (tmp_path / "monitoring.yml").write_text(
            "service: watch\nstages: {local: {}, dev: {}, prod: {}}\n"
            f"functions: {{}}\nattach:\n{attach}"
        )
        return tmp_path

    return write


@pytest.fixture
def found(
    watching: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Attaching]:
    """``found(entries, layer=...)``: what attach finds without an account."""

    def refused(root: Path, stage: config.Stage) -> None:
        raise NoCredentials("there are no credentials")

    monkeypatch.setattr(accounts, "of", refused)

    def find(
        *entries: str, layer: str = LAYER, drill: bool = False, literal: bool = False
    ) -> Attaching:
        monkeypatch.setattr(attaching_module, "_layer", lambda root, stage: layer)
        root = watching(*entries)
        return attaching(root, config.load(root, "dev"), drill=drill, literal=literal)

    return find
