"""All checks over one stage's compiled templates."""

from pathlib import Path

from tocsin.check.completeness import completeness
from tocsin.check.dashboards import dashboards
from tocsin.check.limits import limits
from tocsin.check.names import stage_names
from tocsin.check.references import dangling
from tocsin.check.scenarios import proven, scenario_files
from tocsin.check.schema import schema
from tocsin.config import Stage
from tocsin.findings import Finding
from tocsin.stacks import stacks_of
from tocsin.stacks.compiled import read, whole


def check(root: Path, stage: Stage, *template_files: Path) -> list[Finding]:
    """What is wrong with the compiled templates of ``stage``, errors first.

    ``template_files`` are those of its stacks, the main one's first.

    Raises:
        TocsinError: a template is not readable.
    """
    templates = [read(each) for each in template_files]
    stage_template = whole(stage, templates)
    findings = [
        *completeness(stage, stage_template),
        *stage_names(stage, stage_template),
        *dashboards(stage_template),
        *proven(stage_template),
        *scenario_files(root, stage_template),
        *schema(stage, templates),
    ]
    for stack, template in zip(stacks_of(stage), templates, strict=True):
        findings += [*dangling(stack, template), *limits(stack, template)]
    return sorted(findings, key=lambda each: (each.severity, each.rule, each.subject))
