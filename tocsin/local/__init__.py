"""A local stage: ministack with our CloudWatch in it, in a process of its own."""

from tocsin.local.clock import AlarmChange, ClockReading, advance, read
from tocsin.local.errors import LocalStageError
from tocsin.local.stage import PORT, LocalStage, environment, start, status, stop

__all__ = [
    "PORT",
    "AlarmChange",
    "ClockReading",
    "LocalStage",
    "LocalStageError",
    "advance",
    "environment",
    "read",
    "start",
    "status",
    "stop",
]
