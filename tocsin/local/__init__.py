"""A local stage: ministack with our CloudWatch in it, in a process of its own."""

from tocsin.local.clock import AlarmChange, ClockReading, advance, read
from tocsin.local.errors import LocalStageError
from tocsin.local.root_key import RootKey
from tocsin.local.running_stage import LocalStage
from tocsin.local.stage import PORT, start, status, stop

__all__ = [
    "PORT",
    "AlarmChange",
    "ClockReading",
    "LocalStage",
    "LocalStageError",
    "RootKey",
    "advance",
    "read",
    "start",
    "status",
    "stop",
]
