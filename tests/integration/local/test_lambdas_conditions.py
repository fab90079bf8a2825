"""Unless it is asked for full speed, a stage gives functions what Lambda gives them, and leaves
nothing of it behind however it ends."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.integration.local.conftest import REGION, clients, deploying
from tests.waiting import until
from tocsin.local import LocalStage, LocalStageError, admin_client, processes, start, stop
from tocsin.local.ports import any_free
from tocsin.local.runtime import cpu_groups

PID = "import os\n\ndef handler(event, context):\n    return os.getpid()\n"

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="reads Linux's /proc")


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStage]:
    """One of this module's own: it is killed."""
    directory = tmp_path_factory.mktemp("as on Lambda")
    yield start(any_free(), directory, region=REGION)
    stop(directory)


@pytest.fixture(scope="module")
def aws(stage: LocalStage) -> Callable[..., Any]:
    return clients(stage)


def state(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


def groups_of(pid: int) -> list[Path]:
    found = cpu_groups.find()
    return list(found._parent.glob(f"tocsin-function-{pid}-*")) if found else []


def test_a_stage_tells_who_keeps_the_share(stage: LocalStage) -> None:
    kept = admin_client.call(stage, "health", signed=False)["cpu"]
    assert kept == ("kernel" if cpu_groups.find() else "signals")


def test_another_speed_is_not_that_of_the_stage_that_runs(stage: LocalStage) -> None:
    with pytest.raises(LocalStageError, match="the CPU that Lambda would; stop it first"):
        start(stage.port, stage.state_dir, full_speed=True)
    assert start(stage.port, stage.state_dir, full_speed=False).pid == stage.pid


def test_a_function_is_frozen_between_calls_and_ends_with_a_stage_that_is_killed(
    stage: LocalStage, aws: Callable[..., Any]
) -> None:
    deploy = deploying(aws, [])
    functions = [deploy(PID).invoke()[1] for _ in range(3)]
    until(lambda: all(state(pid) == "T" for pid in functions))
    kept_by_kernel = cpu_groups.find() is not None
    assert len(groups_of(stage.pid)) == (3 if kept_by_kernel else 0)
    os.kill(stage.pid, signal.SIGKILL)
    # The kernel wakes and hangs up on stopped processes whose parent has gone.
    until(lambda: not any(processes.alive(pid) for pid in functions))
    again = start(any_free(), stage.state_dir, region=REGION)
    try:
        assert groups_of(stage.pid) == []
        assert again.fresh
    finally:
        stop(stage.state_dir)
    assert groups_of(again.pid) == []
