"""The bugs of exports: by DuckDB where there is one, else by Python alone, which finds the same."""

from tocsin.triage import export_database, export_files
from tocsin.triage.export_manifests import ExportFolders
from tocsin.triage.exported_bug import ExportedBug, ExportQuestion
from tocsin.triage.groups import frequent_first


def exported_bugs(
    exports: ExportFolders,
    function: str = "",
    since: str = "",
    *,
    whole: bool = False,
    memory: str = export_database.MEMORY,
) -> list[ExportedBug]:
    """The bugs of ``exports``, most frequent first; what else is asked is an ExportQuestion's.

    Raises:
        InputError: a file is damaged; the message names it.
    """
    question = ExportQuestion(function, since, exports.made, whole)
    if export_database.installed():
        found = export_database.bugs_of(exports, question, memory)
    else:
        found = export_files.bugs_of(exports, question)
    return sorted(found, key=lambda bug: frequent_first(bug.group), reverse=True)
