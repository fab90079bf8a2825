"""Every alarm evaluated: scenarios generated for it, and those the project keeps."""

from collections.abc import Iterator
from pathlib import Path

from tocsin.cloudformation.resources import Template
from tocsin.findings import Finding, Severity
from tocsin.nearest import first_of
from tocsin.scenarios import alarms_of, prove, run_files

FOLDER = Path("tests/alarms")


def proven(template: Template) -> Iterator[Finding]:
    """What is surprising about an alarm under the scenarios that every alarm must pass."""
    yield from prove(alarms_of(template))


def scenario_files(root: Path, template: Template) -> Iterator[Finding]:
    """An error for each expectation of tests/alarms that the compiled alarms do not meet.

    A file that names what the stage does not have is a warning: the rest is tested, and deployed.
    """
    report = run_files(folders(root), alarms_of(template))
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
