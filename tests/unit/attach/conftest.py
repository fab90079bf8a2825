"""Projects of other teams, as their tools leave them, and a project that attaches to them."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import ROOT

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
