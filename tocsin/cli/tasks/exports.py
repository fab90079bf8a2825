"""The error log by its bugs and beyond one table: groups, exports, and questions in SQL."""

from tocsin import terminal
from tocsin.cli import options
from tocsin.cli.from_exports import MEMORY_OPTION, exports_of
from tocsin.cli.session import Session
from tocsin.cli.task import TaskResult, task
from tocsin.counted import counted
from tocsin.exceptions import InputError
from tocsin.typed_command import typed

_FROM = "a folder with an export of the error log (errors-export); may be repeated"


@task(
    "region",
    "json",
    iterable=("from_",),
    since="how far back, such as 12h or 7d (default 7d, of an export all of it)",
    from_=f"{_FROM}; instead of the table",
    memory=MEMORY_OPTION,
)
def errors_groups(
    session: Session,
    function: str = "",
    since: str = "",
    from_: list[str] | None = None,
    memory: str = "",
) -> TaskResult:
    """List the error log by fingerprint, one line for each bug; also of exports (errors-export)."""
    from tocsin import triage
    from tocsin.triage import export_database, view

    if from_:
        began = triage.ago(options.seconds(since, "--since")) if since else ""
        exports = exports_of(from_)
        bugs = triage.exported_bugs(
            exports, function, began, memory=memory or export_database.MEMORY
        )
        found = [bug.group for bug in bugs]
        return TaskResult([group.as_dict() for group in found], lambda: view.groups_table(found))
    if memory:
        raise InputError("--memory: found without --from; accepted: with it")
    seconds = options.seconds(since or "7d", "--since")
    found = triage.recent_groups(session.account, session.stage, function or None, seconds)
    return TaskResult([group.as_dict() for group in found], lambda: view.groups_table(found))


@task(
    "json",
    on_stage=False,
    iterable=("from_",),
    sql="one SELECT of the table `records`",
    from_=_FROM,
    limit="the most rows",
    memory=MEMORY_OPTION,
)
def errors_query(
    _: Session,
    sql: str,
    from_: list[str] | None = None,
    limit: str = "1000",
    memory: str = "",
) -> TaskResult:
    """Ask exports of the error log anything, in SQL (DuckDB): several stages, accounts, regions."""
    from tocsin.triage import export_database
    from tocsin.triage.view import answer_table

    if not from_:
        raise InputError("--from: found none; accepted: a folder with an export of the error log")
    most = options.count(limit, "--limit")
    answer = export_database.answered(
        exports_of(from_, asks_sql=True), sql, most, memory or export_database.MEMORY
    )
    if answer.more:
        terminal.note(f"the first {most} rows; --limit gives more")
    return TaskResult(answer.as_dict(), lambda: answer_table(answer))


@task("region", "json", bucket="an S3 bucket of yours", prefix="of the names in the bucket")
def errors_export(session: Session, bucket: str, prefix: str = "") -> TaskResult:
    """Export the error log to S3 by DynamoDB itself; errors-groups --from reads its files."""
    from tocsin import triage

    terminal.note("DynamoDB exports the table; that takes some minutes")
    done = triage.export(session.account, session.stage, bucket, prefix)

    def view() -> None:
        terminal.data(f"{counted(done.items, 'item')}, {counted(done.bytes, 'byte')}: {done.place}")
        terminal.data(f"aws s3 sync {done.place} FOLDER && {typed('errors-groups --from FOLDER')}")

    return TaskResult(done.as_dict(), view)
