"""Every alarm evaluated: scenarios generated for it, and those the project keeps."""

from collections.abc import Iterator
from pathlib import Path

from tocsin.cloudformation.resources import Template
from tocsin.findings import Finding, Severity
from tocsin.scenarios import alarms_of, prove, run_files

FOLDER = Path("tests/alarms")


def proven(template: Template) -> Iterator[Finding]:
    """What is surprising about an alarm under the scenarios that every alarm must pass."""
    yield from prove(alarms_of(template))


def scenario_files(root: Path, template: Template) -> Iterator[Finding]:
    """An error for each expectation of tests/alarms that the compiled alarms do not meet."""
    folder = root / FOLDER
    if not folder.is_dir():
        return
    for failure in run_files([folder], alarms_of(template)).failures:
        message = (
            f"{failure.what}: expected {failure.expected}, got {failure.got} "
            f"({failure.file}: {failure.scenario})"
        )
        yield Finding(Severity.ERROR, "scenario", failure.alarm, message)
