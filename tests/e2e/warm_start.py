"""Commands in processes of their own, which begin where Python has imported what they need.

`python -m invoke TASK` spends most of a second of CPU on its imports, a hundred times in the suite.
Here one process imports them once and forks for each command, which has its own folder, variables,
output and exit code, as a person's has. What a test interrupts or kills begins with nothing.
"""

import json
import socket
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

from tests.conftest import ROOT


def invoke(
    arguments: tuple[str, ...], folder: Path, variables: dict[str, str]
) -> subprocess.CompletedProcess[str]:
    """What `python -m invoke` with ``arguments`` did in ``folder``, with these variables alone."""
    request = json.dumps([arguments, str(folder), variables]).encode()
    ours, theirs = socket.socketpair()
    with ours, tempfile.TemporaryFile() as stdout, tempfile.TemporaryFile() as stderr:
        with theirs:
            files = [stdout.fileno(), stderr.fileno(), theirs.fileno()]
            socket.send_fds(_server(), [request], files)
        exit_code = ours.recv(16)
        assert exit_code, f"nobody runs the commands any more: {arguments}"
        texts = []
        for file in (stdout, stderr):
            file.seek(0)
            texts.append(file.read().decode())
    return subprocess.CompletedProcess(arguments, int(exit_code), *texts)


@cache
def _server() -> socket.socket:
    """The way to the process that forks; it ends when this one does, and the socket with it."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        subprocess.Popen(
            [sys.executable, "-m", "tests.e2e.warm_started", str(theirs.fileno())],
            cwd=ROOT,
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
        )
    return ours
