"""One execution environment: a Python process that handles invocations, one at a time.

Follows https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html:
an Init phase of at most 10 seconds, warm reuse, the environment thrown away after a
time-out or an exit.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import queue
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from tocsin.local.runtime.ending import (
    Ending,
    answered,
    exited,
    out_of_memory,
    timed_out,
    too_large,
)
from tocsin.local.runtime.function import ConfiguredFunction
from tocsin.local.runtime.log_pipe import LogEvent, LogPipe
from tocsin.local.runtime.memory import MemoryUse
from tocsin.local.runtime.platform_lines import Phase, end_line, report_line, start_line
from tocsin.local.runtime.runtime_api import EnvironmentEvent, RuntimeApi, Work
from tocsin.local.runtime.sandbox import Conditions

INIT_TIMEOUT = 10.0
"""Seconds for importing the handler; AWS fixes it."""

_LAST_WORDS_S = 2.0


@dataclass(frozen=True)
class EndedInvocation:
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
    memory: MemoryUse
    init_seconds: float = 0.0


class ExecutionEnvironment:
    """Starts its process at the first invocation and again after each end of one.

    Without ``conditions`` it runs at the machine's full speed and is never frozen.
    """

    def __init__(self, function: ConfiguredFunction, conditions: Conditions | None = None) -> None:
        self.function = function
        self._conditions = conditions
        today = dt.datetime.now(dt.UTC)
        self.log_stream = f"{today:%Y/%m/%d}/[{function.version}]{uuid.uuid4().hex}"
        self._live: _Live | None = None
        self._lock = threading.Lock()
        self._retired = False

    def invoke(
        self, payload: bytes, request_id: str, *, arn: str = "", trace_id: str | None = None
    ) -> EndedInvocation:
        """Run the handler once and wait for its end, at most the function's timeout."""
        with self._lock:
            try:
                live = self._live
                if live is None or live.process.poll() is not None:
                    self._close()
                    started = self._init(request_id)
                    if isinstance(started, EndedInvocation):
                        return started
                    live = started
                return self._handle(live, payload, request_id, arn, trace_id)
            finally:
                if self._retired:
                    self._close()

    @property
    def frozen(self) -> bool:
        """Whether its process waits for a call, and nothing of it runs."""
        live = self._live
        return live is not None and live.api.sandbox is not None and live.api.sandbox.frozen

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
            _kill(live)
        with self._lock:
            self._close()

    def _handle(
        self, live: _Live, payload: bytes, request_id: str, arn: str, trace_id: str | None
    ) -> EndedInvocation:
        timeout = self.function.timeout
        init_log = live.pipe.take()
        start = LogEvent(time.time(), start_line(request_id, self.function.version))
        began = time.monotonic()
        deadline_ms = int((time.time() + timeout) * 1000)
        live.api.give(Work(request_id, payload, deadline_ms, arn or self.function.arn, trace_id))
        with live.memory.watched():
            report = _wait(live, {"response", "error", "too_large"}, timeout)
        phase = Phase(time.monotonic() - began, live.init_seconds)
        live.init_seconds = 0.0
        return self._ended(live, report, request_id, phase, [*init_log, start])

    def _init(self, request_id: str) -> _Live | EndedInvocation:
        """Start a process and wait for its first poll; an EndedInvocation when that failed.

        An Init that overruns its ten seconds is repeated under the function's own timeout, as
        AWS does.
        """
        live, report, seconds = self._spawn_and_wait(INIT_TIMEOUT)
        if report is None and not live.memory.exceeded:
            self._close()
            live, report, seconds = self._spawn_and_wait(self.function.timeout)
        if report is not None and report.kind == "ready" and not live.memory.exceeded:
            live.init_seconds = seconds
            return live
        init_log = live.pipe.take()
        start = LogEvent(time.time(), start_line(request_id, self.function.version))
        return self._ended(live, report, request_id, Phase(seconds, 0.0), [*init_log, start])

    def _spawn_and_wait(self, allowed: float) -> tuple[_Live, EnvironmentEvent | None, float]:
        began = time.monotonic()
        live = self._live = self._spawn()
        with live.memory.watched():
            report = _wait(live, {"ready"}, allowed)
        return live, report, time.monotonic() - began

    def _ended(
        self,
        live: _Live,
        report: EnvironmentEvent | None,
        request_id: str,
        phase: Phase,
        before: Iterable[LogEvent],
    ) -> EndedInvocation:
        """The invocation's account; ``before`` is its log up to START."""
        ending = self._ending(live, report, request_id)
        if ending.fatal:
            # Dead or poisoned, it serves nobody else; its last words still count.
            _kill(live)
        events = live.pipe.take()
        if ending.fatal:
            self._close()
        tail = (
            ending.line,
            end_line(request_id),
            report_line(
                request_id, phase, self.function.memory_mb, live.memory.peak_mb, ending.status
            ),
        )
        now = time.time()
        log = (*before, *events, *(LogEvent(now, line) for line in tail if line))
        return EndedInvocation(ending.payload, ending.failed, log, phase.seconds)

    def _ending(self, live: _Live, report: EnvironmentEvent | None, request_id: str) -> Ending:
        if live.memory.exceeded:  # and whatever it answered, or how late its end was seen
            return out_of_memory(request_id)
        if report is None:
            return timed_out(request_id, self.function.timeout)
        if report.kind == "exited":
            return exited(request_id, live.process.wait())
        if report.kind == "too_large":
            # A handler's thread may keep the process; then it is killed with the environment.
            with contextlib.suppress(subprocess.TimeoutExpired):
                live.process.wait(_LAST_WORDS_S)
            return too_large(request_id, live.process.poll() or 1)
        return answered(report)

    def _spawn(self) -> _Live:
        api, pipe = RuntimeApi(), LogPipe()
        self.function.scratch.mkdir(parents=True, exist_ok=True)
        try:
            process = subprocess.Popen(
                # -S -s: the function sees only what its PYTHONPATH names, as on AWS.
                [sys.executable, "-S", "-s", "-m", "awslambdaric", self.function.handler],
                cwd=self.function.task_root,
                env=self.function.variables(api.address, pipe.write_fd, self.log_stream),
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
        if self._conditions is not None:
            api.sandbox = self._conditions.sandbox(process.pid, self.function.memory_mb, api.port)
        threading.Thread(
            target=_report_exit, args=(process, api), name="function-exit", daemon=True
        ).start()
        return _Live(process, api, pipe, MemoryUse(process.pid, self.function.memory_mb))

    def _close(self) -> None:
        """End the process and everything it started; free port and descriptors."""
        live, self._live = self._live, None
        if live is None:
            return
        _kill(live)
        live.api.close()
        live.pipe.close()


def _wait(live: _Live, kinds: set[str], seconds: float) -> EnvironmentEvent | None:
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
    api.reports.put(EnvironmentEvent("exited"))


def _kill(live: _Live) -> None:
    """SIGKILL for the whole group, as the platform does: a handler gets no say in it."""
    process = live.process
    if live.api.sandbox is not None:
        live.api.sandbox.kill()
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
