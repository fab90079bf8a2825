"""All checks over one stage's compiled templates."""

from pathlib import Path

from tocsin.check.completeness import completeness
from tocsin.check.dashboards import dashboards
from tocsin.check.names import stage_names
from tocsin.check.scenarios import proven, scenario_files
from tocsin.check.schema import schema
from tocsin.config import Stage
from tocsin.findings import Finding
from tocsin.stacks.compiled import read_whole


def check(root: Path, stage: Stage, *template_files: Path) -> list[Finding]:
    """What is wrong with the compiled templates of ``stage``, errors first.

    ``template_files`` are those of its stacks, the main one's first.

    Raises:
        TocsinError: a template is not readable.
    """
    template = read_whole(stage, template_files)
    findings = [
        *completeness(stage, template),
        *stage_names(stage, template),
        *dashboards(template),
        *proven(template),
        *scenario_files(root, template),
        *(found for file in template_files for found in schema(file, stage.region)),
    ]
    return sorted(findings, key=lambda each: (each.severity, each.rule, each.subject))
