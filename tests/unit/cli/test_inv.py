"""The bootstrap wrapper: what it needs is said in one line, what is there is not made again."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.conftest import ROOT


@pytest.fixture
def bare_project(tmp_path: Path) -> Path:
    """A fresh clone as far as the wrapper looks: nothing installed."""
    project = tmp_path / "fresh clone"
    (project / "requirements").mkdir(parents=True)
    for name in ("inv", "package-lock.json", "requirements/tools.lock"):
        (project / name).write_bytes((ROOT / name).read_bytes())
    (project / "inv").chmod(0o755)
    return project


@pytest.fixture
def path_with(tmp_path: Path):
    """``path_with(python="3.10.1")``: a PATH of a shell's basics and these versions."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("sh", "dirname", "cmp", "rm", "cp", "env"):
        (folder / name).symlink_to(
            f"/bin/{name}" if Path(f"/bin/{name}").exists() else f"/usr/bin/{name}"
        )

    def build(python: str | None = None, node: str | None = None) -> str:
        if python:
            major, minor = python.split(".")[:2]
            too_old = int(major) < 3 or int(minor) < 11
            script = f'[ "$1" = --version ] && echo "Python {python}" && exit; exit {int(too_old)}'
            _executable(folder / "python3", script)
        if node:
            _executable(folder / "node", f"echo v{node}")
            _executable(folder / "npm", "exit 0")
        return str(folder)

    return build


def _executable(path: Path, script: str) -> None:
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


@pytest.mark.parametrize(
    ("versions", "message"),
    [
        ({}, "inv: Python 3.11 or newer is needed, found no Python"),
        ({"python": "3.10.4"}, "inv: Python 3.11 or newer is needed, found Python 3.10.4"),
        ({"python": "3.11.2"}, "inv: Node 20 or newer is needed, found no node"),
        (
            {"python": "3.12.1", "node": "18.19.0"},
            "inv: Node 20 or newer is needed, found v18.19.0",
        ),
    ],
)
def test_a_missing_or_old_tool_is_one_line_and_exit_1(
    bare_project, path_with, versions, message
) -> None:
    done = subprocess.run(
        [bare_project / "inv", "--list"],
        env={"PATH": path_with(**versions)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith(message)
    assert done.stderr.count("\n") == 1
    assert not (bare_project / ".venv").exists()


def test_once_made_it_hands_its_arguments_to_invoke() -> None:
    done = subprocess.run(
        [ROOT / "inv", "--list"],
        cwd="/",
        env=os.environ,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "smoke-test" in done.stdout
    assert done.stderr == ""


@pytest.mark.parametrize("lock", ["requirements/tools.lock", "package-lock.json"])
def test_locks_name_no_registry(lock: str) -> None:
    text = (ROOT / lock).read_text()
    assert "index-url" not in text
    assert "find-links" not in text
    assert '"resolved"' not in text
