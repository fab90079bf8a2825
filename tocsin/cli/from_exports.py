"""What ``--from`` names: exports of the error log, and what somebody should know who reads them."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tocsin import terminal

if TYPE_CHECKING:
    from tocsin.triage import ExportFolders

MEMORY_OPTION = "the most that DuckDB may take, such as 2GB (default 1GB)"


def exports_of(folders: Sequence[str], *, asks_sql: bool = False) -> "ExportFolders":
    """The exports below ``folders``. To ask SQL takes DuckDB; what else reads them does without.

    Raises:
        InputError: a folder has no export, or one is not whole.
    """
    from tocsin import triage
    from tocsin.triage import export_database

    found = triage.export_folders(folders)
    for export in found.older:
        terminal.note(f"left out: {export.folder}, an older export of the same table")
    if not asks_sql and not export_database.installed():
        terminal.note(
            "read with Python alone; DuckDB is several times as fast: "
            f"python -m pip install '{export_database.EXTRA}'"
        )
    return found
