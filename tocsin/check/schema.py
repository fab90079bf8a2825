"""cfn-lint over the compiled templates: what CloudFormation itself would refuse, or warn of."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from tocsin.check import lint_cache
from tocsin.check.lint_cache import Match
from tocsin.cloudformation.equivalence import Excerpt, excerpts
from tocsin.cloudformation.template import Template
from tocsin.config import Stage
from tocsin.findings import Finding, Severity
from tocsin.packaging.waiting_values import STAND_IN

# Rules that are not followed, each with its reason; everything else counts.
ACCEPTED: dict[str, str] = {
    "W3005": "osls writes DependsOn beside the GetAtt that already orders the two",
}


def schema(
    stage: Stage, templates: Sequence[Template], cache: Path | None = None
) -> Iterator[Finding]:
    """A finding for each match of cfn-lint that is not in ``ACCEPTED``.

    ``templates`` are those of the stage's stacks, the main one's first. ``cache`` is the folder
    that keeps what cfn-lint said of a template.
    """
    for excerpt in excerpts(stage, templates):
        yield from _linted(excerpt, stage.region, cache)


def _linted(excerpt: Excerpt, region: str, cache: Path | None) -> Iterator[Finding]:
    text = json.dumps(excerpt.template.document)

    def lint() -> list[Match]:
        return list(_matches(text, region))

    matches = lint_cache.linted(cache, text, region, list(ACCEPTED), lint) if cache else lint()
    for match in matches:
        if STAND_IN in match.message:
            continue  # the form of a value that only the deploy knows
        severity = Severity.ERROR if match.rule.startswith("E") else Severity.WARNING
        alike = excerpt.alike.get(match.subject, 0)
        message = match.message + (f" (so have {alike} others like it)" if alike else "")
        yield Finding(severity, f"cfn-lint/{match.rule}", match.subject, message)


def _matches(text: str, region: str) -> Iterator[Match]:
    from cfnlint.api import lint
    from cfnlint.config import ManualArgs

    config = ManualArgs(regions=[region], ignore_checks=list(ACCEPTED))
    for match in lint(text, config=config):
        path = [str(part) for part in (match.path or [])]
        subject = path[1] if path[:1] == ["Resources"] and len(path) > 1 else "template"
        yield Match(match.rule.id, subject, match.message)
