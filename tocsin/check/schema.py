"""cfn-lint over the compiled template: what CloudFormation itself would refuse, or warn of."""

from collections.abc import Iterator
from pathlib import Path

from tocsin.findings import Finding, Severity

# Rules that are not followed, each with its reason; everything else counts.
ACCEPTED: dict[str, str] = {
    "W3005": "osls writes DependsOn beside the GetAtt that already orders the two",
}


def schema(template: Path, region: str) -> Iterator[Finding]:
    """A finding for each match of cfn-lint that is not in ``ACCEPTED``."""
    from cfnlint.api import lint_file
    from cfnlint.config import ManualArgs

    matches = lint_file(template, ManualArgs(regions=[region], ignore_checks=list(ACCEPTED)))
    for match in matches:
        path = [str(part) for part in (match.path or [])]
        severity = Severity.ERROR if match.rule.id.startswith("E") else Severity.WARNING
        subject = path[1] if path[:1] == ["Resources"] and len(path) > 1 else "template"
        yield Finding(severity, f"cfn-lint/{match.rule.id}", subject, match.message)
