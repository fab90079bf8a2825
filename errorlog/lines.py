"""What the error log prints: records that the table did not take, and its metrics.

Each is one line of JSON in CloudWatch's embedded metric format, so that a line counts itself:
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

from __future__ import annotations

import json
import os
import sys
import time
from typing import Any

from errorlog.redaction import Plain

FALLBACK = "error_log_fallback"
SUPPRESSED = "error_log_suppressed"
_STDOUT = 1


def fallback(record: dict[str, Plain], reason: str, namespace: str) -> None:
    """The whole record under ``error_log_fallback``, counted in ``ErrorLogFailures``."""
    line = {"reason": reason, FALLBACK: record}
    metric = _metric("ErrorLogFailures", record.get("functionName"), namespace)
    if record.get("stage"):
        # An alarm reads one metric: this one counts the failures of all functions.
        metric["_aws"]["CloudWatchMetrics"][0]["Dimensions"].append(["Stage"])
        metric["Stage"] = record["stage"]
    _write(metric | line)


def suppressed(record: dict[str, Plain], namespace: str) -> None:
    """That a failure was counted only, in ``ErrorLogSuppressed``."""
    names = ("functionName", "requestId", "timestamp", "errorType", "fingerprint", "handled")
    line = {SUPPRESSED: {name: record[name] for name in names if name in record}}
    _write(_metric("ErrorLogSuppressed", record.get("functionName"), namespace) | line)


def handled(record: dict[str, Plain], namespace: str) -> None:
    """One in ``HandledErrors``; the line says which record it is."""
    line = {"errorId": record.get("errorId"), "errorType": record.get("errorType")}
    _write(_metric("HandledErrors", record.get("functionName"), namespace) | line)


def _metric(name: str, function_name: Any, namespace: str) -> dict[str, Any]:
    return {
        "_aws": {
            "Timestamp": int(time.time() * 1000),
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


def _write(line: dict[str, Any]) -> None:
    text = json.dumps(line, separators=(",", ":")) + "\n"
    try:
        # One write: two threads' lines must not run into each other.
        sys.stdout.write(text)
        sys.stdout.flush()
    except Exception:  # the function closed or replaced it
        os.write(_STDOUT, text.encode())
