"""The scenarios of tests/alarms, on each stage; what names something that is gone is a warning."""

import warnings

from tests.stack.conftest import ROOT, Compiled
from tocsin.check.scenarios import folders
from tocsin.nearest import first_of
from tocsin.scenarios import alarms_of, lines, run_files


def test_every_scenario_holds(compiled: Compiled) -> None:
    report = run_files(folders(ROOT), alarms_of(compiled.template))
    for skipped in report.skipped:
        there_is_no = f"{skipped.file}:{skipped.line}: there is no {first_of(skipped.names)}"
        warnings.warn(f"{there_is_no}; change the file, or delete it", stacklevel=1)
    assert not report.failures, "\n".join(lines(report))
