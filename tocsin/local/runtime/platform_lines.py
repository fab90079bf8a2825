"""The platform's log lines around every invocation: START, END, REPORT.

https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-view.html
"""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Phase:
    """Seconds spent in the handler and, at a cold start, in Init (0 when warm)."""

    seconds: float
    init_seconds: float


def start_line(request_id: str, version: str) -> str:
    """Before the handler runs."""
    return f"START RequestId: {request_id} Version: {version}"


def end_line(request_id: str) -> str:
    """After it has."""
    return f"END RequestId: {request_id}"


def report_line(
    request_id: str, phase: Phase, memory_mb: int, used_mb: int, status: str = ""
) -> str:
    """The invocation's account: durations in ms, memory in MB, a status when it failed."""
    milliseconds = phase.seconds * 1000
    parts = [
        f"REPORT RequestId: {request_id}",
        f"Duration: {milliseconds:.2f} ms",
        f"Billed Duration: {math.ceil(milliseconds)} ms",
        f"Memory Size: {memory_mb} MB",
        f"Max Memory Used: {used_mb} MB",
    ]
    if phase.init_seconds:
        parts.append(f"Init Duration: {phase.init_seconds * 1000:.2f} ms")
    if status:
        parts.append(f"Status: {status}")
    return "\t".join(parts)
