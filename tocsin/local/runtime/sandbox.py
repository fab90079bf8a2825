"""Lambda's conditions for one function's processes: a share of a core, and frozen between calls.

A function of M megabytes has M/1769 of a core; while it initializes, up to ten seconds, it has a
whole one. From its answer to the next call it does not run, and what it is connected to may have
hung up meanwhile; here it always has.
https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
https://serverlessland.com/content/service/lambda/guides/effectively-running-java-on-serverless/init-heavy-lifting
"""

from __future__ import annotations

import contextlib
import logging
import signal
import threading
import time
from typing import Literal

from tocsin.local import processes
from tocsin.local.runtime import cpu_groups
from tocsin.local.runtime.cpu_groups import CpuGroup, CpuGroups
from tocsin.local.runtime.hang_up import hang_up

MB_OF_A_CORE = 1_769
_STEP_S = 0.005
"""How often the CPU time that was used is looked at where there are no control groups."""

logger = logging.getLogger(__name__)


def cores(memory_mb: int) -> float:
    """What a function of ``memory_mb`` gets, in cores."""
    return memory_mb / MB_OF_A_CORE


class Conditions:
    """Lambda's, for the functions of one stage. ``kernel`` tells whether the kernel keeps them."""

    def __init__(self) -> None:
        self._groups = cpu_groups.find()
        self.kernel = self._groups is not None

    def sandbox(self, leader: int, memory_mb: int, api_port: int) -> Sandbox:
        """The sandbox of a process that has just been started."""
        return Sandbox(leader, memory_mb, api_port, self._groups)


class Sandbox:
    """Around one process, the leader of its group, and all that it starts.

    Without ``groups`` the share is kept by stopping and continuing the processes, by the CPU time
    they have used.
    """

    def __init__(
        self, leader: int, memory_mb: int, api_port: int, groups: CpuGroups | None
    ) -> None:
        self._leader = leader
        self._leader_began = processes.began(leader)
        self._stopped: dict[int, str] = {}
        self._cores = cores(memory_mb)
        self._api_port = api_port
        self._state: Literal["initializing", "running", "freezing", "frozen", "closed"] = (
            "initializing"
        )
        self._thawed = 0
        self._lock = threading.Lock()
        self._changed = threading.Condition(self._lock)
        self._group = _group(groups, leader, max(1.0, self._cores))

    @property
    def frozen(self) -> bool:
        """Whether it waits for a call, and nothing of it runs."""
        return self._state == "frozen"

    def thaw(self) -> None:
        """A call is coming: let it run, from now on with the function's share."""
        with self._lock:
            if self._state in ("running", "closed"):
                return
            self._state = "running"
            self._thawed += 1
            self._changed.notify_all()
            if self._group is not None:
                with contextlib.suppress(OSError):
                    self._group.limit(self._cores)
            elif self._cores < 1:
                threading.Thread(
                    target=self._pace, args=(self._thawed,), name="function-cpu", daemon=True
                ).start()
            self._continue()

    def freeze(self) -> None:
        """It has answered and asks for more: nothing of it runs until :meth:`thaw`."""
        with self._lock:
            if self._state in ("frozen", "closed"):
                return
            # Pacing ends with this, and leaves what it had stopped as it is.
            self._state = "freezing"
            self._changed.notify_all()
            self._stop()
            hang_up(self._stopped, but=self._api_port)
            self._state = "frozen"

    def kill(self) -> None:
        """End all of it at once, also what is frozen or left the leader's process group."""
        with self._lock:
            self._state = "closed"
            self._changed.notify_all()
            for pid in self._members():
                processes.send_signal(pid, signal.SIGKILL)
            for pid, began in self._stopped.items():
                if processes.began(pid) == began:  # else it has ended, and another has its number
                    processes.send_signal(pid, signal.SIGKILL)
            if self._group is not None:
                self._group.remove()

    def _members(self) -> list[int]:
        """All processes of ours, also those that left the leader's process group."""
        if self._group is not None:
            return self._group.members()
        if processes.began(self._leader) != self._leader_began:
            return []  # it has ended: its number may be another's by now
        return processes.family(self._leader)

    def _stop(self) -> None:
        while new := set(self._members()) - self._stopped.keys():  # one may just have forked
            for pid in new:
                processes.send_signal(pid, signal.SIGSTOP)
                self._stopped[pid] = processes.began(pid)

    def _continue(self) -> None:
        for pid, began in self._stopped.items():
            if processes.began(pid) == began:
                processes.send_signal(pid, signal.SIGCONT)
        self._stopped = {}

    def _pace(self, thawed: int) -> None:
        """Stop the processes whenever they are ahead of their share, until they are not."""
        began, used_before = time.monotonic(), processes.cpu_seconds(self._members())
        with self._lock:
            while self._state == "running" and self._thawed == thawed:
                used = processes.cpu_seconds(self._members()) - used_before
                ahead_s = used / self._cores - (time.monotonic() - began)
                if ahead_s > 0:
                    self._stop()
                    self._changed.wait(ahead_s)
                    if self._state == "running" and self._thawed == thawed:
                        self._continue()
                self._changed.wait(_STEP_S)


def _group(groups: CpuGroups | None, leader: int, full: float) -> CpuGroup | None:
    if groups is None:
        return None
    try:
        group = groups.new()
    except OSError as error:
        logger.warning("no control group for a function, its share is kept by signals: %s", error)
        return None
    try:
        group.limit(full)
        group.add(leader)
    except OSError as error:
        group.remove()
        logger.warning("no control group for a function, its share is kept by signals: %s", error)
        return None
    return group
