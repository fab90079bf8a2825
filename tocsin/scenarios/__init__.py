"""Tests of alarms as data: scenario files, and scenarios generated for every alarm."""

from tocsin.scenarios.loading import LoadedAlarms, alarms_of, load_alarms
from tocsin.scenarios.proofs import prove
from tocsin.scenarios.scenario_runs import ScenarioOutcome, ScenarioReport, run_files
from tocsin.scenarios.view import as_dict, failed, junit, lines

__all__ = [
    "LoadedAlarms",
    "ScenarioOutcome",
    "ScenarioReport",
    "alarms_of",
    "as_dict",
    "failed",
    "junit",
    "lines",
    "load_alarms",
    "prove",
    "run_files",
]
