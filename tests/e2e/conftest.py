"""A project of its own on a local stage of its own port: one that is up is never disturbed."""

import json
import os
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests import left_stages
from tests.conftest import copy_project
from tests.e2e import warm_start


def pytest_unconfigure(config: pytest.Config) -> None:
    left_stages.stop_them(config)


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def listens(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


@dataclass(frozen=True)
class Project:
    """A checkout driven as a person would: by invoke, reading what it prints."""

    root: Path
    port: int

    def invoke(self, *arguments: str, expect: int | None = 0) -> subprocess.CompletedProcess[str]:
        """Run a task; its exit code must be ``expect`` unless that is None."""
        variables = {**os.environ, "TOCSIN_LOCAL_PORT": str(self.port)}
        done = warm_start.invoke(arguments, self.root, variables)
        if expect is not None:
            assert done.returncode == expect, f"{arguments}:\n{done.stdout}\n{done.stderr}"
        return done

    def json(self, *arguments: str) -> Any:
        return json.loads(self.invoke(*arguments, "--json").stdout)

    def client(self, service: str) -> Any:
        """A boto3 client on this project's local stage."""
        from tocsin import config
        from tocsin.aws import account

        # One of Lambda waits for an answer as long as a function may take, however slow it is here.
        made = account.of(self.root, config.load(self.root, "local"))
        return made.client(service, invoking=service == "lambda")

    def replace(self, file: str, old: str, new: str) -> None:
        path = self.root / file
        text = path.read_text()
        assert old in text, f"{file} has no {old!r} any more: this test breaks nothing"
        path.write_text(text.replace(old, new))


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """The project deployed on a stage of its own, without the drill; stopped afterwards."""
    root = copy_project(tmp_path_factory.mktemp("e2e") / "a project")
    project = Project(root, free_port())
    # Test after test fails in the same way in one environment: no storm to be protected from.
    project.replace(
        "monitoring.yml", "  orders:\n", "  orders:\n    environment: {ERROR_LOG_BURST: 1000}\n"
    )
    try:
        project.invoke("deploy", "--stage", "local", "--no-smoke-test")
        yield project
    finally:
        project.invoke("local-stop", expect=None)
