"""Projects other than the demo: `check` finds nothing wrong, and tests/stack holds for them.

Part of `invoke test-deep`.

What somebody changes in monitoring.yml, and which functions they have, is theirs: neither the
commands nor the project's own suite may expect what the demo has. Further kinds of projects are in
tests/e2e/test_projects.py.
"""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import PROJECTS, copy_project, deep, kept_in
from tocsin import config
from tocsin.check.run import own_rules
from tocsin.check.schema import schema
from tocsin.cloudformation.template import Template
from tocsin.findings import Severity
from tocsin.packaging.package import package

pytestmark = deep


@pytest.fixture(scope="module", params=[("shop", "trial"), ("no_functions", "dev")], ids=str)
def checkout(request, tmp_path_factory) -> tuple[Path, str]:
    """A project, and one of its stages."""
    name, stage = request.param
    root = copy_project(tmp_path_factory.mktemp("other") / "a project", PROJECTS / name)
    return root, stage


def test_its_own_suite_passes(checkout) -> None:
    root, _ = checkout
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "tests/stack"],
        cwd=root, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "skipped" not in done.stdout


def test_check_finds_no_error(checkout) -> None:
    root, name = checkout
    stage = config.load(root, name)
    templates = [Template.read(file) for file in package(root, stage).templates]
    found = [*own_rules(root, stage, templates, kept_in(root))]
    found += schema(stage, templates)
    assert [finding for finding in found if finding.severity is Severity.ERROR] == []
