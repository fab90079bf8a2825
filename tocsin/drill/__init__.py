"""The fire drill: make every function fail on a deployed stage and watch each link of the chain."""

from tocsin.drill.checks import Check, Kind, ProtectedStage, Result
from tocsin.drill.clock import LocalClock, StageClock, WallClock
from tocsin.drill.run import KINDS, drill, kinds
from tocsin.drill.topics import Topics
from tocsin.drill.wiring import check_wiring

__all__ = [
    "KINDS",
    "Check",
    "Kind",
    "LocalClock",
    "ProtectedStage",
    "Result",
    "StageClock",
    "Topics",
    "WallClock",
    "check_wiring",
    "drill",
    "kinds",
]
