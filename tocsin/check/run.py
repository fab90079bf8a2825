"""All checks over one stage's compiled template."""

import json
from pathlib import Path

from tocsin.check.completeness import completeness
from tocsin.check.names import stage_names
from tocsin.check.scenarios import proven, scenario_files
from tocsin.check.schema import schema
from tocsin.config import Stage
from tocsin.exceptions import TocsinError
from tocsin.findings import Finding


def check(root: Path, stage: Stage, template_file: Path) -> list[Finding]:
    """What is wrong with the compiled template of ``stage``, errors first.

    Raises:
        TocsinError: there is no readable template.
    """
    try:
        template = json.loads(template_file.read_text(encoding="utf-8"))
    except (OSError, json.JSONDecodeError) as error:
        raise TocsinError(f"{template_file}: {error}; `invoke package` writes it") from error
    findings = [
        *completeness(stage, template),
        *stage_names(stage, template),
        *proven(template),
        *scenario_files(root, template),
        *schema(template_file, stage.region),
    ]
    return sorted(findings, key=lambda each: (each.severity, each.rule, each.subject))
