"""A process that a function forks has counts of its own, and waits for nobody's locks."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="a system without fork")

PROGRAM = """
import os, signal, sys
import errorlog
from errorlog import printed_lines, recursion_room, ulid

def fails(times):
    for _ in range(times):
        try:
            raise ValueError("no stock")
        except ValueError as error:
            errorlog.capture_exception(error)
"""


def records(body: str) -> list[dict[str, Any]]:
    """What a program prints, whose last lines are ``body``."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM + body], capture_output=True, text=True, check=True,
        timeout=120, cwd=Path(__file__).parents[3], env={"PATH": os.environ["PATH"]},
    )  # fmt: skip
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    return [line["error_log_fallback"] for line in lines if "error_log_fallback" in line]


def test_all_failures_of_a_process_and_its_children_are_counted() -> None:
    written = records("""
fails(3)
for _ in range(2):
    if os.fork() == 0:
        fails(4)
        os._exit(0)
    os.wait()
fails(2)
""")
    counters: dict[str, int] = {}
    for record in written:
        counters[record["counter"]] = max(counters.get(record["counter"], 0), record["counted"])
    assert len(written) == 13
    assert sorted(counters.values()) == [4, 4, 5]
    assert len({record["errorId"] for record in written}) == 13


def test_both_fail_and_each_has_its_record() -> None:
    written = records("""
@errorlog.record_errors
def handler(event, context):
    child = os.fork()
    if child:
        os.waitpid(child, 0)
    raise ValueError("child" if child == 0 else "parent")

try:
    handler({}, None)
except ValueError:
    pass
""")
    assert sorted(record["errorMessage"] for record in written) == ["child", "parent"]


@pytest.mark.parametrize("held", ["recursion_room._lock", "printed_lines._lock"])
def test_what_a_thread_of_the_parent_holds_stops_no_child(held) -> None:
    written = records(f"""
import _thread
fails(1)
ready = _thread.allocate_lock(); ready.acquire()
def hold():
    {held}.acquire()
    ready.release()
    signal.pause()
_thread.start_new_thread(hold, ())
ready.acquire()
child = os.fork()
if child == 0:
    signal.alarm(60)
    free = {held}.acquire(False)
    if free:
        {held}.release()
    fails(2)
    os._exit(not free)
assert os.waitpid(child, 0)[1] == 0
os._exit(0)
""")
    assert len(written) == 3


def test_no_limit_that_another_thread_raised_is_left_to_a_child() -> None:
    assert not records("""
usual = sys.getrecursionlimit()
assert recursion_room.take()
child = os.fork()
if child == 0:
    left = sys.getrecursionlimit()
    recursion_room.give_back()  # of who forked in between
    os._exit(left != usual or sys.getrecursionlimit() != usual)
assert os.waitpid(child, 0)[1] == 0
""")


def test_ids_of_one_millisecond_are_not_those_of_the_parent() -> None:
    assert not records("""
from errorlog import recorder
os.urandom = lambda size: bytes(size)
ulid.ulid(1)
child = os.fork()
if child == 0:
    os._exit(ulid._last != (0, ""))
assert os.waitpid(child, 0)[1] == 0
assert ulid._last[0] == 1
""")
