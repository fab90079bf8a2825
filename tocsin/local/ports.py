"""Ports of loopback: whether one is free, and which is."""

from __future__ import annotations

import socket
import time

from tocsin.local.errors import LocalStageError


def wait_until_free(port: int, patience: float) -> None:
    """Return when the port can be listened on.

    ``patience`` is in seconds: a stage that was killed is gone before all its threads are.

    Raises:
        LocalStageError: another program has it.
    """
    deadline = time.monotonic() + patience
    while taken := why_taken(port):
        if time.monotonic() > deadline:
            raise LocalStageError(
                f"port {port} is taken by another program ({taken}); end that program, "
                "or choose another port with --port or TOCSIN_LOCAL_PORT"
            )
        time.sleep(0.02)


def why_taken(port: int) -> str:
    """Why the port cannot be listened on; empty where it can."""
    with socket.socket() as probe:
        # As the server will bind: a port in TIME_WAIT is free, one listened on is not.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            return error.strerror or str(error)
    return ""


def any_free() -> int:
    """A port that the system chooses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
