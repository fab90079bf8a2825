"""The process that ``warm_start`` has its commands forked from: `python -m ... DESCRIPTOR`.

A request is a message with the arguments, the folder and the variables, and three descriptors: for
the output, for the errors, and for the exit code.
"""

import gc
import json
import os
import pkgutil
import signal
import socket
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

from tests import botocore_memory
from tocsin import config
from tocsin.names import DEFAULT_STAGE

IMPORTED = ("invoke.main", "boto3", "boto3.dynamodb.types", "rich.console", "rich.table")
WITH_ALL_BELOW = (
    "tocsin.cli",
    "tocsin.config",
    "tocsin.aws",
    "tocsin.attach",
    "tocsin.check",
    "tocsin.deploy",
    "tocsin.drill",
    "tocsin.packaging",
    "tocsin.triage",
)
PROJECT = Path(__file__).parents[1] / "projects" / "demo"
SERVICES = (
    *("cloudformation", "cloudwatch", "dynamodb", "iam", "kms", "lambda"),
    *("logs", "s3", "sns", "sqs", "sts"),
)
LONGEST = 1 << 20
"""Bytes of a request: some arguments, and the variables of a process."""


def main() -> None:
    """Fork for each request, until nobody can send one any more."""
    for name in IMPORTED:
        import_module(name)
    for package in WITH_ALL_BELOW:
        for module in pkgutil.walk_packages(import_module(package).__path__, f"{package}."):
            import_module(module.name)
    botocore_memory.share()
    _describe_services()
    config.load(PROJECT, DEFAULT_STAGE)  # pydantic builds its validators when they are first used
    gc.freeze()
    requests = socket.socket(fileno=int(sys.argv[1]))
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for those that wait for a command
    while True:
        message, descriptors, _, _ = socket.recv_fds(requests, LONGEST, 3)
        if not message:
            return
        if os.fork() == 0:
            requests.close()
            break
        for descriptor in descriptors:
            os.close(descriptor)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    stdout, stderr, told = descriptors
    if command := os.fork():
        os.close(stdout)
        os.close(stderr)
        _, status = os.waitpid(command, 0)
        os.write(told, str(os.waitstatus_to_exitcode(status)).encode())
        os._exit(0)
    os.close(told)
    os.dup2(stdout, sys.stdout.fileno())
    os.dup2(stderr, sys.stderr.fileno())
    arguments, folder, variables = json.loads(message)
    _run(arguments, folder, variables)


def _describe_services() -> None:
    import boto3

    session: Any = boto3.Session("none", "none", region_name="us-east-1")
    for service in SERVICES:
        session.client(service)


def _run(arguments: list[str], folder: str, variables: dict[str, str]) -> None:
    """Be `python -m invoke` from here on."""
    import invoke
    from invoke.main import program

    os.chdir(folder)
    os.environ.clear()
    os.environ.update(variables)
    sys.path[0] = folder
    sys.argv = [os.path.join(os.path.dirname(invoke.__file__), "__main__.py"), *arguments]
    program.run()


if __name__ == "__main__":
    main()
