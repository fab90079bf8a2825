"""One execution environment: a Python process that handles invocations, one at a time.

Follows https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html:
an Init phase of at most 10 seconds, warm reuse, the environment thrown away after a
time-out or an exit.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
import uuid
from dataclasses import dataclass, field
from pathlib import Path

from tocsin.local.runtime.log_pipe import LogEvent, LogPipe
from tocsin.local.runtime.report import (
    Phase,
    end_line,
    platform_error_line,
    report_line,
    start_line,
)
from tocsin.local.runtime.runtime_api import Report, RuntimeApi, Work

INIT_TIMEOUT = 10.0
"""Seconds for importing the handler; AWS fixes it."""


@dataclass(frozen=True)
class Function:
    """What an environment runs, and as whom.

    ``environment`` holds the function's own variables, ``credentials`` the execution role's
    session, ``endpoint`` the stage's URL. Paths are the unpacked ``/var/task``, ``/opt`` and
    ``/var/runtime``; ``scratch`` stands for ``/tmp``.
    """

    name: str
    arn: str
    version: str
    handler: str
    runtime: str
    memory_mb: int
    timeout: float
    region: str
    log_group: str
    endpoint: str
    task_root: Path
    opt: Path
    runtime_dir: Path
    scratch: Path
    environment: dict[str, str] = field(default_factory=dict)
    credentials: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Invocation:
    """How an invocation ended.

    ``payload`` is the JSON text of the result or of AWS's error object; ``failed`` tells
    which. ``log`` is everything for the log stream, START to REPORT; ``duration`` is in
    seconds, Init not included.
    """

    payload: str
    failed: bool
    log: tuple[LogEvent, ...]
    duration: float


@dataclass
class _Live:
    """The process of the moment, with the two things that connect us to it."""

    process: subprocess.Popen[bytes]
    api: RuntimeApi
    pipe: LogPipe
    init_seconds: float = 0.0


class ExecutionEnvironment:
    """Starts its process at the first invocation and again after each end of one."""

    def __init__(self, function: Function) -> None:
        self.function = function
        today = dt.datetime.now(dt.UTC)
        self.log_stream = f"{today:%Y/%m/%d}/[{function.version}]{uuid.uuid4().hex}"
        self._live: _Live | None = None
        self._lock = threading.Lock()
        self._retired = False

    def invoke(
        self, payload: bytes, request_id: str, *, arn: str = "", trace_id: str | None = None
    ) -> Invocation:
        """Run the handler once and wait for its end, at most the function's timeout."""
        with self._lock:
            try:
                return self._invoke(payload, request_id, arn, trace_id)
            finally:
                if self._retired:
                    self._close()

    def retire(self) -> None:
        """Close as soon as nothing runs: now, or at the end of the invocation under way."""
        self._retired = True
        if self._lock.acquire(blocking=False):
            try:
                self._close()
            finally:
                self._lock.release()

    def kill(self) -> None:
        """End the process at once, whatever it does; the stage is going down."""
        self._retired = True
        if (live := self._live) is not None:
            _kill(live.process)
        with self._lock:
            self._close()

    def _invoke(
        self, payload: bytes, request_id: str, arn: str, trace_id: str | None
    ) -> Invocation:
        live = self._live
        if live is None or live.process.poll() is not None:
            self._close()
            started = self._init(request_id)
            if isinstance(started, Invocation):
                return started
            live = started
        began = time.monotonic()
        deadline_ms = int((time.time() + self.function.timeout) * 1000)
        start = LogEvent(time.time(), start_line(request_id, self.function.version))
        work = Work(request_id, payload, deadline_ms, arn or self.function.arn, trace_id)
        live.api.give(work)
        report = _wait(live, {"response", "error"}, self.function.timeout)
        phase = Phase(time.monotonic() - began, live.init_seconds)
        live.init_seconds = 0.0
        return self._ended(live, report, request_id, phase, start)

    def _close(self) -> None:
        """End the process and everything it started; free port and descriptors."""
        live, self._live = self._live, None
        if live is None:
            return
        _kill(live.process)
        live.api.close()
        live.pipe.close()

    def _init(self, request_id: str) -> _Live | Invocation:
        """Start a process and wait for its first poll; an Invocation when that failed.

        An Init that overruns its ten seconds is repeated under the function's own timeout, as
        AWS does.
        """
        began = time.monotonic()
        for allowed in (INIT_TIMEOUT, self.function.timeout):
            live = self._live = self._spawn()
            began = time.monotonic()
            report = _wait(live, {"ready"}, allowed)
            live.init_seconds = time.monotonic() - began
            if report is not None:
                break
            if allowed != self.function.timeout:
                self._close()
        if report is not None and report.kind == "ready":
            return live
        start = LogEvent(time.time(), start_line(request_id, self.function.version))
        return self._ended(live, report, request_id, Phase(time.monotonic() - began, 0.0), start)

    def _ended(
        self, live: _Live, report: Report | None, request_id: str, phase: Phase, start: LogEvent
    ) -> Invocation:
        memory = _peak_memory_mb(live.process.pid)
        failed, status, platform_line = True, "", ""
        if report is None:
            message = f"Task timed out after {self.function.timeout:.2f} seconds"
            error_type, status = "Sandbox.Timedout", "timeout"
            platform_line = f"{_iso(time.time())} {request_id} {message}"
            payload = _platform_error(request_id, error_type, message)
        elif report.kind == "exited":
            message = f"Runtime exited {_exit_reason(live.process.wait())}"
            error_type, status = "Runtime.ExitError", "error\tError Type: Runtime.ExitError"
            platform_line = platform_error_line(request_id, message, error_type)
            payload = _platform_error(request_id, error_type, message)
        else:
            payload = report.body.decode(errors="replace")
            failed = report.kind != "response"
            if report.kind == "init_error":
                status = f"error\tError Type: {_error_type(payload)}"
        if report is None or report.kind in ("exited", "init_error"):
            # A poisoned environment serves nobody else; its last words still count.
            _kill(live.process)
        events = live.pipe.take()
        if report is None or report.kind in ("exited", "init_error"):
            self._close()
        now = time.time()
        tail = [platform_line, end_line(request_id)]
        tail.append(report_line(request_id, phase, self.function.memory_mb, memory, status))
        log = [
            *(event for event in events if event.at < start.at),
            start,
            *(event for event in events if event.at >= start.at),
            *(LogEvent(now, line) for line in tail if line),
        ]
        return Invocation(payload, failed, tuple(log), phase.seconds)

    def _spawn(self) -> _Live:
        api, pipe = RuntimeApi(), LogPipe()
        self.function.scratch.mkdir(parents=True, exist_ok=True)
        try:
            process = subprocess.Popen(
                # -S -s: the function sees only what its PYTHONPATH names, as on AWS.
                [sys.executable, "-S", "-s", "-m", "awslambdaric", self.function.handler],
                cwd=self.function.task_root,
                env=self._variables(api.address, pipe.write_fd),
                stdin=subprocess.DEVNULL,
                stdout=pipe.write_fd,
                stderr=pipe.write_fd,
                pass_fds=(pipe.write_fd,),
                process_group=0,
            )
        except OSError:
            pipe.hand_over()
            pipe.close()
            api.close()
            raise
        pipe.hand_over()
        threading.Thread(
            target=_report_exit, args=(process, api), name="function-exit", daemon=True
        ).start()
        return _Live(process, api, pipe)

    def _variables(self, api_address: str, log_fd: int) -> dict[str, str]:
        """The environment AWS documents, and nothing of the developer's own.

        https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
        """
        function = self.function
        minor = f"python{sys.version_info.major}.{sys.version_info.minor}"
        python_path = [
            function.opt / "python" / "lib" / minor / "site-packages",
            function.opt / "python",
            function.runtime_dir,
        ]
        nowhere = str(function.scratch / "no-aws-configuration")
        return {
            "PATH": f"{function.opt}/bin:/usr/local/bin:/usr/bin:/bin",
            "LANG": "en_US.UTF-8",
            "TZ": ":UTC",
            "TMPDIR": str(function.scratch),
            "PYTHONPATH": os.pathsep.join(map(str, python_path)),
            # The SDK must not find the developer's profile or an instance role.
            "AWS_CONFIG_FILE": nowhere,
            "AWS_SHARED_CREDENTIALS_FILE": nowhere,
            "AWS_EC2_METADATA_DISABLED": "true",
            **function.environment,
            "AWS_ENDPOINT_URL": function.endpoint,
            "AWS_REGION": function.region,
            "AWS_DEFAULT_REGION": function.region,
            **function.credentials,
            "AWS_EXECUTION_ENV": f"AWS_Lambda_{function.runtime}",
            "AWS_LAMBDA_FUNCTION_NAME": function.name,
            "AWS_LAMBDA_FUNCTION_VERSION": function.version,
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory_mb),
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
            "AWS_LAMBDA_LOG_GROUP_NAME": function.log_group,
            "AWS_LAMBDA_LOG_STREAM_NAME": self.log_stream,
            "AWS_LAMBDA_RUNTIME_API": api_address,
            "LAMBDA_TASK_ROOT": str(function.task_root),
            "LAMBDA_RUNTIME_DIR": str(function.runtime_dir),
            "_HANDLER": function.handler,
            "_LAMBDA_TELEMETRY_LOG_FD": str(log_fd),
        }


def _wait(live: _Live, kinds: set[str], seconds: float) -> Report | None:
    """The first report of one of ``kinds``, or that it failed; None when time is up."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            report = live.api.reports.get(timeout=max(0.0, deadline - time.monotonic()))
        except queue.Empty:
            return None
        if report.kind in kinds or report.kind in ("init_error", "exited"):
            return report


def _report_exit(process: subprocess.Popen[bytes], api: RuntimeApi) -> None:
    process.wait()
    api.reports.put(Report("exited"))


def _kill(process: subprocess.Popen[bytes]) -> None:
    """SIGKILL for the whole group, as the platform does: a handler gets no say in it."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _exit_reason(code: int) -> str:
    if code == 0:
        return "without providing a reason"
    if code < 0:
        with contextlib.suppress(ValueError):
            name = signal.strsignal(-code) or str(-code)
            return f"with error: signal: {name.lower()}"
        return f"with error: signal: {-code}"
    return f"with error: exit status {code}"


def _platform_error(request_id: str, error_type: str, message: str) -> str:
    return json.dumps(
        {"errorType": error_type, "errorMessage": f"RequestId: {request_id} Error: {message}"}
    )


def _error_type(payload: str) -> str:
    with contextlib.suppress(ValueError, AttributeError):
        return str(json.loads(payload).get("errorType", "Unknown"))
    return "Unknown"


def _peak_memory_mb(pid: int) -> int:
    """The process's high-water mark; 0 when the system does not tell (or it is gone)."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return -(-int(line.split()[1]) // 1024)
    return 0


def _iso(at: float) -> str:
    return dt.datetime.fromtimestamp(at, dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
