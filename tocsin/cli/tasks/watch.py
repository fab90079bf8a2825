"""What a deployed stage says: its alarms and its error log."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from tocsin import terminal
from tocsin.cli import options
from tocsin.cli.session import Session
from tocsin.cli.task import TaskResult, task
from tocsin.exceptions import InputError
from tocsin.typed_command import of_project

if TYPE_CHECKING:
    from tocsin.aws.log_lines import LogLine

_ERROR_ID = "the record's errorId, as `errors` lists it"


@task("region", "json")
def alarms(session: Session, function: str = "") -> TaskResult:
    """Show the state of each alarm, and why."""
    from tocsin.aws.alarm_states import states
    from tocsin.aws.view import print_states

    found = states(session.account, session.stage, function or None)
    return TaskResult([alarm.as_dict() for alarm in found], lambda: print_states(found))


@task(
    "region",
    "json",
    for_="how long, such as 2h; at most 15d",
    at="when it begins, such as 2026-12-24T18:00Z, instead of now",
    note="why, for who reads it later",
    undo="take back what was muted by hand",
)
def alarms_mute(
    session: Session,
    function: str = "",
    for_: str = "",
    at: str = "",
    note: str = "",
    undo: bool = False,
) -> TaskResult:
    """Have alarms tell nobody for a time; without options, show what mutes them."""
    from tocsin.aws import alarm_muting
    from tocsin.aws.view import print_mutes

    account, stage = session.account, session.stage
    if undo and (for_ or at or note or function):
        raise InputError("found --undo and another option; accepted: one of them")
    if (at or note or function) and not for_:
        raise InputError("found no --for; accepted: how long, such as 2h")
    if undo:
        for name in alarm_muting.unmute(account, stage):
            terminal.note(f"{name}: taken back")
    if for_:
        length = timedelta(seconds=options.seconds(for_, "--for"))
        begins = options.moment(at, "--at") if at else None
        alarm_muting.mute(account, stage, function or None, length, note, begins)
    found = alarm_muting.mutes(account, stage)
    return TaskResult([mute.as_dict() for mute in found], lambda: print_mutes(found))


@task("region", "json", data="the event, as JSON (default null)")
def invoke(session: Session, function: str, data: str = "") -> TaskResult:
    """Call one function and print its answer and the end of its log; exit 1 where it failed."""
    from tocsin.aws import function_call
    from tocsin.config.selection import selected

    event = function_call.event_of(data)
    (called,) = selected(session.stage, function)
    answer = function_call.invoke(session.account, called, event)

    def view() -> None:
        for line in answer.log.splitlines():
            terminal.note(line)
        terminal.as_json(answer.payload)
        if answer.error:
            terminal.note(f"{called.name} failed: {answer.error}")

    return TaskResult(answer.as_dict(), view, failed=bool(answer.error))


@task(
    "region",
    since="how far back, such as 10m or 2h",
    tail="go on with new lines as they come, until Ctrl-C or --for",
    for_="how long --tail goes on, such as 90s",
    json="one object of JSON a line",
)
def logs(
    session: Session,
    function: str,
    since: str = "10m",
    tail: bool = False,
    for_: str = "",
    json: bool = False,
) -> None:
    """Print what one function logged, newest last."""
    from tocsin.aws import log_lines
    from tocsin.config.selection import selected

    back = options.seconds(since, "--since")
    going_on = options.seconds(for_, "--for") if for_ else None
    if for_ and not tail:
        raise InputError("--for: found without --tail; accepted: with it")
    (chosen,) = selected(session.stage, function)
    try:
        lines = log_lines.newest(session.account, chosen, back)
        for line in lines:
            _log_line(line, json)
        shown = {line.id for line in lines}
        coming = log_lines.tail(session.account, chosen, going_on) if tail else iter(())
        for line in coming:
            if line.id not in shown:
                _log_line(line, json)
    except KeyboardInterrupt:
        terminal.note("stopped")


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
    return TaskResult(found, lambda: view.records_table(found))


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
    "json",
    iterable=("from_",),
    since="how far back, such as 12h or 7d (default 7d, of an export all of it)",
    from_="a folder with an export of the error log, instead of the table; may be repeated",
)
def errors_groups(
    session: Session, function: str = "", since: str = "", from_: list[str] | None = None
) -> TaskResult:
    """List the error log by fingerprint, one line for each bug; also of exports (errors-export)."""
    from tocsin import triage
    from tocsin.triage import view

    if from_:
        began = triage.ago(options.seconds(since, "--since")) if since else ""
        found = triage.exported_groups(from_, function, began)
        return TaskResult([group.as_dict() for group in found], lambda: view.groups_table(found))
    seconds = options.seconds(since or "7d", "--since")
    found = triage.recent_groups(session.account, session.stage, function or None, seconds)
    return TaskResult([group.as_dict() for group in found], lambda: view.groups_table(found))


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
    """Bring records back into the table that were only logged; what is there stays."""
    from tocsin import triage
    from tocsin.triage.view import imported, imported_lines

    stage = session.stage
    found = triage.fallback_records(triage.read_log(file))
    done = triage.bring_back(session.account, stage, found.records)

    def view() -> None:
        for line in imported_lines(found, done):
            terminal.data(line)

    return TaskResult(imported(found, done), view)


@task("region")
def errors_redrive(session: Session) -> TaskResult:
    """Give the collector again what it gave up on: the messages of its dead-letter queue."""
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


@task(
    "region",
    at="what to open: a function, an alarm, a fingerprint, an errorId, or words to search for",
    port="port to listen on, instead of a free one",
    host="127.0.0.1, where the browser does not find *.localhost",
    open="open it in a browser, where there is one",
)
def console(
    session: Session, at: str = "", port: str = "", host: str = "", open: bool = True
) -> None:
    """Show the stage in a browser, from this machine alone: bugs, records, alarms, the drill."""
    from tocsin import web
    from tocsin.aws import account

    listen_on = options.port(port, "--port")
    stage = session.stage
    first = session.account  # what is wrong with it is said here, and not first on a page
    accounts = iter([first])
    shown = web.Console(
        session.root,
        stage,
        lambda: next(accounts, None) or account.of(session.root, stage),
        drill_command=session.command("smoke-test"),
    )
    with web.Invitation(stage.name, terminal.data, open_browser=open) as invitation:
        web.serve(shown, host, listen_on, web.page_of(stage, at), invitation.tell)
    terminal.note("console stopped")


@task(on_stage=False, task="the task, such as errors-groups")
def json_schema(_: Session, task: str) -> None:
    """Print the JSON Schema of what a task prints with --json."""
    from tocsin.cli import json_output

    terminal.as_json(json_output.schema(task))


def _log_line(line: "LogLine", as_json: bool) -> None:
    if as_json:
        terminal.as_json_line(line.as_dict())
    else:
        terminal.data(f"{line.at:%H:%M:%S} {line.message}")
