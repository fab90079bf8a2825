"""The kernel's own CPU limit for a function's processes, where we may set one.

Control groups of version 1 and 2; a group is a folder of ours in the one this process is in, or in
the nearest above it that may have some. Its name has the process that made it, so that the groups
of one that was killed can be told from those in use, and removed.
https://docs.kernel.org/admin-guide/cgroup-v2.html
https://docs.kernel.org/scheduler/sched-bwc.html
"""

from __future__ import annotations

import contextlib
import errno
import itertools
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

from tocsin.local import processes

PERIOD_US = 20_000
"""How often a group's time is dealt out: in small portions, as a slow core would."""
_LEAST_QUOTA_US = 1_000  # the kernel takes no less
_REMOVED_WITHIN_S = 1.0
_PREFIX = "tocsin-function"
_numbers = itertools.count()


class CpuGroup:
    """One folder: the processes in it, and all that they start, share so many cores."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._unified = (folder / "cpu.max").exists()

    def add(self, pid: int) -> None:
        """Put a process into it, with what it starts from now on."""
        (self._folder / "cgroup.procs").write_text(str(pid))

    def limit(self, cores: float) -> None:
        quota = max(_LEAST_QUOTA_US, round(cores * PERIOD_US))
        if self._unified:
            (self._folder / "cpu.max").write_text(f"{quota} {PERIOD_US}")
        else:
            (self._folder / "cpu.cfs_period_us").write_text(str(PERIOD_US))
            (self._folder / "cpu.cfs_quota_us").write_text(str(quota))

    def members(self) -> list[int]:
        """The processes in it, also those that left their process group."""
        with contextlib.suppress(OSError):
            return [int(line) for line in (self._folder / "cgroup.procs").read_text().split()]
        return []

    def remove(self) -> None:
        """Kill what is still in it and remove it; what cannot be yet, the next start removes."""
        deadline = time.monotonic() + _REMOVED_WITHIN_S
        while True:
            for pid in self.members():
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.kill(pid, signal.SIGKILL)
            try:
                self._folder.rmdir()
            except OSError as error:
                # A process that was killed is in its group until it has ended.
                if error.errno != errno.EBUSY or time.monotonic() > deadline:
                    return
                time.sleep(0.002)
            else:
                return


class CpuGroups:
    """Where groups may be made."""

    def __init__(self, parent: Path) -> None:
        self._parent = parent

    def new(self) -> CpuGroup:
        """An empty group without a limit.

        Raises:
            OSError: it cannot be made after all.
        """
        folder = self._parent / f"{_PREFIX}-{_identity(os.getpid())}-{next(_numbers)}"
        folder.mkdir()
        return CpuGroup(folder)

    def clear(self) -> int:
        """Remove the groups of processes that have ended, and say how many there were."""
        left = [
            folder for folder in self._parent.glob(f"{_PREFIX}-*-*-*") if not _in_use(folder.name)
        ]
        for folder in left:
            CpuGroup(folder).remove()
        return len(left)


def find(proc: Path = Path("/proc")) -> CpuGroups | None:
    """Where this process may make groups with a CPU limit; None where it may not."""
    for parent in _places(proc):
        groups = CpuGroups(parent)
        try:
            groups.clear()
            group = groups.new()
        except OSError:
            continue
        try:
            group.limit(1.0)
        except OSError:
            continue
        finally:
            group.remove()
        return groups
    return None


def _places(proc: Path) -> Iterator[Path]:
    """Folders in which groups might be made: of our own group, then of those above it."""
    try:
        mounts = [line.split() for line in (proc / "self/mounts").read_text().splitlines()]
        memberships = [
            line.split(":", 2) for line in (proc / "self/cgroup").read_text().splitlines()
        ]
    except OSError:
        return
    for _, mount, kind, options, *_ in mounts:
        root = Path(mount)
        for _, controllers, own in memberships:
            if kind == "cgroup" and "cpu" in options.split(",") and "cpu" in controllers.split(","):
                yield from _upwards(root, own)
            elif kind == "cgroup2" and not controllers:
                for folder in _upwards(root, own):
                    with contextlib.suppress(OSError):
                        if "cpu" in (folder / "cgroup.subtree_control").read_text().split():
                            yield folder


def _upwards(root: Path, own: str) -> Iterator[Path]:
    folder = root / own.lstrip("/")
    while folder != root and root in folder.parents:
        if folder.is_dir():
            yield folder
        folder = folder.parent
    yield root


def _identity(pid: int) -> str:
    """The process's number and when it began, since numbers are used again."""
    return f"{pid}-{processes.began(pid)}"


def _in_use(name: str) -> bool:
    pid = name.removeprefix(f"{_PREFIX}-").split("-")[0]
    return (
        pid.isdecimal()
        and processes.alive(int(pid))
        and name.startswith(f"{_PREFIX}-{_identity(int(pid))}-")
    )
