"""Exports as a table for SQL, by DuckDB: the one door to it.

DuckDB reads only the files of the exports, loads no extension, and takes no more memory than it is
allowed; what has no room there waits in a folder that goes with it.
https://duckdb.org/docs/stable/operations_manual/securing_duckdb/overview
"""

import json
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from tocsin.exceptions import InputError
from tocsin.triage.export_files import MAX_DIGITS, MAX_LINE, NO_ITEM, TEXTS, records, whole
from tocsin.triage.export_manifests import ExportFolders
from tocsin.triage.exported_bug import ExportedBug, ExportQuestion, places_of
from tocsin.triage.groups import Group

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

EXTRA = "tocsin[export]"
MEMORY = "1GB"
COLUMNS = ("account", "region", "stage", "function_name", "error_id", "failed_at", "fingerprint",
           "error_type", "error_message", "release", "failures", "top_frame", "item")  # fmt: skip
"""Of the table ``records``; docs/exports.athena.sql has the same up to ``failures``."""
_MEMORY = re.compile(r"[1-9][0-9]{0,4}(MB|GB)")
_PART = 1_000  # rows at a time


@dataclass(frozen=True)
class SqlAnswer:
    """``rows`` of at most as many as were asked for; ``more`` where there were others."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    more: bool

    def as_dict(self) -> dict[str, Any]:
        rows = [dict(zip(self.columns, row, strict=True)) for row in self.rows]
        return {"rows": rows, "more": self.more}


def installed() -> bool:
    """Whether there is a DuckDB to read with."""
    try:
        import duckdb  # noqa: F401
    except ImportError:
        return False
    return True


def answered(exports: ExportFolders, sql: str, limit: int, memory: str = MEMORY) -> SqlAnswer:
    """What one SELECT says of the table ``records``.

    Raises:
        InputError: DuckDB is not installed, that is no such question, or a file is damaged.
    """
    with _records(exports, memory) as database:
        import duckdb

        asked = _parsed(database, sql)
        if len(asked) != 1 or asked[0].type != duckdb.StatementType.SELECT:
            kinds = ", ".join(statement.type.name for statement in asked[:4]) or "nothing"
            raise InputError(f"found {kinds}; accepted: one SELECT of `records`")
        found = database.execute(asked[0])
        columns = tuple(column[0] for column in found.description)
        if len(set(columns)) != len(columns):
            raise InputError("two columns have one name; give each its own: SELECT ... AS name")
        rows = found.fetchmany(limit)
        return SqlAnswer(columns, tuple(rows), found.fetchone() is not None)


def bugs_of(
    exports: ExportFolders, question: ExportQuestion, memory: str = MEMORY
) -> list[ExportedBug]:
    """The bugs of ``exports``, in no order: the same as Python alone finds (export_files.py).

    Raises:
        InputError: a file is damaged; the message names it.
    """
    hours = ", ".join(
        f"sum(failures) FILTER (failed_at[:13] = '{hour}')" for hour in question.hours
    )
    asked = f"""
        SELECT coalesce(fingerprint, '-'), sum(failures), min(failed_at), max(failed_at),
               list(DISTINCT function_name), list(DISTINCT [account, region, coalesce(stage, '')]),
               arg_max(coalesce(error_type, '-'), place),
               arg_max(coalesce(error_message, ''), place),
               arg_max(error_id, place), arg_min(release, place), arg_max(release, place),
               [{hours}], {"arg_max(item, place)" if question.whole else "NULL"}
        FROM (SELECT *, failed_at || ' ' || error_id AS place FROM records
              WHERE failed_at >= ? AND (? = '' OR function_name = ?))
        GROUP BY ALL"""  # noqa: S608 - the hours are our own
    with _records(exports, memory) as database:
        database.execute(asked, [question.since, question.function, question.function])
        found = []
        while rows := database.fetchmany(_PART):
            found += [_bug(row) for row in rows]
        return found


def _bug(row: Sequence[Any]) -> ExportedBug:
    (fingerprint, count, first, last, functions, places, error_type, message, newest_id,
     first_release, last_release, trend, item) = row  # fmt: skip
    return ExportedBug(
        Group(
            fingerprint,
            int(count),
            first,
            last,
            tuple(sorted(functions)),
            error_type,
            message,
            newest_id,
            places_of({(account, region, stage) for account, region, stage in places}),
        ),
        first_release or "",
        last_release or "",
        tuple(int(failures or 0) for failures in trend),
        whole(json.loads(item)) if item else None,
    )


@contextmanager
def _records(exports: ExportFolders, memory: str) -> "Iterator[DuckDBPyConnection]":
    """A database with the view ``records``; what DuckDB refuses is an InputError.

    Raises:
        InputError: DuckDB is not installed, or ``memory`` is no amount of it.
    """
    if not _MEMORY.fullmatch(memory):
        raise InputError(f"--memory: found {memory!r}; accepted: such as 512MB or 2GB")
    try:
        import duckdb
    except ImportError:
        raise InputError(
            f"DuckDB is not installed: python -m pip install '{EXTRA}', then type it again"
        ) from None
    with TemporaryDirectory(prefix="tocsin-") as spill:
        settings: dict[str, Any] = {
            "memory_limit": memory,
            "temp_directory": spill,
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "preserve_insertion_order": False,
        }
        database = duckdb.connect(":memory:", config=settings)
        try:
            _describe(database, exports, spill)
            yield database
        except duckdb.Error as error:
            raise InputError(_why(error, exports)) from error
        finally:
            database.close()


def _describe(database: "DuckDBPyConnection", exports: ExportFolders, spill: str) -> None:
    database.execute("SET enable_progress_bar = false")  # it is printed on stdout
    rows = [
        (str(file), export.account, export.region)
        for export in exports.read
        for file in export.files
    ]
    files, accounts, regions = (list(column) for column in zip(*rows, strict=True))
    database.execute("CREATE TABLE files (filename VARCHAR, account VARCHAR, region VARCHAR)")
    database.execute(
        "INSERT INTO files SELECT unnest(?), unnest(?), unnest(?)", [files, accounts, regions]
    )
    places = {name: position for position, name in enumerate(TEXTS, 1)}
    suppressed = f"v[{len(TEXTS) + 1}]"
    paths = [f"$.Item.{name}.S" for name in TEXTS] + ["$.Item.suppressed.N"]
    named = ("stage", "functionName", "errorId", "timestamp", "fingerprint", "errorType",
             "errorMessage", "release")  # fmt: skip
    expressions = [
        "account", "region", *(f"v[{places[name]}]" for name in named),
        f"1 + CASE WHEN regexp_full_match({suppressed}, '[0-9]{{1,{MAX_DIGITS}}}') "
        f"THEN CAST({suppressed} AS BIGINT) ELSE 0 END",
        f"v[{places['topFrame']}]", "json -> '$.Item'",
    ]  # fmt: skip
    columns = ", ".join(
        f"{expression} AS {column}" for expression, column in zip(expressions, COLUMNS, strict=True)
    )
    error_id, function, at = (f"v[{places[n]}]" for n in ("errorId", "functionName", "timestamp"))
    texts = f"json_extract_string(json, [{_quoted(paths)}])"
    # In what every column is made of: a filter may be asked before another one.
    checked = f"CASE WHEN {error_id} IS NULL THEN error(filename || ': {NO_ITEM}') ELSE v END"
    made = f"""
        CREATE VIEW records AS SELECT {columns}
        FROM (SELECT json, filename, {checked} AS v
              FROM (SELECT json, filename, {texts} AS v
                    FROM read_ndjson_objects([{_quoted(_escaped(file) for file in files)}],
                         filename = true, compression = 'gzip', maximum_object_size = {MAX_LINE})))
        JOIN files USING (filename)
        WHERE {function} IS NOT NULL AND {at} IS NOT NULL"""  # noqa: S608 - quoted
    database.execute(made)
    paths_allowed = {*files, *map(_escaped, files)}
    database.execute(f"SET allowed_paths = [{_quoted(sorted(paths_allowed))}]")
    database.execute(f"SET allowed_directories = [{_quoted([spill])}]")
    database.execute("SET enable_external_access = false")
    database.execute("SET lock_configuration = true")


def _parsed(database: "DuckDBPyConnection", sql: str) -> list[Any]:
    return list(database.extract_statements(sql))


def _quoted(texts: "Iterator[str] | Sequence[str]") -> str:
    return ", ".join("'{}'".format(text.replace("'", "''")) for text in texts)


def _escaped(path: str) -> str:
    """A path with what a pattern of files has a meaning for standing for itself."""
    return "".join(f"[{letter}]" if letter in "[*?" else letter for letter in path)


def _why(error: Exception, exports: ExportFolders) -> str:
    """What is wrong; of a damaged file, what Python's own reader says of it, and where."""
    said = str(error)
    for export in exports.read:
        for file in export.files:
            if os.fspath(file) in said:
                for _ in records(file):
                    pass
    return f"DuckDB: {said.strip().splitlines()[0] if said.strip() else type(error).__name__}"
