"""All checks over one stage's compiled templates."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from tocsin.check import lint_cache
from tocsin.check.attachment_rules import attachments
from tocsin.check.call_rules import calls
from tocsin.check.completeness import completeness
from tocsin.check.dashboard_rules import dashboards
from tocsin.check.encryption_rules import encryption
from tocsin.check.event_rules import polling
from tocsin.check.import_rules import imports
from tocsin.check.limit_rules import limits
from tocsin.check.metric_rules import metrics
from tocsin.check.muting_rules import muting
from tocsin.check.name_rules import stage_names
from tocsin.check.order_rules import children
from tocsin.check.paging_rules import paging
from tocsin.check.reference_rules import dangling
from tocsin.check.role_rules import roles
from tocsin.check.scenarios import heartbeats, proven, scenario_files, seen_at_every_cadence
from tocsin.check.schema import schema
from tocsin.cloudformation.merged import whole
from tocsin.cloudformation.template import Template
from tocsin.config import Stage
from tocsin.config.stacks_lock import LOCK_FILE, uncommitted
from tocsin.findings import Finding, Severity, ordered
from tocsin.kept_answers import KeptAnswers
from tocsin.scenarios import alarms_of, kept_proofs
from tocsin.stacks import stacks_of


def check(root: Path, stage: Stage, *template_files: Path) -> list[Finding]:
    """What is wrong with the compiled templates of ``stage``, errors first.

    ``template_files`` are those of its stacks, the main one's first.

    Raises:
        TocsinError: a template is not readable.
    """
    templates = [Template.read(file) for file in template_files]
    findings = [
        *own_rules(root, stage, templates, KeptAnswers(root / kept_proofs.CACHE)),
        *schema(stage, templates, root / lint_cache.CACHE),
    ]
    if uncommitted(root):
        message = "not committed: whoever deploys next would have to guess where functions are"
        findings.append(Finding(Severity.WARNING, "stacks-lock", LOCK_FILE, message))
    return ordered(findings)


def own_rules(
    root: Path,
    stage: Stage,
    templates: Sequence[Template],
    kept: KeptAnswers = kept_proofs.NOTHING_KEPT,
) -> Iterator[Finding]:
    """The findings of all rules but cfn-lint's, which take most of the time.

    ``templates`` are those of the stage's stacks, the main one's first; ``kept`` has what earlier
    runs proved.
    """
    stage_template = whole(stage, templates)
    alarms = alarms_of(stage_template)
    yield from completeness(stage, stage_template)
    yield from imports(root, stage, stage_template)
    yield from attachments(stage)
    yield from roles(stage, stage_template)
    yield from calls(root, stage, stage_template)
    yield from encryption(stage, stage_template)
    yield from polling(stage_template)
    yield from stage_names(stage, stage_template)
    yield from dashboards(stage_template)
    yield from paging(stage, stage_template)
    yield from muting(stage, stage_template)
    yield from metrics(root, stage, stage_template, alarms)
    yield from proven(stage, alarms, kept)
    yield from seen_at_every_cadence(stage, alarms, kept)
    yield from heartbeats(stage)
    yield from scenario_files(root, stage, alarms)
    yield from children(stage, templates)
    for stack, template in zip(stacks_of(stage), templates, strict=True):
        yield from dangling(stack, template)
        yield from limits(stack, template)
