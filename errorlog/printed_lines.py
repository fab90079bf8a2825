"""What the error log prints: records that the table did not take, and its metrics.

Each is one line of JSON in CloudWatch's embedded metric format, so that a line counts itself:
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from contextlib import suppress

from errorlog.bounds import fitting
from errorlog.plain_data import Plain
from errorlog.text_redaction import valid

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

FALLBACK = "error_log_fallback"
SUPPRESSED = "error_log_suppressed"
_STDOUT = 1
_MAX_REASON = 4_096
_PATIENCE_S = 1.0
_lock = threading.RLock()


def forked() -> None:
    """In a child: another thread of its parent may have held the lock."""
    global _lock
    _lock = threading.RLock()


def fallback(record: dict[str, Plain], reason: str, namespace: str) -> None:
    """The whole record under ``error_log_fallback``, counted in ``ErrorLogFailures``."""
    redact = getattr(record, "redact", _patterns)
    line = {"reason": _bounded(redact(reason[:65_536])), FALLBACK: record}
    metric = _metric("ErrorLogFailures", record.get("functionName"), namespace)
    if record.get("stage"):
        # An alarm reads one metric: this one counts the failures of all functions.
        metric["_aws"]["CloudWatchMetrics"][0]["Dimensions"].append(["Stage"])
        metric["Stage"] = record["stage"]
    _write(metric | line)


def suppressed(record: dict[str, Plain], namespace: str, failures: int = 1) -> None:
    """That a failure, and those after it, were counted only, in ``ErrorLogSuppressed``."""
    names = ("functionName", "logStream", "requestId", "timestamp", "errorType", "fingerprint",
             "formerFingerprints", "release", "handled", "counter", "counted")  # fmt: skip
    line = {SUPPRESSED: {name: record[name] for name in names if name in record}}
    metric = _metric("ErrorLogSuppressed", record.get("functionName"), namespace)
    _write({**metric, "ErrorLogSuppressed": failures, **line})


def handled(record: dict[str, Plain], namespace: str) -> None:
    """One in ``HandledErrors``; the line says which record it is."""
    line = {"errorId": record.get("errorId"), "errorType": record.get("errorType")}
    _write(_metric("HandledErrors", record.get("functionName"), namespace) | line)


def failed_answer(context: Any, status: int | None, namespace: str) -> None:
    """One in ``FailedAnswers``: the call succeeded, and its answer says that something failed."""
    from errorlog.call_facts import identity

    about = identity(context)
    line = {"requestId": about["requestId"], "statusCode": status}
    metric = _metric("FailedAnswers", about["functionName"], namespace)
    _write(metric | {key: value for key, value in line.items() if value})


def _metric(name: str, function_name: Any, namespace: str) -> dict[str, Any]:
    now = time.time()
    return {
        # Of JSON lines Lambda drops those below the function's level, INFO where none stands:
        # https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html
        "level": "ERROR",
        "timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now)),
        "_aws": {
            "Timestamp": int(now * 1000),
            "CloudWatchMetrics": [
                {
                    "Namespace": namespace,
                    "Dimensions": [["FunctionName"]],
                    "Metrics": [{"Name": name, "Unit": "Count"}],
                }
            ],
        },
        "FunctionName": function_name or "unknown",
        name: 1,
    }


def _patterns(text: str) -> str:
    """Where no event says more: what is a secret by its form or key."""
    from errorlog.patterns import patterns

    return patterns((), False).text(text)


def _bounded(text: str) -> str:
    return fitting(valid(text), _MAX_REASON)


def _write(line: dict[str, Any]) -> None:
    """One line to the process's own standard output, which is Lambda's log.

    Not to ``sys.stdout``: a function may have redirected that to a text of its own, or closed it,
    and the record would end there.
    """
    data = json.dumps(line, separators=(",", ":")).encode() + b"\n"
    with suppress(BaseException):  # a stdout that the function closed or replaced
        sys.stdout.flush()  # what was printed before stays before
    # Two threads' lines must not run into each other. A signal's handler may come in between.
    held = _lock.acquire(timeout=_PATIENCE_S)
    try:
        while data:
            data = data[os.write(_STDOUT, data) :]
    except OSError:  # no file descriptor of that number: the next best
        sys.stdout.write(data.decode())
        sys.stdout.flush()
    finally:
        if held:
            _lock.release()
