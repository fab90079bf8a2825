"""A function has its share of a core and nothing runs between two calls, with the kernel's help
and without it."""

import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import DEEP, slow
from tests.unit.local.runtime.configured import configured
from tests.waiting import until
from tocsin.local import processes
from tocsin.local.runtime import Conditions, ExecutionEnvironment, cpu_groups
from tocsin.local.runtime.cpu_groups import CpuGroup, CpuGroups
from tocsin.local.runtime.sandbox import cores

HANDLER = """
import os, socket, subprocess, threading, time

ticks = []
child = None
kept = None

def tick():
    while True:
        ticks.append(time.monotonic())
        time.sleep(0.005)

def write_on(file):
    with open(file, "w") as opened:
        while True:
            opened.write(".")
            opened.flush()
            time.sleep(0.005)

def handler(event, context):
    global child, kept
    match event["do"]:
        case "tick":
            threading.Thread(target=tick, daemon=True).start()
        case "widest gap":
            time.sleep(0.05)
            return max(b - a for a, b in zip(ticks, ticks[1:]))
        case "write on":
            threading.Thread(target=write_on, args=(event["file"],), daemon=True).start()
        case "burn":
            began, cpu = time.monotonic(), time.process_time()
            while time.process_time() - cpu < event["cpu"]:
                pass
            return time.monotonic() - began
        case "child":
            program = "import time\\nwhile True: time.sleep(0.01)"
            import sys
            child = subprocess.Popen([sys.executable, "-c", program], start_new_session=True)
            return child.pid
        case "connect":
            kept = socket.create_connection(("127.0.0.1", event["port"]))
            kept.sendall(b"hello")
            return kept.recv(5).decode()
        case "read on":
            kept.settimeout(10)
            return kept.recv(5).decode()
    return os.getpid()
"""
requires_linux = pytest.mark.skipif(sys.platform != "linux", reason="awslambdaric is for Linux")
pytestmark = [requires_linux, slow]


@pytest.fixture(params=["kernel", "signals"] if DEEP else ["signals"])
def conditions(request, monkeypatch):
    """Both ways in which a share is kept; the kernel's where it lets us.

    End-to-end tests run under the kernel's, too.
    """
    if request.param == "signals":
        monkeypatch.setattr(cpu_groups, "find", lambda: None)
    made = Conditions()
    if request.param == "kernel" and not made.kernel:
        pytest.skip("no control groups may be made here")
    return made


@pytest.fixture
def environment(tmp_path, conditions) -> Iterator[ExecutionEnvironment]:
    """A function of 256 MB, unless ``memory`` says another."""
    made = ExecutionEnvironment(configured(tmp_path, HANDLER, memory_mb=256), conditions)
    yield made
    made.kill()


def call(environment, **event):
    done = environment.invoke(json.dumps(event).encode(), "request")
    assert not done.failed, done.payload
    return json.loads(done.payload)


def state(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


def test_between_calls_nothing_runs_not_even_a_child_in_a_session_of_its_own(environment) -> None:
    leader = call(environment, do="pid")
    child = call(environment, do="child")
    until(lambda: state(leader) == state(child) == "T")
    assert call(environment, do="pid") == leader
    until(lambda: state(leader) == state(child) == "T")


def test_a_thread_makes_no_step_between_calls(environment) -> None:
    call(environment, do="tick")
    until(lambda: environment.frozen)
    frozen = time.monotonic()
    until(lambda: time.monotonic() - frozen > 0.5)
    assert call(environment, do="widest gap") > 0.5


def test_calls_one_after_the_other_are_all_answered(environment) -> None:
    """The next call may come before the last one has been frozen, or in the midst of it."""
    assert len({call(environment, do="pid") for _ in range(15)}) == 1


def test_what_it_was_connected_to_has_hung_up(environment) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        ended = threading.Event()

        def serve() -> None:
            accepted, _ = server.accept()
            with accepted:
                accepted.sendall(accepted.recv(5))
                assert accepted.recv(5) == b""
                ended.set()

        threading.Thread(target=serve, daemon=True).start()
        assert call(environment, do="connect", port=server.getsockname()[1]) == "hello"
        assert ended.wait(30)
        assert call(environment, do="read on") == ""


def test_cpu_is_what_the_memory_gives(environment) -> None:
    """On a machine that is busy it takes longer still, never shorter."""
    call(environment, do="pid")
    used_s = 0.15
    least_s = used_s / cores(environment.function.memory_mb)
    # The kernel deals out a share for each 20 ms; signals take back what was used before they came,
    # but for the last of it: on a busy machine one of several calls may end before they come.
    calls = (call(environment, do="burn", cpu=used_s) for _ in range(5))
    assert any(took_s > least_s - 0.15 for took_s in calls)


@pytest.mark.parametrize(
    ("memory_mb", "of_a_core"), [(128, 1 / 14), (256, 1 / 7), (1769, 1.0), (10_240, 5.8)]
)
def test_a_share_is_the_memory_in_cores(memory_mb, of_a_core) -> None:
    assert cores(memory_mb) == pytest.approx(of_a_core, rel=0.02)


def test_an_environment_that_is_retired_leaves_nothing(environment) -> None:
    leader, child = call(environment, do="pid"), call(environment, do="child")
    environment.retire()
    assert not processes.alive(leader)
    until(lambda: not processes.alive(child))


def test_at_full_speed_a_function_goes_on_between_calls(tmp_path, environment) -> None:
    free = ExecutionEnvironment(environment.function)
    try:
        call(free, do="write on", file=str(tmp_path / "written"))
        written = tmp_path / "written"
        until(lambda: written.exists() and written.read_text().count(".") > 20)
    finally:
        free.kill()


class TestControlGroups:
    @pytest.fixture
    def groups(self):
        found = cpu_groups.find()
        if found is None:
            pytest.skip("no control groups may be made here")
        return found

    def test_those_of_a_process_that_was_killed_are_removed_with_what_is_in_them(
        self, groups
    ) -> None:
        program = (
            "import os, subprocess, sys\n"
            "from tocsin.local.runtime import cpu_groups\n"
            "group = cpu_groups.find().new()\n"
            "child = subprocess.Popen(['sleep', '600'], start_new_session=True)\n"
            "group.add(child.pid)\n"
            "print(child.pid, group._folder, flush=True)\n"
            "sys.stdin.read()\n"
        )
        maker = subprocess.Popen(
            [sys.executable, "-c", program],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        child, folder = maker.stdout.readline().split()
        try:
            groups.clear()
            assert Path(folder).exists()  # its maker lives
            maker.kill()
            maker.wait()
            assert groups.clear() >= 1
            assert not Path(folder).exists()
            until(lambda: not processes.alive(int(child)))
        finally:
            maker.kill()
            maker.communicate()

    def test_a_group_has_the_limit_that_it_is_given(self, groups) -> None:
        group = groups.new()
        try:
            group.limit(cores(256))
            folder = group._folder
            if (folder / "cpu.max").exists():
                assert (folder / "cpu.max").read_text().split() == ["2894", "20000"]
            else:
                assert (folder / "cpu.cfs_quota_us").read_text().strip() == "2894"
                assert (folder / "cpu.cfs_period_us").read_text().strip() == "20000"
        finally:
            group.remove()
        assert not folder.exists()


class TestWhereGroupsAreLookedFor:
    """On folders that stand for what the kernel shows."""

    @pytest.fixture
    def kernel(self, tmp_path):
        def show(mounts: str, membership: str) -> Path:
            proc = tmp_path / "proc"
            (proc / "self").mkdir(parents=True)
            (proc / "self/mounts").write_text(mounts)
            (proc / "self/cgroup").write_text(membership)
            return proc

        return show

    def test_version_2_below_the_nearest_that_deals_out_cpu(self, kernel, tmp_path) -> None:
        own = tmp_path / "cg/user.slice/session.scope"
        own.mkdir(parents=True)
        (own / "cgroup.subtree_control").write_text("")
        (own.parent / "cgroup.subtree_control").write_text("cpu memory\n")
        (tmp_path / "cg/cgroup.subtree_control").write_text("cpu io\n")
        proc = kernel(f"cgroup2 {tmp_path}/cg cgroup2 rw 0 0\n", "0::/user.slice/session.scope\n")
        assert list(cpu_groups._places(proc)) == [own.parent, tmp_path / "cg"]

    def test_version_1_in_the_hierarchy_of_cpu(self, kernel, tmp_path) -> None:
        (tmp_path / "cpu/docker/abc").mkdir(parents=True)
        mounts = (
            f"cgroup {tmp_path}/memory cgroup rw,memory 0 0\n"
            f"cgroup {tmp_path}/cpu cgroup rw,cpu,cpuacct 0 0\n"
        )
        proc = kernel(mounts, "4:memory:/docker/abc\n3:cpu,cpuacct:/docker/abc\n0::/\n")
        assert list(cpu_groups._places(proc)) == [
            tmp_path / "cpu/docker/abc", tmp_path / "cpu/docker", tmp_path / "cpu",
        ]  # fmt: skip

    @pytest.mark.parametrize("membership", ["", "1:cpu:/elsewhere/../..\n"])
    def test_none_where_nothing_is_shown(self, kernel, tmp_path, membership) -> None:
        assert list(cpu_groups._places(kernel("", membership))) == []
        assert cpu_groups.find(tmp_path / "none") is None

    def test_none_where_none_may_be_made(self, tmp_path, monkeypatch) -> None:
        monkeypatch.setattr(cpu_groups, "_places", lambda _: [tmp_path / "not there"])
        assert cpu_groups.find() is None

    def test_version_2_takes_quota_and_period_in_one_file(self, tmp_path) -> None:
        (tmp_path / "cpu.max").write_text("max 100000")
        CpuGroup(tmp_path).limit(2.5)
        assert (tmp_path / "cpu.max").read_text() == "50000 20000"

    def test_a_share_too_small_for_the_kernel_is_its_least(self, tmp_path) -> None:
        (tmp_path / "cpu.max").write_text("max 100000")
        CpuGroup(tmp_path).limit(0.001)
        assert (tmp_path / "cpu.max").read_text() == "1000 20000"
        assert CpuGroups(tmp_path).clear() == 0
