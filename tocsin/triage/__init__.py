"""The error log as people use it: read it, group it, follow it, repair it, replay it."""

from tocsin.json_values import plain
from tocsin.triage.groups import Group, group, recent_groups
from tocsin.triage.importing import ImportOutcome, bring_back, fallback_records, read_log
from tocsin.triage.record_reading import DEFAULT_LIMIT, Record, UnknownRecord, newest, show, since
from tocsin.triage.redrive import Redriven, redrive, redriven_lines
from tocsin.triage.repro import NotReplayable, write_repro
from tocsin.triage.tailing import tail

__all__ = [
    "DEFAULT_LIMIT",
    "Group",
    "ImportOutcome",
    "NotReplayable",
    "Record",
    "Redriven",
    "UnknownRecord",
    "bring_back",
    "fallback_records",
    "group",
    "newest",
    "plain",
    "read_log",
    "recent_groups",
    "redrive",
    "redriven_lines",
    "show",
    "since",
    "tail",
    "write_repro",
]
