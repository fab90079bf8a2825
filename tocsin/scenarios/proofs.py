"""Generated scenarios: every alarm of a template is seen to fire, to stay silent and to recover."""

from collections.abc import Iterator
from datetime import UTC, datetime

from tocsin.cloudwatch import validate_composite
from tocsin.findings import Finding, Severity
from tocsin.kept_answers import KeptAnswers
from tocsin.nearest import first_of
from tocsin.scenarios.alarm_proof import alarm_findings
from tocsin.scenarios.definition_rules import actions, definition_rules, error, refused, warning
from tocsin.scenarios.kept_proofs import NOTHING_KEPT
from tocsin.scenarios.loading import LoadedAlarms, Verdict
from tocsin.scenarios.mute_findings import mute_findings
from tocsin.scenarios.shapes import ByShape


def prove(alarms: LoadedAlarms, kept: KeptAnswers = NOTHING_KEPT) -> list[Finding]:
    """Everything found on ``alarms``; ``kept`` has what earlier runs found.

    An alarm whose metric does not exist is not evaluated: whatever came out would be about
    another alarm.
    """
    found = [finding for refusal in alarms.refused for finding in refused(refusal)]
    found += _dangling(alarms)
    found += mute_findings(alarms, datetime.now(UTC))
    for composite in alarms.composite:
        validate_composite(composite)
        found += actions(composite, alarms, needed=composite.name not in alarms.children)
    proofs = ByShape(alarm_findings, kept)
    for alarm in alarms.metric:
        if alarm.band is not None:
            yielded = "not proved: no band is given; a scenario can give one"
            found.append(warning(str(Verdict.NOT_EVALUATED), alarm.name, yielded))
            found += definition_rules(alarm, alarms)
            continue
        written = list(definition_rules(alarm, alarms))
        found += written
        if not any(
            finding.severity is Severity.ERROR
            and finding.rule.startswith("unknown-")
            and finding.rule != "unknown-topic"
            for finding in written
        ):
            found += proofs.findings(alarm, alarms)
    return found


def _dangling(alarms: LoadedAlarms) -> Iterator[Finding]:
    """What the template lacks, whatever number of alarms refer to it."""
    if alarms.dangling:
        logical_ids = dict.fromkeys(logical_id for logical_id, _ in alarms.dangling)
        targets = first_of(list(dict.fromkeys(target for _, target in alarms.dangling)))
        told = f"refers to {targets}: not in the template, and CloudFormation refuses it"
        yield error("dangling-reference", first_of(list(logical_ids)), told)
