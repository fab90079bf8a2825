"""Whether processes live, what they are, and who belongs to a session.

Linux tells through /proc; elsewhere ``ps`` does, with groups in place of sessions.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from pathlib import Path

_PROC = Path("/proc")


def alive(pid: int) -> bool:
    """Whether the process runs; one that has ended and waits to be reaped does not."""
    stat = _stat(pid)
    state = stat[0] if stat else "" if _PROC.is_dir() else _ps("state=", pid)
    if state.startswith("Z"):
        # Ours to reap, if it was started from this very process.
        with contextlib.suppress(ChildProcessError):
            os.waitpid(pid, os.WNOHANG)
        return False
    return bool(state)


def command(pid: int) -> str:
    """The process's command line, empty when there is none."""
    with contextlib.suppress(OSError):
        return (_PROC / str(pid) / "cmdline").read_bytes().replace(b"\0", b" ").decode().strip()
    return "" if _PROC.is_dir() else _ps("command=", pid)


def began(pid: int) -> str:
    """When the process started, in the kernel's ticks; empty where that is not told."""
    stat = _stat(pid)
    return stat[19] if stat else ""


def family(pid: int) -> list[int]:
    """The process and all its living descendants; only itself where the kernel does not say."""
    found = [pid]
    for member in found:  # grows while it is walked
        for task in (_PROC / str(member) / "task").glob("*/children"):
            with contextlib.suppress(OSError):
                found.extend(int(child) for child in task.read_text().split())
    return found


def cpu_seconds(pids: list[int]) -> float:
    """CPU time of the processes so far; one that has ended counts no more."""
    used = 0.0
    for pid in pids:
        with contextlib.suppress(OSError):
            # The kernel's clock of that process: clock_getcpuclockid(3) has no door in Python.
            used += time.clock_gettime(~pid << 3 | 2)
    return used


def session(leader: int) -> list[int]:
    """Every living process of the session that ``leader`` began, whatever its group."""
    if not _PROC.is_dir():
        listed = subprocess.run(
            ["/bin/ps", "-axo", "pid=,pgid="], capture_output=True, text=True, check=False
        ).stdout
        pairs = (line.split() for line in listed.splitlines())
        return [int(pair[0]) for pair in pairs if pair[1:] == [str(leader)]]
    members = []
    for entry in _PROC.iterdir():
        if entry.name.isdigit():
            stat = _stat(int(entry.name))
            if stat is not None and stat[0] != "Z" and int(stat[3]) == leader:
                members.append(int(entry.name))
    return members


def end(leader: int, patience: float) -> None:
    """SIGTERM the leader, then SIGKILL whatever is left of its session; returns when all ended.

    ``patience`` is how many seconds the leader gets to end by itself.
    """
    send_signal(leader, signal.SIGTERM)
    _until_ended([leader], patience)
    left = {*session(leader), *([leader] if alive(leader) else [])}
    for pid in left:
        send_signal(pid, signal.SIGKILL)
    _until_ended(list(left), patience)


def _until_ended(pids: list[int], patience: float) -> None:
    deadline = time.monotonic() + patience
    while any(alive(pid) for pid in pids) and time.monotonic() < deadline:
        time.sleep(0.02)


def send_signal(pid: int, number: int) -> None:
    """Nothing where the process is gone, or somebody else's."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(pid, number)


def _stat(pid: int) -> list[str] | None:
    """Fields of /proc/<pid>/stat after the command's name: state, ppid, pgrp, session, ..."""
    with contextlib.suppress(OSError):
        return (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    return None


def _ps(column: str, pid: int) -> str:
    asked = ["/bin/ps", "-o", column, "-p", str(pid)]
    return subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip()
