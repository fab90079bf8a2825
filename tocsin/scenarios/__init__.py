"""Tests of alarms as data: scenario files, and scenarios generated for every alarm."""

from tocsin.scenarios.loading import Alarms, alarms_of, load_alarms
from tocsin.scenarios.proofs import prove

__all__ = ["Alarms", "alarms_of", "load_alarms", "prove"]
