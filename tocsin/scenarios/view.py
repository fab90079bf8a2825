"""Results of scenarios and proofs as lines, JSON and JUnit XML."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any
from xml.etree import ElementTree

from tocsin.counted import counted
from tocsin.escaping import visible
from tocsin.findings import Finding, Severity, errors_in
from tocsin.findings import lines as finding_lines
from tocsin.nearest import first_of
from tocsin.scenarios.scenario_runs import ScenarioReport


def lines(report: ScenarioReport, findings: Sequence[Finding] = ()) -> Iterator[str]:
    """Failures with their reasons, findings, and a last line that counts."""
    for failure in report.failures:
        yield f"FAILED {failure.file}: {failure.scenario}: {failure.alarm}: {failure.what}"
        yield f"  expected: {failure.expected}"
        yield f"  got:      {failure.got}"
        yield from (f"  {line}" for line in failure.details)
    for skipped in report.skipped:
        yield (
            f"skipped {skipped.file}:{skipped.line}: {skipped.count} of {skipped.total} scenarios: "
            f"there is no {first_of(skipped.names)}; change the file, or delete it"
        )
    yield from _unreached(report)
    yield from finding_lines(findings)
    errors = errors_in(findings)
    yield (
        f"test-alarms: {counted(len(report.outcomes), 'expectation')}, {len(report.failures)} "
        f"failed; {counted(errors, 'error')}, {counted(len(findings) - errors, 'warning')} on the "
        "alarms"
    )


def _unreached(report: ScenarioReport) -> Iterator[str]:
    """What no scenario has seen; alarms that lack the same are one line."""
    alike: dict[tuple[str, ...], list[str]] = {}
    for left in report.unreached:
        alike.setdefault(left.branches, []).append(left.alarm)
    for branches, names in alike.items():
        lacking = f"not reached: {', '.join(branches)}" if branches else "no scenario looks at it"
        yield f"coverage: {first_of(names)}: {lacking}"


def failed(report: ScenarioReport, findings: Sequence[Finding] = ()) -> bool:
    """Whether the run ends with exit code 1."""
    return bool(report.failures or errors_in(findings))


def as_dict(report: ScenarioReport, findings: Sequence[Finding] = ()) -> dict[str, Any]:
    """The whole result, for JSON."""
    return {
        "expectations": [asdict(outcome) for outcome in report.outcomes],
        "skipped": [asdict(run) for run in report.skipped],
        "unreached": [left.as_dict() for left in report.unreached],
        "findings": [finding.as_dict() for finding in findings],
    }


def junit(report: ScenarioReport, findings: Sequence[Finding] = ()) -> str:
    """JUnit XML: a test case per expectation, and per finding of severity error.

    XML has no control characters, escaped neither (https://www.w3.org/TR/xml/#charsets): they are
    spelled out.
    """
    errors = [finding for finding in findings if finding.severity is Severity.ERROR]
    suite = ElementTree.Element(
        "testsuite",
        name="alarms",
        tests=str(len(report.outcomes) + len(report.skipped) + len(errors)),
        failures=str(len(report.failures) + len(errors)),
        skipped=str(len(report.skipped)),
    )
    for outcome in report.outcomes:
        case = _case(suite, outcome.file, f"{outcome.scenario}: {outcome.alarm}: {outcome.what}")
        if not outcome.passed:
            _fail(
                case, f"expected {outcome.expected}, got {outcome.got}", "\n".join(outcome.details)
            )
    for skipped in report.skipped:
        case = _case(suite, skipped.file, f"scenarios that name {first_of(skipped.names)}")
        ElementTree.SubElement(case, "skipped", message="there is nothing of this name")
    for finding in errors:
        case = _case(suite, "proofs", f"{finding.subject}: {finding.rule}")
        _fail(case, finding.rule, finding.message)
    return ElementTree.tostring(suite, encoding="unicode", xml_declaration=True) + "\n"


def _case(suite: ElementTree.Element, file: str, name: str) -> ElementTree.Element:
    return ElementTree.SubElement(suite, "testcase", classname=visible(file), name=visible(name))


def _fail(case: ElementTree.Element, message: str, text: str) -> None:
    failure = ElementTree.SubElement(case, "failure", message=visible(message))
    failure.text = visible(text, keep="\n\t")
