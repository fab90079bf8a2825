"""cfn-lint over the compiled templates: what CloudFormation itself would refuse, or warn of."""

import json
from collections.abc import Iterator, Sequence

from tocsin.cloudformation.equivalence import Excerpt, excerpts
from tocsin.cloudformation.template import Template
from tocsin.config import Stage
from tocsin.findings import Finding, Severity

# Rules that are not followed, each with its reason; everything else counts.
ACCEPTED: dict[str, str] = {
    "W3005": "osls writes DependsOn beside the GetAtt that already orders the two",
}


def schema(stage: Stage, templates: Sequence[Template]) -> Iterator[Finding]:
    """A finding for each match of cfn-lint that is not in ``ACCEPTED``.

    ``templates`` are those of the stage's stacks, the main one's first.
    """
    for excerpt in excerpts(stage, templates):
        yield from _linted(excerpt, stage.region)


def _linted(excerpt: Excerpt, region: str) -> Iterator[Finding]:
    from cfnlint.api import lint
    from cfnlint.config import ManualArgs

    config = ManualArgs(regions=[region], ignore_checks=list(ACCEPTED))
    for match in lint(json.dumps(excerpt.template.document), config=config):
        path = [str(part) for part in (match.path or [])]
        severity = Severity.ERROR if match.rule.id.startswith("E") else Severity.WARNING
        subject = path[1] if path[:1] == ["Resources"] and len(path) > 1 else "template"
        alike = excerpt.alike.get(subject, 0)
        message = match.message + (f" (so have {alike} others like it)" if alike else "")
        yield Finding(severity, f"cfn-lint/{match.rule.id}", subject, message)
