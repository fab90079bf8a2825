"""From monitoring.yml to what a deploy sends; none of it needs an AWS account."""

from pathlib import Path

from tocsin import terminal
from tocsin.cli.session import Session
from tocsin.cli.task import Result, task


@task("region")
def render(session: Session) -> Result:
    """Write build/<stage>/serverless.yml from monitoring.yml and the templates."""
    from tocsin.packaging.render import render as write

    return _written(session, write(session.root, session.listed()))


@task("region")
def package(session: Session) -> Result:
    """Make the archives and the compiled CloudFormation in build/<stage>/."""
    session.listed()
    built = session.package()
    return _written(session, (*built.templates, *built.archives))


@task("region", "json", recover="write stacks.lock.yml anew from what is deployed")
def stacks(session: Session, recover: bool = False) -> Result:
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

    return Result([stack.as_dict() for stack in found], view)


@task(
    "region",
    role="reader, importer or driller",
    account="the account's number, to name it in each ARN",
)
def permissions(session: Session, role: str, account: str = "*") -> None:
    """Print the IAM policy for people who read a stage or hold its drill, as JSON."""
    from tocsin.aws.operator_policies import policy

    terminal.as_json(policy(session.stage, role, account))


def _written(session: Session, files: tuple[Path, ...]) -> Result:
    names = [session.relative(file) for file in files]

    def view() -> None:
        for name in names:
            terminal.data(name)

    return Result(names, view)
