"""The fire drill: make every function fail on a deployed stage and watch each link of the chain."""

from tocsin.drill.checks import Check, ProtectedStage, Result
from tocsin.drill.clock import LocalClock, StageClock, WallClock
from tocsin.drill.run import drill
from tocsin.drill.wiring import check_wiring

__all__ = [
    "Check",
    "LocalClock",
    "ProtectedStage",
    "Result",
    "StageClock",
    "WallClock",
    "check_wiring",
    "drill",
]
