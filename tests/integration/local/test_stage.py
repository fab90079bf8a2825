"""The stage as a process: found, started once, listening on loopback only, gone when stopped."""

from __future__ import annotations

import io
import json
import os
import signal
import socket
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from tests.waiting import until
from tocsin.local import (
    LocalStage,
    LocalStageError,
    advance,
    processes,
    project,
    read,
    start,
    status,
    stop,
)
from tocsin.local.ports import any_free

Aws = Callable[..., Any]
Deploy = Callable[..., Any]

pytestmark = pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="reads Linux's /proc")


def listening(pids: list[int]) -> set[tuple[str, int]]:
    """(address, port) of every TCP socket, IPv4 and IPv6, that one of the processes listens on."""
    sockets = set()
    for pid in pids:
        for fd in Path(f"/proc/{pid}/fd").iterdir():
            try:
                sockets.add(os.readlink(fd))
            except FileNotFoundError:
                continue
    found = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and f"socket:[{fields[9]}]" in sockets:
                address, port = fields[1].split(":")
                found.add((address, int(port, 16)))
    return found


def test_starting_twice_is_harmless(stage: LocalStage) -> None:
    again = start(stage.port, stage.state_dir)
    assert (again.pid, again.instance) == (stage.pid, stage.instance)
    assert (stage.fresh, again.fresh) == (True, False)
    assert status(stage.state_dir) == again


def test_another_port_for_a_running_stage_is_refused(stage: LocalStage) -> None:
    with pytest.raises(LocalStageError, match=f"already runs on port {stage.port}"):
        start(stage.port + 1, stage.state_dir)


def test_another_directory_cannot_have_its_port(stage: LocalStage, tmp_path: Path) -> None:
    with pytest.raises(LocalStageError, match=f"port {stage.port} is taken"):
        start(stage.port, tmp_path)


def test_only_loopback_is_listened_on(stage: LocalStage, deploy: Deploy) -> None:
    assert deploy("def handler(event, context):\n    return 1\n").invoke() == (None, 1)
    loopback = "0100007F"
    found = listening(processes.session(stage.pid))
    assert (loopback, stage.port) in found
    assert {address for address, _ in found} == {loopback}


def test_the_stages_process_holds_no_credentials_of_the_developers(stage: LocalStage) -> None:
    held = Path(f"/proc/{stage.pid}/environ").read_bytes()
    assert b"DEVELOPERS" not in held
    assert b"developers" not in held


def test_whoever_is_not_root_is_refused(stage: LocalStage) -> None:
    stranger = boto3.client(
        "dynamodb",
        endpoint_url=stage.endpoint,
        region_name="eu-west-1",
        aws_access_key_id="AKIASOMEBODYELSE",
        aws_secret_access_key="unknown",
    )
    with pytest.raises(ClientError) as caught:
        stranger.list_tables()
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] in (400, 403)


@pytest.mark.parametrize("seconds", [-1, 8 * 24 * 3600, float("nan")])
def test_an_advance_that_makes_no_sense_is_refused(stage: LocalStage, seconds: float) -> None:
    before = read(stage).offset
    with pytest.raises(LocalStageError, match="seconds"):
        advance(stage, seconds)
    assert read(stage).offset == before


def test_two_stages_of_a_project_do_not_touch_each_other(tmp_path: Path) -> None:
    names = ("local", "local-second")
    try:
        first, second = (project.start(tmp_path, "eu-west-1", any_free(), name) for name in names)
        assert (project.running(tmp_path), project.running(tmp_path, "local-second")) == tuple(
            replace(running, fresh=False) for running in (first, second)
        )
        advance(first, 60)
        assert (read(first).offset, read(second).offset) == (60, 0)
        stranger = replace(second, root=first.root)
        with pytest.raises(LocalStageError, match="InvalidClientTokenId: The security token"):
            read(stranger)
        assert project.stop(tmp_path) is True
        assert read(second).offset == 0
    finally:
        for name in names:
            project.stop(tmp_path, name)


def test_stopping_leaves_no_process_and_no_port(tmp_path: Path) -> None:
    started = start(any_free(), tmp_path / "a stage")
    try:
        _leave_a_function_hanging(started)
        members = processes.session(started.pid)
        assert len(members) == 3, "the stage, a function and the function's own child"
    finally:
        assert stop(started.state_dir) is True
    assert not any(processes.alive(pid) for pid in members)
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", started.port))
    assert status(started.state_dir) is None
    assert stop(started.state_dir) is False


def test_a_stage_that_was_killed_is_found_stale_and_started_anew(tmp_path: Path) -> None:
    port = any_free()
    first = start(port, tmp_path)
    try:
        os.kill(first.pid, 9)
        until(lambda: not processes.alive(first.pid))
        assert status(tmp_path) is None
        second = start(port, tmp_path)
        assert second.fresh
        assert second.instance != first.instance
    finally:
        stop(tmp_path)


def test_a_stage_that_hangs_keeps_what_it_holds(
    stage: LocalStage, aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    aws("sns").create_topic(Name="kept")
    monkeypatch.setattr("tocsin.local.stage.ANSWERS_WITHIN", 0.5)
    os.kill(stage.pid, signal.SIGSTOP)
    try:
        with pytest.raises(LocalStageError, match="left as it is"):
            start(stage.port, stage.state_dir)
    finally:
        os.kill(stage.pid, signal.SIGCONT)
    monkeypatch.undo()
    assert start(stage.port, stage.state_dir).pid == stage.pid
    topics = [topic["TopicArn"] for topic in aws("sns").list_topics()["Topics"]]
    assert [arn for arn in topics if arn.endswith(":kept")]


def _leave_a_function_hanging(stage: LocalStage) -> None:
    """Invoke, asynchronously, a function that starts a child and then neither returns nor ends."""
    code = (
        "import subprocess, sys, time\n"
        "def handler(event, context):\n"
        "    subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
        "    open(event, 'w').close()\n"
        "    time.sleep(600)\n"
    )
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as opened:
        opened.writestr("app.py", code)
    session = boto3.Session(
        stage.root.access_key_id, stage.root.secret_access_key, region_name=stage.region
    )
    role = session.client("iam", endpoint_url=stage.endpoint).create_role(
        RoleName="hang",
        AssumeRolePolicyDocument=json.dumps(
            {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Effect": "Allow",
                        "Principal": {"Service": "lambda.amazonaws.com"},
                        "Action": "sts:AssumeRole",
                    }
                ],
            }
        ),
    )["Role"]["Arn"]
    functions = session.client("lambda", endpoint_url=stage.endpoint)
    functions.create_function(
        FunctionName="hang",
        Runtime="python3.11",
        Timeout=900,
        Role=role,
        Handler="app.handler",
        Code={"ZipFile": package.getvalue()},
    )
    marker = Path(stage.state_dir) / "hangs"
    functions.invoke(FunctionName="hang", InvocationType="Event", Payload=json.dumps(str(marker)))
    until(marker.exists, "the function's invocation")


@pytest.mark.parametrize("command", [None, ""], ids=["its program runs", "before its program runs"])
def test_ctrl_c_while_it_starts_leaves_no_stage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str | None
) -> None:
    asked: list[LocalStage] = []
    if command is not None:  # as /proc has it for a moment
        monkeypatch.setattr("tocsin.local.processes.command", lambda pid: command)

    def interrupted(stage: LocalStage, timeout: float) -> bool:
        asked.append(stage)
        raise KeyboardInterrupt

    monkeypatch.setattr("tocsin.local.stage._answers", interrupted)
    with pytest.raises(KeyboardInterrupt):
        start(any_free(), tmp_path)
    assert not (tmp_path / "stage.json").exists()
    with pytest.raises(ProcessLookupError):
        os.killpg(asked[0].pid, 0)
