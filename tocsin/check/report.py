"""Findings as people read them: one line each, and a last line that counts."""

from collections.abc import Iterator, Sequence

from tocsin.check.findings import Finding, Severity


def lines(findings: Sequence[Finding]) -> Iterator[str]:
    for each in findings:
        yield f"{each.severity}: {each.subject}: {each.message} [{each.rule}]"
    errors = sum(each.severity is Severity.ERROR for each in findings)
    warnings = len(findings) - errors
    yield f"check: {errors} errors, {warnings} warnings"


def has_errors(findings: Sequence[Finding]) -> bool:
    return any(each.severity is Severity.ERROR for each in findings)
