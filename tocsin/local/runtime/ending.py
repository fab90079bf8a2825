"""How an invocation ended, in the words of AWS's payloads and log lines."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import signal
import time
from dataclasses import dataclass, replace

from tocsin.local.runtime.runtime_api import MOST_RESPONSE_BYTES, EnvironmentEvent


@dataclass(frozen=True)
class Ending:
    """What the caller gets (``payload``, JSON) and what the platform logs beside it.

    ``line`` is the platform's own line about a time-out or an exit, ``status`` its addition to
    REPORT; both empty when the runtime answered. After a ``fatal`` one the environment is done.
    """

    payload: str
    failed: bool
    fatal: bool = False
    line: str = ""
    status: str = ""


def timed_out(request_id: str, seconds: float) -> Ending:
    """The function's timeout passed."""
    message = f"Task timed out after {seconds:.2f} seconds"
    return Ending(
        payload=_platform_error(request_id, "Sandbox.Timedout", message),
        failed=True,
        fatal=True,
        line=f"{_iso(time.time())} {request_id} {message}",
        status="timeout",
    )


def out_of_memory(request_id: str) -> Ending:
    """The process was killed for using more than MemorySize."""
    message = f"Runtime exited {_exit_reason(-signal.SIGKILL)}"
    return Ending(
        payload=_platform_error(request_id, "Runtime.OutOfMemory", message),
        failed=True,
        fatal=True,
        line=f"RequestId: {request_id} Error: {message}\nRuntime.ExitError",
        status=_error_status("Runtime.OutOfMemory"),
    )


def exited(request_id: str, code: int) -> Ending:
    """The runtime's process ended by itself; ``code`` as Popen gives it (negative: a signal)."""
    message = f"Runtime exited {_exit_reason(code)}"
    return Ending(
        payload=_platform_error(request_id, "Runtime.ExitError", message),
        failed=True,
        fatal=True,
        line=f"RequestId: {request_id} Error: {message}\nRuntime.ExitError",
        status=_error_status("Runtime.ExitError"),
    )


def too_large(request_id: str, code: int) -> Ending:
    """The answer was refused for its size, and the runtime, which could not post it, ended."""
    error_type = "Function.ResponseSizeTooLarge"
    told = f"exceeded maximum allowed payload size ({MOST_RESPONSE_BYTES} bytes)."
    payload = {"errorType": error_type, "errorMessage": f"Response payload size {told}"}
    ended = exited(request_id, code)
    return replace(ended, payload=json.dumps(payload), status=_error_status(error_type))


def answered(report: EnvironmentEvent) -> Ending:
    """The runtime posted a result, an error, or that it could not start."""
    payload = report.body.decode(errors="replace")
    if report.kind == "init_error":
        error_type = "Unknown"
        with contextlib.suppress(ValueError, AttributeError):
            error_type = str(json.loads(payload).get("errorType", error_type))
        return Ending(payload, failed=True, fatal=True, status=_error_status(error_type))
    return Ending(payload, failed=report.kind != "response")


def _error_status(error_type: str) -> str:
    return f"error\tError Type: {error_type}"


def _exit_reason(code: int) -> str:
    if code == 0:
        return "without providing a reason"
    if code > 0:
        return f"with error: exit status {code}"
    name = signal.strsignal(-code) if -code in signal.valid_signals() else None
    return f"with error: signal: {(name or str(-code)).lower()}"


def _platform_error(request_id: str, error_type: str, message: str) -> str:
    return json.dumps(
        {"errorType": error_type, "errorMessage": f"RequestId: {request_id} Error: {message}"}
    )


def _iso(at: float) -> str:
    return dt.datetime.fromtimestamp(at, dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
