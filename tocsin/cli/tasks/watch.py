"""What a deployed stage says: its alarms, its functions' answers and logs, its console."""

from datetime import timedelta
from typing import TYPE_CHECKING

from tocsin import terminal
from tocsin.cli import options
from tocsin.cli.from_exports import MEMORY_OPTION, exports_of
from tocsin.cli.session import Session
from tocsin.cli.task import TaskResult, task
from tocsin.exceptions import InputError
from tocsin.typed_command import typed

if TYPE_CHECKING:
    from tocsin.aws.log_lines import LogLine
    from tocsin.web import Console


@task("region", "json")
def alarms(session: Session, function: str = "") -> TaskResult:
    """Show the state of each alarm, and why."""
    from tocsin.aws.alarm_states import NOT_DEPLOYED, states
    from tocsin.aws.view import print_states

    stage = session.stage
    found = states(session.account, stage, function or None)
    nothing = bool(found) and all(alarm.state == NOT_DEPLOYED for alarm in found)
    if nothing:
        terminal.note(
            f"none of these alarms is deployed in {session.account.region}: "
            f"`{typed(f'deploy --stage {stage.name}')}`, or name its --region"
        )
    return TaskResult(
        [alarm.as_dict() for alarm in found], lambda: print_states(found), failed=nothing
    )


@task(
    "region",
    "json",
    for_="how long, such as 2h; at most 15d",
    at="when it begins, such as 2026-12-24T18:00Z, instead of now",
    note="why, for whoever reads it later",
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
    """Keep alarms from telling anybody for a time; without options, show what mutes them."""
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
        if not lines and not tail:
            terminal.note(f"nothing was logged for {since}; --since looks further back")
        shown = {line.id for line in lines}
        coming = log_lines.tail(session.account, chosen, going_on) if tail else iter(())
        for line in coming:
            if line.id not in shown:
                _log_line(line, json)
    except KeyboardInterrupt:
        terminal.note("stopped")


@task(
    "region",
    iterable=("from_",),
    at="what to open: a function, an alarm, a fingerprint, an errorId, or words to search for",
    port="port to listen on, instead of a free one",
    host="127.0.0.1, where the browser does not find *.localhost",
    open="open it in a browser, where there is one",
    from_="a folder with exports of the error log, instead of the stage; may be repeated",
    memory=MEMORY_OPTION,
)
def console(
    session: Session,
    at: str = "",
    port: str = "",
    host: str = "",
    open: bool = True,
    from_: list[str] | None = None,
    memory: str = "",
) -> None:
    """Show the stage in a browser, from this machine alone: bugs, records, alarms, the drill."""
    from tocsin import web

    listen_on = options.port(port, "--port")
    stage = session.any_stage if from_ else session.stage
    shown = _exported(session, from_, memory) if from_ else _deployed(session)
    name = shown.title[0]
    with web.Invitation(name, terminal.data, open_browser=open) as invitation:
        web.serve(shown, host, listen_on, web.page_of(stage, at), invitation.tell)
    terminal.note("console stopped")


def _deployed(session: Session) -> "Console":
    from tocsin import web
    from tocsin.aws import account

    first = session.account  # what is wrong with it is said here, and not first on a page
    accounts = iter([first])
    return web.Console(
        session.root,
        session.stage,
        lambda: next(accounts, None) or account.of(session.root, session.stage),
        drill_command=session.command("smoke-test"),
    )


def _exported(session: Session, folders: list[str], memory: str) -> "Console":
    from tocsin import triage, web
    from tocsin.triage.export_database import MEMORY

    exports = exports_of(folders)
    with terminal.step(f"read {sum(len(export.files) for export in exports.read)} files"):
        bugs = triage.exported_bugs(exports, whole=True, memory=memory or MEMORY)
    return web.ExportConsole(session.root, session.any_stage, exports, bugs)


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
