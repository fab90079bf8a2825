"""AWS on loopback: start it, stop it, turn its clock."""

import os
import shlex
from typing import TYPE_CHECKING

from tocsin import terminal
from tocsin.cli import options
from tocsin.cli.session import Session
from tocsin.cli.task import TaskResult, task

if TYPE_CHECKING:
    from tocsin.local import LocalStage

_STAGE = "a local stage: local, or one whose name begins with local-"


@task(
    on_stage=False,
    stage=_STAGE,
    port="port to listen on, instead of the default",
    full_speed="functions have the whole CPU and are not frozen between calls, unlike on Lambda",
    export="its variables, keys included, for the shell",
    json="the same as JSON on stdout",
)
def local_start(
    session: Session,
    stage: str = "local",
    port: str = "",
    full_speed: bool = False,
    export: bool = False,
    json: bool = False,
) -> None:
    """Start the local stage: AWS on loopback, no account needed."""
    running = started(session.at(stage), options.port(port, "--port"), full_speed or None)
    if json:
        terminal.as_json({"endpoint": running.endpoint, "environment": running.environment()})
    elif export:
        from tocsin.packaging import osls

        of_node = {"NODE_OPTIONS": osls.node_options(os.environ.get("NODE_OPTIONS", ""))}
        for name, value in (running.environment() | of_node).items():
            terminal.data(f"export {name}={shlex.quote(value)}")


@task(on_stage=False, stage=_STAGE)
def local_stop(session: Session, stage: str = "local") -> None:
    """Stop the local stage; everything deployed on it is gone."""
    from tocsin.local import project

    stopped = project.stop(session.root, stage)
    which = "the local stage" if stage == "local" else f"the local stage {stage}"
    terminal.note(f"{which} stopped" if stopped else f"{which} was not running")


@task(
    "json",
    on_stage=False,
    stage=_STAGE,
    advance="how far, such as 90s, 5m or 1h, at most 7d; without it, tell the time",
)
def local_clock(session: Session, stage: str = "local", advance: str = "") -> TaskResult:
    """Tell the local stage's time, or advance it: every minute in between is evaluated."""
    from tocsin.local import clock, project

    distance = options.seconds(advance, "--advance", most=clock.LONGEST_ADVANCE) if advance else 0
    running = project.running(session.root, stage)
    if distance:
        with terminal.progress("seconds of the stage") as on_progress:
            reading = clock.advance(running, distance, on_progress)
    else:
        reading = clock.read(running)

    def view() -> None:
        ahead = f"{reading.offset:.0f} s ahead of the wall"
        terminal.data(f"{reading.now:%Y-%m-%d %H:%M:%S} UTC, {ahead}")
        for change in reading.changed:
            terminal.data(f"{change.at:%H:%M} {change.alarm}: {change.old} -> {change.new}")

    return TaskResult(reading.as_dict(), view)


def started(session: Session, port: int = 0, full_speed: bool | None = None) -> "LocalStage":
    """The local stage of ``session``, started where it does not run."""
    from tocsin.local import admin_client, project

    stage = session.stage
    running = project.start(
        session.root, stage.region, port or None, stage.name, full_speed=full_speed
    )
    terminal.note(f"local stage {'started' if running.fresh else 'runs'} on {running.endpoint}")
    if running.fresh and admin_client.call(running, "health", signed=False).get("cpu") == "signals":
        terminal.note(
            "no control groups may be made here: functions get their share of CPU by being stopped"
        )
    return running
