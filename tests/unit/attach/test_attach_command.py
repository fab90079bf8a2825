"""``attach --write`` as a person runs it: shown first, then written, whole or not at all."""

import contextlib
import io
import os
import signal
import subprocess
import sys
from pathlib import Path
from unittest import mock

import pytest
from invoke import Program

from tests.conftest import ROOT, slow
from tocsin.cli.tasks import namespace

KEPT = """\
# The shop's till.   Do not sort: the order is that of the team.
service: till   # one word


provider:
    name: aws
    runtime: 'python3.12'
    environment:          # of all
        PRICES: "${self:service}-prices"   # one table
functions:
    # takes the money
    charge:
        handler: src/charge.handler
    night-report: {handler: src/reports/nightly.run}
    thumbs:
        handler: src/thumbs.handler   # Node
        runtime: nodejs20.x
"""
CHARGE = "functions: {charge: {zeroCode: true}}, except: [night-report]"


WITHOUT_CREDENTIALS = {
    "AWS_CONFIG_FILE": "/none", "AWS_SHARED_CREDENTIALS_FILE": "/none",
    "AWS_EC2_METADATA_DISABLED": "true",
}  # fmt: skip


def ran(root: Path, *more: str, answer: str = "") -> subprocess.CompletedProcess[str]:
    """``tocsin attach --write`` in ``root``, in this process."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("AWS_")}
    out, err = io.StringIO(), io.StringIO()
    on_sigterm = signal.getsignal(signal.SIGTERM)
    with (
        mock.patch.dict(os.environ, kept | WITHOUT_CREDENTIALS, clear=True),
        mock.patch.object(sys, "stdin", io.StringIO(answer)),
        contextlib.chdir(root),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        line = ["invoke", "attach", "--stage", "dev", "--write", *more]
        try:
            Program(namespace=namespace(root)).run(line)
            code = 0
        except SystemExit as ended:
            code = int(ended.code or 0)
    signal.signal(signal.SIGTERM, on_sigterm)
    return subprocess.CompletedProcess(line, code, out.getvalue(), err.getvalue())


def killed(root: Path, dying: str) -> int:
    """The exit code of the same in a process of its own, which is killed where a path's ``dying``
    would be called."""
    (root / "hook").mkdir()
    (root / "hook/sitecustomize.py").write_text(
        "import os, signal, pathlib\n"
        f"pathlib.Path.{dying} = lambda *_: os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    path = f"{root / 'hook'}{os.pathsep}{ROOT}"
    kept = {key: value for key, value in os.environ.items() if not key.startswith("AWS_")}
    done = subprocess.run(
        [sys.executable, "-m", "tocsin", "attach", "--stage", "dev", "--write", "--yes"],
        cwd=root, env=kept | WITHOUT_CREDENTIALS | {"PYTHONPATH": path},
        stdin=subprocess.DEVNULL, capture_output=True, check=False,
    )  # fmt: skip
    return done.returncode


@pytest.fixture
def till(watching):
    """The root of a project that attaches to a Serverless project, whose file is ``KEPT``."""
    root = watching(f"{{template: sls/package, {CHARGE}}}")
    (root / "sls/serverless.yml").write_text(KEPT)
    return root


def lines_without(text: str, added: list[str]) -> str:
    lines = text.splitlines(keepends=True)
    for line in added:
        lines.remove(f"{line}\n")
    return "".join(lines)


@slow
def test_it_shows_the_lines_and_adds_just_those(till) -> None:
    file = till / "sls/serverless.yml"
    file.chmod(0o640)
    done = ran(till, "--yes")
    assert done.returncode == 0, done.stderr
    shown = done.stdout[done.stdout.index("--- sls/serverless.yml") :].splitlines()
    added = [line[1:] for line in shown[2:] if line.startswith("+")]
    taken = [line[1:] for line in shown[2:] if line.startswith("-")]
    # The handler is the one line that takes another's place.
    assert taken == ["        handler: src/charge.handler"]
    assert "        handler: errorlog.auto.handler" in added
    assert "            ERROR_LOG_HANDLER: src/charge.handler" in added
    text = file.read_text()
    left = lines_without(text, [line for line in added if "errorlog.auto" not in line])
    assert left == KEPT.replace("src/charge.handler", "errorlog.auto.handler")
    assert file.stat().st_mode & 0o777 == 0o640
    assert done.stderr.splitlines()[-1] == "sls/serverless.yml: written"


@slow
@pytest.mark.parametrize("answer", ["n\n", ""])
def test_nothing_is_written_without_a_yes(till, answer) -> None:
    done = ran(till, answer=answer)
    assert "+++ sls/serverless.yml" in done.stdout
    assert (till / "sls/serverless.yml").read_text() == KEPT
    assert "sls/serverless.yml is as it was" in done.stderr


@slow
@pytest.mark.parametrize("dying", ["chmod", "replace"])
def test_killed_while_it_writes_the_file_is_whole_and_the_next_one_cleans_up(till, dying) -> None:
    folder = till / "sls"
    before = {file.name for file in folder.iterdir()}
    assert killed(till, dying) == -signal.SIGKILL
    (left,) = {file.name for file in folder.iterdir()} - before
    assert left.endswith(".part")
    assert (folder / "serverless.yml").read_text() == KEPT
    assert ran(till, "--yes").returncode == 0
    assert {file.name for file in folder.iterdir()} == before
    assert "ERROR_LOG_TABLE" in (folder / "serverless.yml").read_text()
