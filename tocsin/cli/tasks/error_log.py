"""The error log of a deployed stage: reading it, and bringing back what it lacks."""

from datetime import UTC, datetime

from tocsin import terminal
from tocsin.cli import options
from tocsin.cli.session import Session
from tocsin.cli.task import TaskResult, task
from tocsin.typed_command import of_project

_ERROR_ID = "the record's errorId, as `errors` lists it"


@task(
    "region",
    "json",
    limit="how many, newest first",
    since="how far back, such as 12h or 7d",
    type="exception's type, whole",
    release="that they failed in",
    text="a part of type, message or stack trace",
    fingerprint="of which bug",
)
def errors(
    session: Session,
    function: str = "",
    limit: str = "20",
    since: str = "",
    type: str = "",
    release: str = "",
    text: str = "",
    fingerprint: str = "",
) -> TaskResult:
    """List the error log, newest first, one line each."""
    from tocsin import triage
    from tocsin.triage import view

    wanted = triage.RecordFilter(
        triage.ago(options.seconds(since, "--since")) if since else "",
        type, release, text, fingerprint,
    )  # fmt: skip
    most = options.count(limit, "--limit")
    found = triage.newest(session.account, session.stage, function or None, most, wanted)

    def show() -> None:
        view.records_table(found)
        if len(found) == most:
            terminal.note(f"the newest {most}; there may be more: --limit {most * 10}")

    return TaskResult(found, show)


@task("region", "json", error_id="the record's errorId as `errors` lists it, or a fingerprint")
def errors_show(session: Session, error_id: str) -> TaskResult:
    """Show a record whole (stack trace, redacted event), or a bug: trend, suspects, newest one."""
    from tocsin import triage
    from tocsin.triage.view import record_lines

    if triage.is_fingerprint(error_id):
        return _bug(session, error_id)
    record = triage.show(session.account, session.stage, error_id)

    def view() -> None:
        for line in record_lines(record):
            terminal.data(line)

    return TaskResult(record, view)


def _bug(session: Session, fingerprint: str) -> TaskResult:
    from tocsin import triage
    from tocsin.triage.bug_view import bug_lines

    now = datetime.now(UTC)
    account, stage = session.account, session.stage
    bug = triage.bug(account, stage, fingerprint)
    record = triage.newest_record(account, stage, bug)
    releases = triage.releases(account, stage)
    found = triage.suspects(session.root, stage, bug, releases, record)

    def view() -> None:
        for line in bug_lines(bug, now, record, found):
            terminal.data(line)
        typed, at = of_project(session.root), f"--stage {stage.name}"
        # Whoever may write a record writes its id: only one of the form is in a command.
        if record is not None and bug.newest_id.isalnum() and bug.newest_id.isascii():
            terminal.note(f"a test that replays it: {typed} errors-repro {bug.newest_id} {at}")
        terminal.note(f"once it is fixed: {typed} errors-resolve {bug.fingerprint} {at}")

    written = {
        "bug": triage.bug_dict(bug, now), "record": record, "suspects": found.as_dict(),
    }  # fmt: skip
    return TaskResult(written, view)


@task(
    "region",
    for_="how long, such as 90s; without it, until Ctrl-C",
    json="one object of JSON a line",
)
def errors_tail(session: Session, function: str = "", for_: str = "", json: bool = False) -> None:
    """Print new records as they come, one line each."""
    from tocsin import triage
    from tocsin.triage.view import record_line

    seconds = options.seconds(for_, "--for") if for_ else None
    try:
        coming = triage.tail(session.account, session.stage, function or None, seconds)
        terminal.note("waiting for new records")
        for record in coming:
            if json:
                terminal.as_json_line(record)
            else:
                terminal.data(record_line(record))
    except KeyboardInterrupt:
        terminal.note("stopped")


@task(
    "region",
    "json",
    file="log lines, the CLI's JSON, or the results of a Logs Insights query; -: stdin",
)
def errors_import(session: Session, file: str) -> TaskResult:
    """Put records that were only logged into the table; those that are there stay as they are."""
    from tocsin import triage
    from tocsin.counted import counted
    from tocsin.exceptions import InputError
    from tocsin.triage.view import imported, imported_lines

    stage = session.stage
    found = triage.fallback_records(triage.read_log(file), datetime.now(UTC))
    if not found.records and not found.damaged:
        name = "standard input" if file == "-" else file
        raise InputError(
            f"{name}: found no record in {counted(found.skipped, 'line')}; accepted: a log with "
            "lines that have error_log_fallback"
        )
    done = triage.bring_back(session.account, stage, found.records)

    def view() -> None:
        for line in imported_lines(found, done):
            terminal.data(line)

    lost = bool(found.damaged or done.refused)
    return TaskResult(imported(found, done), view, failed=lost)


@task("region")
def errors_redrive(session: Session) -> TaskResult:
    """Hand the collector its dead letters again: what it gave up on."""
    from dataclasses import asdict

    from tocsin import triage

    done = triage.redrive(session.account, session.stage)

    def view() -> None:
        for line in triage.redriven_lines(done, session.stage):
            terminal.data(line)

    return TaskResult(asdict(done), view, failed=bool(done.stopped))


@task(
    "region",
    error_id=_ERROR_ID,
    output="file to write, instead of tests/repro/test_<function>_<id>.py",
)
def errors_repro(session: Session, error_id: str, output: str = "") -> None:
    """Write a pytest file that replays the failure's event against the function's code."""
    from tocsin import triage

    record = triage.show(session.account, session.stage, error_id)
    file = triage.write_repro(session.root, session.stage, record, output)
    terminal.data(session.relative(file))
