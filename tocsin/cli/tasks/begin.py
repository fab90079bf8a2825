"""A new project, its next version, and the pages about both."""

import shlex
from pathlib import Path

from tocsin import terminal
from tocsin.cli.session import Session
from tocsin.cli.task import TaskResult, task
from tocsin.typed_command import of_project


@task(
    on_stage=False,
    folder="where to, instead of the current folder; it may be new",
    service="name of the service (default: the folder's)",
)
def init(session: Session, folder: str = ".", service: str = "") -> None:
    """Make a project in an empty folder: one function, its stack, its alarms and its tests."""
    from tocsin import scaffold
    from tocsin.scaffold.requirement import is_of_this_machine, requirement

    made = scaffold.init(Path(folder), service)
    terminal.note(f"{made.root}: {len(made.written)} files of a project, service {made.service}")
    for name in made.left:
        terminal.note(f"  {name} was there and is as it was; .tocsin-base/{name} is ours")
    if is_of_this_machine(requirement()):
        terminal.note(
            "  requirements/tocsin.txt names this machine's tocsin: name a git URL there, or a "
            "version, before others use the project"
        )
    there = (
        ""
        if made.root == Path.cwd()
        else f"cd {shlex.quote(f'./{folder}' if folder.startswith('-') else folder)} && "
    )
    terminal.note(f"next: {there}{of_project(made.root)} deploy --stage local")


@task(on_stage=False, dry_run="only say what would be done")
def upgrade(session: Session, dry_run: bool = False) -> TaskResult:
    """Bring the project to the installed version; what you changed is merged, or shown."""
    from tocsin import scaffold
    from tocsin.scaffold.three_way import FileOutcome

    planned = scaffold.plan_upgrade(session.root)
    if not dry_run:
        planned.apply()

    def view() -> None:
        for change in planned.told:
            beside = f", see {change.name}{change.suffix}" if change.suffix else ""
            terminal.data(f"{change.outcome:<10}{change.name}{beside}")
        kept = sum(change.outcome is FileOutcome.KEPT for change in planned.changes)
        left_out = sum(change.outcome is FileOutcome.LEFT_OUT for change in planned.changes)
        would = "would be brought" if dry_run else "brought"
        terminal.note(
            f"{would} from {planned.before} to {planned.after}: {len(planned.told)} files changed, "
            f"{kept} of yours kept, {left_out} that you deleted left out"
        )
        if planned.conflicts:
            terminal.note(
                "in conflict, the file is yours as it was: take from the one beside it what you "
                "need, then delete that"
            )

    return TaskResult(None, view, failed=bool(planned.conflicts))


def _print_lines(text: str) -> None:
    for line in text.splitlines():
        terminal.data(line)


_LIST = "pages"


@task(on_stage=False, page=f"such as runbook, or decisions/paging; `{_LIST}` lists them")
def docs(session: Session, page: str) -> TaskResult:
    """Print a page of the documentation, such as `runbook`; `pages` lists them."""
    from tocsin import documentation

    if page != _LIST:
        text = documentation.page(page)
        return TaskResult(text, lambda: _print_lines(text))
    titles = documentation.titles()
    columns = [terminal.Column("page"), terminal.Column("about")]
    rows = [(name, title) for name, title in titles.items()]
    return TaskResult(titles, lambda: terminal.table(columns, rows))
