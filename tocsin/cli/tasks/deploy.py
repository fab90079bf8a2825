"""To the account and back, and the drill on what is there."""

import time
from collections.abc import Collection

from invoke.exceptions import Exit

from tocsin import terminal
from tocsin.cli import options
from tocsin.cli.session import Session
from tocsin.cli.task import TaskResult, task
from tocsin.cli.tasks.local import started


@task(
    "region",
    smoke_test="run the drill on what was deployed",
    rollback="let the alarm undo it where monitoring.yml says so",
)
def deploy(session: Session, smoke_test: bool = True, rollback: bool = True) -> TaskResult | None:
    """Check the stage, deploy it with osls, then run the drill; `local` starts the local stage."""
    from tocsin import findings
    from tocsin.deploy.run import deploy as deploy_stage
    from tocsin.packaging.git_release import release
    from tocsin.triage import note_release

    if session.stage.is_local:
        started(session)
    stage, account = session.listed(), session.account
    found = session.check(to_deploy=True)
    for line in findings.lines(found):
        terminal.note(line)
    if findings.errors_in(found):
        raise Exit("nothing was deployed: the check found errors", code=1)
    with terminal.step(f"deploy {stage.stack_name} to {stage.region}"):
        outputs = deploy_stage(session.root, stage, account, terminal.note, undo=rollback)
    unknown = note_release(account, stage, release(session.root))
    if unknown:
        terminal.note(f"  the memory of bugs learns of this release when it fails: {unknown}")
    for key, value in sorted(outputs.items()):
        terminal.note(f"  {key}: {value}")
    if not smoke_test:
        return None
    # Nobody asked for failures on a protected stage: there, only the wiring.
    _drill(session, wiring=stage.protected)
    return None


@task(
    "region",
    only="kinds of failure, separated by commas (default: all)",
    wiring="only set each alarm's state and see it notified: seconds, no traffic",
    yes="make functions fail also where the stage is protected",
    limit="how long it may take, such as 10m; it fails where it is not done then",
    json="a check as JSON in each line, instead of a table",
)
def smoke_test(
    session: Session,
    function: str = "",
    only: str = "",
    wiring: bool = False,
    yes: bool = False,
    limit: str = "",
    json: bool = False,
) -> None:
    """Hold the fire drill: see each failure recorded, alarmed, notified and recovered from."""
    from tocsin.drill import ProtectedStage, kinds

    wanted = kinds(only)
    limit_s = options.seconds(limit, "--limit") if limit else None
    if session.stage.protected and not (wiring or yes):
        raise ProtectedStage(session.stage.name)
    _drill(
        session,
        function=function or None,
        only=wanted,
        wiring=wiring,
        limit_s=limit_s,
        as_json=json,
    )


@task("region", yes="also where the stage is protected")
def remove(session: Session, yes: bool = False) -> None:
    """Take the stage's stacks down."""
    from tocsin.aws.alarm_muting import unmute
    from tocsin.deploy.run import remove as remove_stage
    from tocsin.drill.leftovers import clear

    stage, account = session.stage, session.account
    with terminal.step(f"remove {stage.stack_name}"):
        remove_stage(session.root, stage, account, confirmed=yes, tell=terminal.note)
        for name in clear(account, stage):
            terminal.note(f"  {name}: left by a drill, removed")
        for name in unmute(account, stage):
            terminal.note(f"  {name}: muted alarms that are gone, removed")


def _drill(
    session: Session,
    *,
    function: str | None = None,
    only: Collection[str] = (),
    wiring: bool = False,
    limit_s: int | None = None,
    as_json: bool = False,
) -> None:
    from tocsin.aws.account import outputs
    from tocsin.config.selection import selected
    from tocsin.drill import KINDS, Kind, LocalClock, Topics, WallClock, check_wiring, drill
    from tocsin.drill.view import DrillTable

    stage, account = session.stage, session.account
    chosen = selected(stage, function)
    topics = Topics.of_outputs(outputs(account, stage))
    clock = LocalClock(account.local) if account.local else WallClock()
    table = DrillTable([function.key for function in chosen], as_json=as_json)
    terminal.note(f"smoke-test {stage.stack_name} ...")
    began = time.monotonic()
    try:
        if wiring:
            checks = check_wiring(account, stage, topics, clock, chosen, table.tell)
        else:
            kinds = [Kind(kind) for kind in only] or KINDS
            checks = drill(account, stage, topics, clock, chosen, kinds, table.tell, limit_s)
    finally:
        # Also of a drill that was interrupted, or ran out of time.
        table.end()
    seconds = time.monotonic() - began
    terminal.note(f"smoke-test {stage.stack_name}: done in {seconds:.1f} s")
    if any(check.failed for check in checks):
        raise Exit(code=1)
