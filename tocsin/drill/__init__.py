"""The fire drill: make every function fail on a deployed stage and watch each link of the chain."""

from tocsin.drill.checks import Check, Kind, ProtectedStage, Result
from tocsin.drill.drill_clock import DrillClock, LocalClock, WallClock
from tocsin.drill.run import KINDS, drill, kinds
from tocsin.drill.topics import Topics
from tocsin.drill.wiring import check_wiring

__all__ = [
    "KINDS",
    "Check",
    "DrillClock",
    "Kind",
    "LocalClock",
    "ProtectedStage",
    "Result",
    "Topics",
    "WallClock",
    "check_wiring",
    "drill",
    "kinds",
]
