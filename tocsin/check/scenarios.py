"""Every alarm evaluated: scenarios generated for it, and those the project keeps."""

from collections.abc import Iterator
from pathlib import Path

from tocsin.alarms.kind import is_asynchronous
from tocsin.alarms.kinds.error_rate import KIND as ERROR_RATE
from tocsin.alarms.kinds.heartbeat import KIND as HEARTBEAT
from tocsin.config import Stage
from tocsin.findings import Finding, Severity
from tocsin.kept_answers import KeptAnswers
from tocsin.nearest import first_of
from tocsin.scenarios import LoadedAlarms, prove, run_files
from tocsin.scenarios.kept_proofs import NOTHING_KEPT
from tocsin.scenarios.rare_failures import CADENCES, CallCadence, rare_failures
from tocsin.schedules import schedule_of
from tocsin.stacks import stacks_of
from tocsin.stacks.stack_mutes import mutes

FOLDER = Path("tests/alarms")


def proven(
    stage: Stage, alarms: LoadedAlarms, kept: KeptAnswers = NOTHING_KEPT
) -> Iterator[Finding]:
    """What is surprising about an alarm under the scenarios that every alarm must pass.

    That one failure fires an alarm surprises nobody where it is there to tell of one run. The
    windows of monitoring.yml are judged by their names there (``muting``).
    """
    of_one_run = set(_telling_of_one_run(stage))
    windows = {rule.logical_id for stack in stacks_of(stage) for rule in mutes(stack)}
    for finding in prove(alarms, kept):
        if finding.subject in windows:
            continue
        if finding.rule != "no-volume-guard" or finding.subject not in of_one_run:
            yield finding


def _telling_of_one_run(stage: Stage) -> Iterator[str]:
    """Names of the alarms on the last run of functions that nothing but a schedule calls."""
    for function in stage.watched:
        on_schedule = schedule_of(function.events)
        if on_schedule is None or not on_schedule.only or ERROR_RATE.of(function).is_tuned:
            continue
        for alarm in function.alarm_definitions(stage.suffix, stage.name):
            if alarm.kind == ERROR_RATE.name and alarm.evaluation_periods == 1:
                yield alarm.name


def seen_at_every_cadence(
    stage: Stage, alarms: LoadedAlarms, kept: KeptAnswers = NOTHING_KEPT
) -> Iterator[Finding]:
    """A finding for each function whose failures its own alarms miss at some cadence of calls."""
    called = {}
    for function in stage.watched:
        on_schedule = schedule_of(function.events)
        known = on_schedule is not None and on_schedule.only
        cadences = (on_schedule.usual,) if known and on_schedule else CADENCES
        called[function.name] = CallCadence(cadences, is_asynchronous(function))
    yield from rare_failures(alarms, called, kept)


def heartbeats(stage: Stage) -> Iterator[Finding]:
    """A warning for each function whose schedule leaves more time than a heartbeat can watch."""
    for function in stage.watched:
        silent = HEARTBEAT.longest_silence(function)
        if silent is None or not HEARTBEAT.of(function).enabled:
            continue
        if not HEARTBEAT.definitions(function, stage.suffix, stage.name):
            yield Finding(
                Severity.WARNING,
                "no-heartbeat",
                function.key,
                f"its schedule leaves {silent / 86_400:.1f} days between two runs, and CloudWatch "
                "looks back seven: whether it runs at all is not watched; alarms.heartbeat."
                "enabled: false takes this note away",
            )


def scenario_files(root: Path, stage: Stage, alarms: LoadedAlarms) -> Iterator[Finding]:
    """An error for each expectation of tests/alarms that the compiled alarms do not meet.

    A file that names what the stage does not have is a warning: the rest is tested, and deployed.
    """
    report = run_files(folders(root), alarms, stage.suffix)
    for failure in report.failures:
        message = (
            f"{failure.what}: expected {failure.expected}, got {failure.got} "
            f"({failure.file}: {failure.scenario})"
        )
        yield Finding(Severity.ERROR, "scenario", failure.alarm, message)
    for skipped in report.skipped:
        file = Path(skipped.file).relative_to(root).as_posix()
        yield Finding(
            Severity.WARNING,
            "scenario-names",
            f"{file}:{skipped.line} ({first_of(skipped.names)})",
            "names what the stage does not have, and that part of it was not run; "
            "change the file, or delete it",
        )


def folders(root: Path) -> list[Path]:
    """Where the project keeps its scenarios; none where it has none."""
    return [root / FOLDER] if (root / FOLDER).is_dir() else []
