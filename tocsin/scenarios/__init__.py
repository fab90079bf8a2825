"""Tests of alarms as data: scenario files, and scenarios generated for every alarm."""

from tocsin.scenarios.loading import Alarms, alarms_of, load_alarms
from tocsin.scenarios.proofs import prove
from tocsin.scenarios.running import Outcome, Report, run_files
from tocsin.scenarios.view import as_dict, failed, junit, lines

__all__ = [
    "Alarms",
    "Outcome",
    "Report",
    "alarms_of",
    "as_dict",
    "failed",
    "junit",
    "lines",
    "load_alarms",
    "prove",
    "run_files",
]
