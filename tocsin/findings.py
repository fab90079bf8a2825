"""What a check found, and how people read it."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum

from tocsin.nearest import first_of


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True)
class Finding:
    """``rule`` names the check, ``subject`` the function, alarm or resource it is about."""

    severity: Severity
    rule: str
    subject: str
    message: str

    def as_dict(self) -> dict[str, str]:
        return {key: str(value) for key, value in asdict(self).items()}


def ordered(findings: Sequence[Finding]) -> list[Finding]:
    """Errors first, those of one rule together."""
    return sorted(findings, key=lambda finding: (finding.severity, finding.rule, finding.subject))


def lines(findings: Sequence[Finding]) -> Iterator[str]:
    """An error a line, a warning a line for all it is about: advice for twenty is one advice."""
    for finding in findings:
        if finding.severity is Severity.ERROR:
            yield f"error: {finding.subject}: {finding.message} [{finding.rule}]"
    same: dict[tuple[str, str], list[str]] = {}
    for finding in findings:
        if finding.severity is Severity.WARNING:
            same.setdefault((finding.rule, finding.message), []).append(finding.subject)
    for (rule, message), subjects in same.items():
        yield f"warning: {first_of(subjects)}: {message} [{rule}]"


def errors_in(findings: Sequence[Finding]) -> int:
    return sum(finding.severity is Severity.ERROR for finding in findings)
