"""Whoever shall hear of an alarm does: each tells the alerts topic, and what pages leads to a page.

Whether an alarm tells anybody at all is among the proofs of the scenarios; here it is whom.
"""

from collections.abc import Iterator, Mapping

from tocsin import names
from tocsin.cloudformation.references import references
from tocsin.cloudformation.template import Properties, Template
from tocsin.cloudwatch import AlarmRuleError, parse_rule
from tocsin.config import Stage, Watched
from tocsin.findings import Finding, Severity
from tocsin.stacks import Stack, stacks_of
from tocsin.stacks.composite_alarms import Health
from tocsin.stacks.own_alarms import own_alarms_of
from tocsin.stacks.people import has_mail

ALERTS, PAGES = "AlertsTopic", "PagesTopic"
_ACTIONS = ("AlarmActions", "OKActions")


def paging(stage: Stage, template: Template) -> Iterator[Finding]:
    """A finding for each alarm that is not there, tells the wrong topic, or wakes nobody."""
    alarms = _by_name(template, "AWS::CloudWatch::Alarm")
    composites = _by_name(template, "AWS::CloudWatch::CompositeAlarm")
    told = [
        name for function in stage.watched for name in function.alarm_names(stage.suffix).values()
    ]
    for name in (*told, *(alarm.name for alarm in own_alarms_of(stage))):
        yield from _tells(name, alarms, ALERTS)
    for stack in stacks_of(stage):
        for function in stack.watched:
            yield from _of_function(stage, stack, function, composites)
        health = Health(stack)
        if health.stack_alarm:
            yield from _looks_at(health.stack_alarm, composites, health.of_stack)
        if health.is_here:
            page = names.stage_health(stage.suffix)
            yield from _looks_at(page, composites, health.of_stage)
            yield from _tells(page, composites, PAGES)
    if stage.people and not has_mail(stage):
        # The notifier's own failures cannot be told by way of the notifier.
        message = (
            "people are told by the notifier alone; with an entry of protocol email or sms they "
            "would also hear where it fails"
        )
        yield Finding(Severity.WARNING, "no-fallback", "notifications", message)


def _of_function(
    stage: Stage, stack: Stack, function: Watched, composites: Mapping[str, Properties]
) -> Iterator[Finding]:
    if not function.pages:
        return
    name = names.function_health(function.key, stage.suffix)
    yield from _looks_at(name, composites, Health(stack).of_function(function))
    if stage.paging == "function":
        yield from _tells(name, composites, PAGES)


def _tells(name: str, alarms: Mapping[str, Properties], topic: str) -> Iterator[Finding]:
    properties = alarms.get(name)
    if properties is None:
        yield _error(name, "it is not in the template")
        return
    for key in _ACTIONS:
        if topic not in set(references(properties.get(key))):
            yield _error(name, f"{key} does not name the {topic}")
    if properties.get("ActionsEnabled") is False:
        yield _error(name, "ActionsEnabled is false")


def _looks_at(
    name: str, composites: Mapping[str, Properties], wanted: list[str]
) -> Iterator[Finding]:
    properties = composites.get(name)
    if properties is None:
        yield _error(name, "it is not in the template")
        return
    try:
        rule = parse_rule(str(properties.get("AlarmRule")))
    except AlarmRuleError as error:
        yield _error(name, str(error))
        return
    for missing in sorted(set(wanted) - set(rule.children)):
        yield _error(name, f"its rule does not look at {missing}")
    for child in sorted(set(rule.children) - set(wanted)):
        yield _error(name, f"its rule looks at {child}, which pages nobody")


def _by_name(template: Template, kind: str) -> dict[str, Properties]:
    return {str(alarm.get("AlarmName")): alarm for alarm in template.of_type(kind).values()}


def _error(subject: str, message: str) -> Finding:
    return Finding(Severity.ERROR, "paging", subject, message)
