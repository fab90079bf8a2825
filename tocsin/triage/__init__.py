"""The error log as people use it: read it, group it, follow it, repair it, replay it."""

from typing import TYPE_CHECKING

from tocsin.lazy_face import lazy_face

if TYPE_CHECKING:
    from tocsin.bugs.bug import Bug, BugNews, Note
    from tocsin.bugs.states import Muted, Open, Regressed, Resolved, Status
    from tocsin.json_values import plain
    from tocsin.triage.bug_deciding import BusyBug, caller, mute, note, reopen, resolve, restore
    from tocsin.triage.bug_memory import (
        OPEN_STATUSES,
        BugFilter,
        UnknownBug,
        bug,
        bug_dict,
        bugs,
        newest_record,
        releases,
    )
    from tocsin.triage.export_manifests import ExportFolders, export_folders
    from tocsin.triage.export_reading import exported_bugs
    from tocsin.triage.exported_bug import ExportedBug
    from tocsin.triage.exporting import Exported, ExportFailed, export
    from tocsin.triage.forms import is_fingerprint
    from tocsin.triage.groups import Group, TablePlace, group, recent_groups
    from tocsin.triage.importing import ImportOutcome, bring_back, fallback_records, read_log
    from tocsin.triage.record_filter import RecordFilter
    from tocsin.triage.record_reading import (
        DEFAULT_LIMIT,
        Record,
        UnknownRecord,
        ago,
        newest,
        show,
        since,
    )
    from tocsin.triage.redriving import Redriven, redrive, redriven_lines
    from tocsin.triage.release_comparison import ReleaseDiff, release_diff
    from tocsin.triage.release_order import note_release
    from tocsin.triage.repro import NotReplayable, write_repro
    from tocsin.triage.suspect_commits import SuspectCommit, Suspects, suspects
    from tocsin.triage.tailing import tail
else:
    __getattr__ = lazy_face(__name__)

__all__ = [
    "DEFAULT_LIMIT",
    "OPEN_STATUSES",
    "Bug",
    "BugFilter",
    "BugNews",
    "BusyBug",
    "ExportFailed",
    "ExportFolders",
    "Exported",
    "ExportedBug",
    "Group",
    "ImportOutcome",
    "Muted",
    "NotReplayable",
    "Note",
    "Open",
    "Record",
    "RecordFilter",
    "Redriven",
    "Regressed",
    "ReleaseDiff",
    "Resolved",
    "Status",
    "SuspectCommit",
    "Suspects",
    "TablePlace",
    "UnknownBug",
    "UnknownRecord",
    "ago",
    "bring_back",
    "bug",
    "bug_dict",
    "bugs",
    "caller",
    "export",
    "export_folders",
    "exported_bugs",
    "fallback_records",
    "group",
    "is_fingerprint",
    "mute",
    "newest",
    "newest_record",
    "note",
    "note_release",
    "plain",
    "read_log",
    "recent_groups",
    "redrive",
    "redriven_lines",
    "release_diff",
    "releases",
    "reopen",
    "resolve",
    "restore",
    "show",
    "since",
    "suspects",
    "tail",
    "write_repro",
]
