"""The error log as people use it: read it, group it, follow it, repair it, replay it."""

from tocsin.bugs.bug import Bug, BugNews, Note
from tocsin.bugs.states import Muted, Open, Regressed, Resolved, Status
from tocsin.json_values import plain
from tocsin.triage.bug_memory import (
    OPEN_STATUSES,
    BugFilter,
    BusyBug,
    UnknownBug,
    bug,
    bug_dict,
    bugs,
    caller,
    mute,
    note,
    releases,
    reopen,
    resolve,
)
from tocsin.triage.groups import Group, group, recent_groups
from tocsin.triage.importing import ImportOutcome, bring_back, fallback_records, read_log
from tocsin.triage.record_reading import DEFAULT_LIMIT, Record, UnknownRecord, newest, show, since
from tocsin.triage.redrive import Redriven, redrive, redriven_lines
from tocsin.triage.repro import NotReplayable, write_repro
from tocsin.triage.tailing import tail

__all__ = [
    "DEFAULT_LIMIT",
    "OPEN_STATUSES",
    "Bug",
    "BugFilter",
    "BugNews",
    "BusyBug",
    "Group",
    "ImportOutcome",
    "Muted",
    "NotReplayable",
    "Note",
    "Open",
    "Record",
    "Redriven",
    "Regressed",
    "Resolved",
    "Status",
    "UnknownBug",
    "UnknownRecord",
    "bring_back",
    "bug",
    "bug_dict",
    "bugs",
    "caller",
    "fallback_records",
    "group",
    "mute",
    "newest",
    "note",
    "plain",
    "read_log",
    "recent_groups",
    "redrive",
    "redriven_lines",
    "releases",
    "reopen",
    "resolve",
    "show",
    "since",
    "tail",
    "write_repro",
]
