"""The fire drill: make every function fail on a deployed stage and watch each link of the chain."""

from tocsin.drill.checks import Check, Result
from tocsin.drill.clock import LocalClock, StageClock, WallClock
from tocsin.drill.run import drill

__all__ = ["Check", "LocalClock", "Result", "StageClock", "WallClock", "drill"]
