"""What a frozen process is connected to hangs up, as the other ends of idle connections do.

The kernel gives us its sockets (pidfd_getfd), and we shut them down: when it runs again, it reads
the end of the stream. Where the kernel does not allow that, they stay open.
https://man7.org/linux/man-pages/man2/pidfd_getfd.2.html
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import socket
from collections.abc import Iterable, Iterator
from pathlib import Path

_PIDFD_GETFD = 438  # the same number on every architecture


def hang_up(pids: Iterable[int], *, but: int) -> int:
    """Shut down the TCP connections of ``pids``, except to port ``but``; how many there were."""
    closed = 0
    for pid in pids:
        with contextlib.suppress(OSError), _opened(pid) as process:
            for number in _sockets(pid):
                with contextlib.suppress(OSError):
                    closed += _shut_down(process, number, but)
    return closed


@contextlib.contextmanager
def _opened(pid: int) -> Iterator[int]:
    descriptor = os.pidfd_open(pid)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _sockets(pid: int) -> list[int]:
    found = []
    for entry in (Path("/proc") / str(pid) / "fd").iterdir():
        with contextlib.suppress(OSError):
            if os.readlink(entry).startswith("socket:"):
                found.append(int(entry.name))
    return found


def _shut_down(process: int, number: int, but: int) -> bool:
    libc = ctypes.CDLL(None, use_errno=True)
    taken = libc.syscall(_PIDFD_GETFD, process, number, 0)
    if taken < 0:
        raise OSError(ctypes.get_errno(), "pidfd_getfd")
    with socket.socket(fileno=taken) as held:
        if held.family not in (socket.AF_INET, socket.AF_INET6) or held.type != socket.SOCK_STREAM:
            return False
        if held.getpeername()[1] == but:  # OSError where it is not connected
            return False
        held.shutdown(socket.SHUT_RDWR)
        return True
