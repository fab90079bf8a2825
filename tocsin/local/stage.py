"""Starting, finding and stopping a local stage.

A stage is one process tree, one loopback port and one directory. It outlives the command
that started it and ends with :func:`stop`; what it holds is in memory and ends with it.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import re
import shutil
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import tocsin
from tocsin.local import ports, processes
from tocsin.local.admin_client import call
from tocsin.local.emulator.settings import SCRATCH
from tocsin.local.errors import DamagedInstallation, LocalStageError
from tocsin.local.root_key import RootKey
from tocsin.local.running_stage import ACCOUNT, REGION, LocalStage
from tocsin.typed_command import typed

PORT = 4599
"""The default port; not ministack's own 4566, so that both can run."""
_LAUNCHER = "tocsin.local.launcher"
_READY_WITHIN = 60.0
ANSWERS_WITHIN = 15.0
"""Seconds after which a stage that lives and says nothing is reported as such."""
_STOPPED_WITHIN = 10.0
_LACKING = re.compile(r"^ModuleNotFoundError: No module named '([\w.]{1,200})'$", re.M)
_NO_KEY = {"access_key_id": "", "secret_access_key": ""}
"""Of a stage that an earlier version started: it can be found, and stopped."""
_KEPT_VARIABLES = ("PATH", "LANG", "LC_ALL", "LC_CTYPE", "LD_LIBRARY_PATH", "TZ")


def start(
    port: int = PORT,
    state_dir: Path | str = Path(".tocsin/local"),
    *,
    region: str = REGION,
    account: str = ACCOUNT,
    full_speed: bool | None = None,
) -> LocalStage:
    """Start a stage and wait until it answers; one that already runs is returned as it is.

    ``full_speed``: whether functions have the machine's whole CPU and are not frozen between
    calls; None for what runs, and what Lambda gives them where none does.

    Raises:
        LocalStageError: the port is taken, another port or speed was asked of a running stage,
            one runs and does not answer, or the stage did not come up (the message ends with the
            tail of its log).
    """
    directory = Path(state_dir).absolute()
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _locked(directory):
        running = status(directory)
        if running is not None:
            if running.port != port:
                raise LocalStageError(
                    f"a local stage already runs on port {running.port}, not {port}; "
                    f"stop it first: {_stop_command(directory)}"
                )
            if full_speed not in (None, running.full_speed):
                raise LocalStageError(
                    "the local stage that runs gives its functions "
                    f"{'full speed' if running.full_speed else 'the CPU that Lambda would'}; "
                    f"stop it first: {_stop_command(directory)}"
                )
            return running
        ended = _recorded(directory)
        _record(directory).unlink(missing_ok=True)
        ports.wait_until_free(port, _STOPPED_WITHIN if ended and ended.port == port else 0)
        return _launch(port, directory, region, account, bool(full_speed))


def status(state_dir: Path | str = Path(".tocsin/local")) -> LocalStage | None:
    """The stage of this directory, if its process lives; a stale record counts as none.

    Raises:
        LocalStageError: it lives, and has not answered for some seconds. It is left as it is:
            what is deployed on it would be lost, and it may only be busy.
    """
    directory = Path(state_dir).absolute()
    stage = _recorded(directory)
    if stage is None or not _ours(stage):
        return None
    if not stage.root.access_key_id:
        raise LocalStageError(
            f"the local stage on port {stage.port} was started by an earlier version of tocsin; "
            f"end it, with everything it holds: {_stop_command(directory)}"
        )
    deadline = time.monotonic() + ANSWERS_WITHIN
    while not _answers(stage, max(0.1, deadline - time.monotonic())):
        if not _ours(stage):
            return None
        if time.monotonic() > deadline:
            raise LocalStageError(
                f"the local stage runs (process {stage.pid}, port {stage.port}) and has not "
                f"answered for {ANSWERS_WITHIN:.0f} s; it is left as it is. If it is busy, try "
                f"again later; {stage.log_file} may tell. To end it, with everything it holds: "
                f"{_stop_command(directory)}"
            )
        time.sleep(0.05)
    return stage


def stop(state_dir: Path | str = Path(".tocsin/local")) -> bool:
    """End the stage and every process it started; False when none ran.

    Raises:
        LocalStageError: something of it could not be ended.
    """
    directory = Path(state_dir).absolute()
    if not directory.is_dir():
        return False
    with _locked(directory):
        return _clean_up(directory)


def _clean_up(directory: Path, launched: subprocess.Popen[bytes] | None = None) -> bool:
    """End what the record names, if that is still ours, and forget the record.

    What was just ``launched`` is ours: until its program runs it has no command to be known by.
    """
    stage = _recorded(directory)
    if stage is None:
        return False
    ran = _ours(stage) if launched is None else launched.poll() is None
    if ran:
        processes.end(stage.pid, _STOPPED_WITHIN)
    left = processes.session(stage.pid) if ran else []
    if left:
        raise LocalStageError(f"the local stage's processes {left} could not be ended")
    _record(directory).unlink(missing_ok=True)
    return ran


def _launch(port: int, directory: Path, region: str, account: str, full_speed: bool) -> LocalStage:
    instance = uuid.uuid4().hex
    root = RootKey.new()
    for scratch in SCRATCH:
        shutil.rmtree(directory / scratch, ignore_errors=True)
    kept = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
    log = directory / "stage.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                _LAUNCHER,
                *_arguments(port, directory, instance, account, region),
                *(["--full-speed"] if full_speed else []),
            ],
            # A clean environment: the developer's AWS credentials stay out of the stage.
            env=kept
            | root.environment()
            | {
                "HOME": str(directory),
                "PYTHONPATH": str(Path(tocsin.__file__).parents[1]),
                "PYTHONUNBUFFERED": "1",
            },
            cwd=directory,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    stage = LocalStage(
        port,
        process.pid,
        instance,
        str(directory),
        root,
        account,
        region,
        fresh=True,
        full_speed=full_speed,
    )
    _write_record(directory, stage)
    deadline = time.monotonic() + _READY_WITHIN
    try:
        while not _answers(stage, timeout=5):
            ended = process.poll() is not None
            if ended or time.monotonic() > deadline:
                _clean_up(directory, process)
                _record(directory).unlink(missing_ok=True)
                if lacking := _LACKING.search(_tail(log)):
                    raise DamagedInstallation(lacking[1])
                late = f"was not ready in {_READY_WITHIN:.0f} s"
                why = "ended while starting" if ended else late
                raise LocalStageError(f"the local stage {why}; its log {log} ends:\n{_tail(log)}")
            time.sleep(0.05)
    except KeyboardInterrupt:  # nobody has been told of it yet
        _clean_up(directory, process)
        raise
    return stage


def _arguments(port: int, directory: Path, instance: str, account: str, region: str) -> list[str]:
    given = {
        "--port": str(port),
        "--state": str(directory),
        "--instance": instance,
        "--account": account,
        "--region": region,
    }
    return [word for pair in given.items() for word in pair]


def _answers(stage: LocalStage, timeout: float) -> bool:
    with contextlib.suppress(LocalStageError):
        found = call(stage, "health", timeout=timeout, signed=False)
        return found.get("instance") == stage.instance
    return False


def _ours(stage: LocalStage) -> bool:
    """Whether the recorded process is still that stage, and not another under its old number."""
    command = processes.command(stage.pid)
    return processes.alive(stage.pid) and _LAUNCHER in command and stage.instance in command


def _recorded(directory: Path) -> LocalStage | None:
    try:
        held = json.loads(_record(directory).read_text())
        return LocalStage(**{**held, "root": RootKey(**held.get("root", _NO_KEY))})
    except (OSError, ValueError, TypeError, AttributeError):
        return None


def _write_record(directory: Path, stage: LocalStage) -> None:
    """The record holds the root key: for its owner's eyes only, from its first byte on."""
    held = {name: value for name, value in asdict(stage).items() if name != "fresh"}
    unfinished = directory / "stage.json.new"
    unfinished.unlink(missing_ok=True)
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(descriptor, "w") as file:
        file.write(json.dumps(held, indent=2) + "\n")
    unfinished.replace(_record(directory))


def _stop_command(directory: Path) -> str:
    """How a person ends the stage of this directory, which bears its name."""
    option = f" --stage {directory.name}" if directory.name.startswith("local-") else ""
    return typed(f"local-stop{option}")


def _record(directory: Path) -> Path:
    return directory / "stage.json"


@contextlib.contextmanager
def _locked(directory: Path) -> Iterator[None]:
    """Two commands at once do not start two stages."""
    with (directory / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _tail(log: Path, lines: int = 15) -> str:
    with contextlib.suppress(OSError):
        return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])
    return ""
