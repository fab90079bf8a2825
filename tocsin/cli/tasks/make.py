"""From monitoring.yml to what a deploy sends; none of it needs an AWS account."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

from tocsin import terminal
from tocsin.cli import options
from tocsin.cli.session import Session
from tocsin.cli.task import TaskResult, task
from tocsin.exceptions import InputError

if TYPE_CHECKING:
    from tocsin.attach.declaration import DeclarationChange


@task("region")
def render(session: Session) -> TaskResult:
    """Write build/<stage>/serverless.yml from monitoring.yml and the templates."""
    from tocsin.packaging.render import render as write

    return _written(session, write(session.root, session.listed()))


@task("region")
def package(session: Session) -> TaskResult:
    """Make the archives and the compiled CloudFormation in build/<stage>/."""
    session.listed()
    built = session.package()
    return _written(session, (*built.templates, *built.archives))


@task("region", "json", recover="write stacks.lock.yml anew from what is deployed")
def stacks(session: Session, recover: bool = False) -> TaskResult:
    """List the CloudFormation stacks of the stage, and how many functions each has."""
    from tocsin.deploy.deployed import recover_lock
    from tocsin.stacks import stacks_of

    if recover:
        recover_lock(session.root, session.stage, session.account)
        session.again()
    found = stacks_of(session.stage)

    def view() -> None:
        terminal.table(
            [
                terminal.Column("stack"),
                terminal.Column("functions", right=True),
                terminal.Column("room", right=True),
            ],
            [(stack.name, str(len(stack.functions)), str(stack.room)) for stack in found],
        )

    return TaskResult([stack.as_dict() for stack in found], view)


@task(
    "region",
    "json",
    drill="also the variable by which the drill may make them fail",
    literal="the layer's ARN itself, where a reference to it would be printed",
    write="put the lines into serverless.yml or the SAM template, after showing the diff",
    yes="write without asking",
)
def attach(
    session: Session,
    drill: bool = False,
    literal: bool = False,
    write: bool = False,
    yes: bool = False,
) -> TaskResult:
    """Print what functions of other tools need for their exceptions to become records."""
    from tocsin.attach.attaching import attaching, changes
    from tocsin.attach.view import print_attaching

    found = attaching(session.root, session.stage, drill=drill, literal=literal)

    def view() -> None:
        print_attaching(found)
        if write:
            for change in changes(found, terminal.note):
                _offered(session, change, yes)

    return TaskResult(found.as_dict(), view)


def _offered(session: Session, change: "DeclarationChange", yes: bool) -> None:
    """Show a change, and make it once somebody has agreed."""
    shown = os.path.relpath(change.file, session.root)
    terminal.data("")
    for line in change.diff(shown):
        terminal.data(line)
    if not yes and not terminal.asked(f"write these lines to {shown}?"):
        terminal.note(f"{shown} is as it was (--yes writes without asking)")
        return
    change.write()
    terminal.note(f"{shown}: written")


@task(
    "region",
    role="reader, triager, muter, exporter, importer, driller or deployer",
    account="the account's number, to name it in each ARN",
    part="of a policy that is too long for one, this part: 1, 2, ...",
)
def permissions(session: Session, role: str, account: str = "*", part: str = "") -> None:
    """Print the IAM policy of a role, such as reader, driller or deployer, as JSON."""
    from tocsin.aws.operator_policies import LONGEST, length, parts, policy

    document = policy(session.stage, role, options.account(account, "--account"))
    pieces = parts(document)
    number = options.count(part, "--part") if part else 0
    if number > len(pieces):
        raise InputError(f"--part: found {part}; accepted: 1 to {len(pieces)}")
    terminal.as_json(pieces[number - 1] if part else document)
    if not part and len(pieces) > 1:
        terminal.note(
            f"{length(document)} characters, and IAM takes {LONGEST} in a managed policy: "
            f"--part 1 to {len(pieces)} print it as policies of that length"
        )


def _written(session: Session, files: tuple[Path, ...]) -> TaskResult:
    names = [session.relative(file) for file in files]

    def view() -> None:
        for name in names:
            terminal.data(name)

    return TaskResult(names, view)
