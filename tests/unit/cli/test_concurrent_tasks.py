"""Tasks that run at once: each is told in one piece, none is lost, whatever becomes of another."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT, slow
from tests.waiting import PATIENCE_S, until
from tocsin.cli import concurrent_tasks
from tocsin.local import processes

# What the command `tocsin` is in the project of these tests: the tasks by their names.
TASKS = """
import pathlib, subprocess, sys, time
said = lambda text: print(text, flush=True)
def first():
    said("first begins")
    while not pathlib.Path("last is done").exists():
        time.sleep(0.01)
    said("first ends \\u00e9")
def last():
    said("last")
    pathlib.Path("last is done").touch()
def failing():
    said("failing")
    sys.exit(3)
def endless():
    # The signal reaches the child as well, whose own words are of no interest.
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(9999)"],
                             stderr=subprocess.DEVNULL)
    pathlib.Path("child").write_text(str(child.pid))
    try:
        child.wait()
    except KeyboardInterrupt:
        said("cleaned up")
        sys.exit(2)
def nice():
    import os
    said(os.nice(0))
globals()[sys.argv[1]]()
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    package = tmp_path / "tocsin"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "__main__.py").write_text(TASKS)
    return tmp_path


@slow
def test_what_they_say_follows_one_another_though_they_run_at_once(root, capfd) -> None:
    # The first ends because the second has run.
    assert concurrent_tasks.run(root, ("first", "last")) == {"first": 0, "last": 0}
    said, noted = capfd.readouterr()
    assert said.splitlines() == ["first begins", "first ends é", "last"]
    assert noted.splitlines() == ["first ...", "first: passed", "last ...", "last: passed"]


def test_the_failure_of_one_keeps_none_from_its_end(root, capfd) -> None:
    assert concurrent_tasks.run(root, ("failing", "last")) == {"failing": 3, "last": 0}
    said, noted = capfd.readouterr()
    assert said.splitlines() == ["failing", "last"]
    assert "failing: failed, exit code 3" in noted.splitlines()


@slow
def test_one_that_gives_way_has_the_processor_after_the_others(root, capfd) -> None:
    tasks = ("nice", "last")
    assert concurrent_tasks.run(root, tasks, giving_way=["nice"]) == {"nice": 0, "last": 0}
    assert concurrent_tasks.run(root, tasks, giving_way=["last"]) == {"nice": 0, "last": 0}
    after, _, before, _ = capfd.readouterr().out.splitlines()
    assert int(after) == min(int(before) + 3, 19)


def running(root: Path) -> subprocess.Popen[str]:
    """`endless` beside `last`, in a process of its own; both have begun."""
    code = (
        "import sys; from pathlib import Path; from tocsin.cli import concurrent_tasks\n"
        "concurrent_tasks.run(Path(sys.argv[1]), ('endless', 'last'))"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(root)],
        # As a shell's background job.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN),
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    until(lambda: (root / "child").exists() and (root / "child").read_text(), "the start")
    until((root / "last is done").exists, "the end of the other")
    return process


@slow
def test_interrupted_each_cleans_up_and_what_they_have_said_is_told(root) -> None:
    process = running(root)
    process.send_signal(signal.SIGINT)
    said, _ = process.communicate(timeout=PATIENCE_S)
    assert said.splitlines() == ["cleaned up", "last"]
    assert process.returncode == -signal.SIGINT
    child = int((root / "child").read_text())
    until(lambda: not processes.alive(child), "the end of what a task had started")
