"""A call that takes more than its memory ends so, also where nobody came to look meanwhile."""

import json
import sys
from collections.abc import Callable, Iterator

import pytest

from tests.conftest import slow
from tests.unit.local.runtime.configured import configured
from tests.waiting import until
from tocsin.local import runtime
from tocsin.local.runtime import ExecutionEnvironment, memory

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="awslambdaric is for Linux"),
    slow,
]
TAKE = "bytearray(150_000_000)\n"  # given back at once
HANDLER = f"""
import json, os, pathlib, time

def handler(event, context):
    if event["do"] == "answer":
        return os.getpid()
    {TAKE}
    if event["do"] == "take and sleep":
        pathlib.Path("taken").touch()
        time.sleep(600)
    return "taken"
"""

Build = Callable[..., ExecutionEnvironment]


@pytest.fixture(params=["looked at", "not looked at"])
def build(request, tmp_path, monkeypatch) -> Iterator[Build]:
    """Makes an environment of 128 MB. A busy machine comes to look when all is over."""
    if request.param == "not looked at":
        monkeypatch.setattr(memory, "_EVERY_S", 3600)
    made = []

    def of(code: str) -> ExecutionEnvironment:
        made.append(ExecutionEnvironment(configured(tmp_path, code, memory_mb=128)))
        return made[0]

    yield of
    made[0].kill()


def call(environment: ExecutionEnvironment, do: str) -> tuple[str, str]:
    """What the caller is told, and the call's REPORT."""
    done = environment.invoke(json.dumps({"do": do}).encode(), "request")
    said = json.loads(done.payload)
    report = done.log[-1].message
    return said["errorType"] if done.failed else str(said), report


def test_a_call_that_took_too_much_ends_for_want_of_memory(build: Build) -> None:
    environment = build(HANDLER)
    first, _ = call(environment, "answer")
    ended, report = call(environment, "take")
    assert ended == "Runtime.OutOfMemory"
    assert "Max Memory Used: 128 MB" in report
    assert report.rstrip().endswith("Status: error\tError Type: Runtime.OutOfMemory")
    second, report = call(environment, "answer")
    assert second not in (first, "Runtime.OutOfMemory"), "a new environment serves the next call"
    assert "Status" not in report


@pytest.mark.parametrize("build", ["not looked at"], indirect=True)
def test_it_is_no_time_out_where_the_memory_was_full_first(
    build: Build, tmp_path, monkeypatch
) -> None:
    """Seen at the end of the call's time; AWS would have ended the call before."""
    environment = build(HANDLER)
    call(environment, "answer")

    def time_is_up(live: object, kinds: set[str], seconds: float) -> None:
        until((tmp_path / "task" / "taken").exists)

    monkeypatch.setattr(runtime.environment, "_wait", time_is_up)
    assert call(environment, "take and sleep")[0] == "Runtime.OutOfMemory"


def test_a_start_that_took_too_much_is_given_no_call(build: Build) -> None:
    environment = build(TAKE + HANDLER)
    assert call(environment, "answer")[0] == "Runtime.OutOfMemory"
