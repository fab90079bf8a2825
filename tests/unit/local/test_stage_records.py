"""What ``start``, ``status`` and ``stop`` make of what they find; no stage is started here."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import slow
from tocsin.local import (
    LocalStage,
    LocalStageError,
    RootKey,
    processes,
    read,
    start,
    status,
    stop,
)


def record(directory: Path, pid: int, port: int = 1, root: RootKey | None = None) -> Path:
    directory.mkdir(parents=True, exist_ok=True)
    file = directory / "stage.json"
    held: dict[str, Any] = {
        "port": port,
        "pid": pid,
        "instance": "abc",
        "state_dir": str(directory),
    }
    if root is not None:
        held["root"] = asdict(root)
    file.write_text(json.dumps(held))
    return file


def test_nothing_runs_in_an_empty_directory(tmp_path: Path) -> None:
    assert status(tmp_path) is None
    assert stop(tmp_path) is False
    assert stop(tmp_path / "missing") is False


def test_a_taken_port_is_named_with_what_to_do(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(LocalStageError) as caught:
            start(port, tmp_path)
    message = str(caught.value)
    assert f"port {port} is taken" in message
    assert "--port" in message
    assert "TOCSIN_LOCAL_PORT" in message
    assert caught.value.exit_code == 1


def test_a_record_of_a_dead_process_is_cleaned_up(tmp_path: Path) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    file = record(tmp_path, ended.pid)
    assert status(tmp_path) is None
    assert stop(tmp_path) is False
    assert not file.exists()


def test_a_process_that_only_has_the_old_number_is_left_alone(tmp_path: Path) -> None:
    stranger = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        file = record(tmp_path, stranger.pid)
        assert stop(tmp_path) is False
        assert not file.exists()
        assert stranger.poll() is None
    finally:
        stranger.communicate(b"\n")
    assert stranger.returncode == 0


@pytest.fixture
def silent(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process that is, by its command line, the recorded stage, and answers nobody."""
    command = [sys.executable, "-c", "print(flush=True); input()", "tocsin.local.launcher", "abc"]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()
    yield process
    process.communicate(b"\n")
    assert process.returncode == 0, "it was ended by somebody"


@slow
def test_a_stage_that_does_not_answer_is_neither_ended_nor_emptied(
    tmp_path: Path, silent: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tocsin.local.stage.ANSWERS_WITHIN", 0.3)
    file = record(tmp_path, silent.pid, root=RootKey.new())
    for action in (lambda: start(1, tmp_path), lambda: status(tmp_path)):
        with pytest.raises(LocalStageError) as caught:
            action()
        message = str(caught.value)
        assert f"process {silent.pid}" in message
        assert "left as it is" in message
        assert "./inv local-stop" in message
    assert file.exists()
    assert silent.poll() is None


def test_a_stage_of_an_earlier_version_says_so(
    tmp_path: Path, silent: subprocess.Popen[bytes]
) -> None:
    record(tmp_path, silent.pid)
    with pytest.raises(LocalStageError, match="earlier version"):
        status(tmp_path)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"pid": 1}', '{"unknown": true}'])
def test_a_record_that_cannot_be_read_counts_as_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "stage.json").write_text(text)
    assert status(tmp_path) is None
    assert stop(tmp_path) is False


def test_no_stage_no_clock() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        stage = LocalStage(free.getsockname()[1], 0, "", "", RootKey.new())
        with pytest.raises(LocalStageError, match=f"no local stage answers at {stage.endpoint}"):
            read(stage)


def test_a_clients_environment_leaves_no_way_to_aws(tmp_path: Path) -> None:
    root = RootKey.new()
    given = LocalStage(4599, 0, "", str(tmp_path / "with space"), root).environment()
    assert given["AWS_ACCESS_KEY_ID"] == root.access_key_id
    assert given["AWS_SECRET_ACCESS_KEY"] == root.secret_access_key
    assert given["AWS_SESSION_TOKEN"] == ""
    assert given["AWS_ENDPOINT_URL"] == "http://127.0.0.1:4599"
    assert given["AWS_EC2_METADATA_DISABLED"] == "true"
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        assert not Path(given[name]).exists()


def test_processes_know_the_living_from_the_ended() -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", "print(flush=True); input()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    assert child.stdin is not None
    assert child.stdout is not None
    child.stdout.readline()  # a process has no command line before its exec is through
    assert processes.alive(child.pid)
    assert processes.alive(os.getpid())
    assert "input()" in processes.command(child.pid)
    assert processes.session(child.pid) == [child.pid]
    processes.end(child.pid, patience=5)
    assert not processes.alive(child.pid)
    assert processes.session(child.pid) == []
    child.stdin.close()
    child.stdout.close()


@slow
def test_a_process_that_ignores_sigterm_is_ended_all_the_same() -> None:
    stubborn = "import signal; signal.signal(15, signal.SIG_IGN); print(flush=True); signal.pause()"
    child = subprocess.Popen(
        [sys.executable, "-c", stubborn], stdout=subprocess.PIPE, start_new_session=True
    )
    assert child.stdout is not None
    child.stdout.readline()
    processes.end(child.pid, patience=0.2)
    child.stdout.close()
    assert not processes.alive(child.pid)
