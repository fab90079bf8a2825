"""How near a stack is to what CloudFormation and CloudWatch take.

What grows with the number of functions warns from nine tenths on, before the deploy that fails.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
"""

import contextlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tocsin.cloudformation.compiled_alarms import ALARM_ACTIONS, ALARM_TYPES
from tocsin.cloudformation.intrinsics import Resolver
from tocsin.cloudformation.template import Template
from tocsin.cloudformation.undeployed import undeployed
from tocsin.cloudwatch import AlarmRuleError, DefinitionError, parse_rule
from tocsin.cloudwatch.alarm_rule import MAX_CHILDREN, MAX_LENGTH
from tocsin.cloudwatch.validation import MAX_METRICS
from tocsin.findings import Finding, Severity
from tocsin.stacks import Stack

NEAR = 0.9

RESOURCES = 500
OUTPUTS = 200
PARAMETERS = 200
# Of a template in a bucket, where osls puts it; in the request itself it may have 51,200.
TEMPLATE_BYTES = 1_048_576
LOGICAL_ID_CHARACTERS = 255

MOST_ACTIONS = 5
DESCRIPTION_CHARACTERS = 1_024
ROLE_POLICY_CHARACTERS = 10_240
"""All inline policies of a role, with ARNs in place of references; whitespace is not counted."""
ENVIRONMENT_BYTES = 4_096
"""Names and values of a function's variables."""


@dataclass(frozen=True)
class Used:
    """So many of at most ``limit``."""

    what: str
    used: int
    limit: int

    def finding(self, subject: str) -> Finding | None:
        """An error beyond the limit, a warning from nine tenths of it on."""
        if self.used < NEAR * self.limit:
            return None
        over = self.used > self.limit
        severity = Severity.ERROR if over else Severity.WARNING
        message = f"{self.used:,} {self.what} of at most {self.limit:,}"
        return Finding(severity, "limits", subject, message)


def limits(stack: Stack, template: Template) -> Iterator[Finding]:
    """A finding for each limit that ``stack`` is near or beyond."""
    for limit in of_stack(template):
        found = limit.finding(f"stack {stack.name}")
        if found:
            yield found
    # Any account's id is as long as each other's.
    place = {"AWS::Region": stack.stage.region, "AWS::StackName": stack.name}
    resolver = undeployed(template, place, carried=False)
    for logical_id in template.resources:
        for limit in _of_resource(logical_id, template, resolver):
            found = limit.finding(logical_id)
            if found:
                yield found


def of_stack(template: Template) -> tuple[Used, ...]:
    """What the stack as a whole uses of what it may."""
    return (
        Used("resources", len(template.section("Resources")), RESOURCES),
        Used("outputs", len(template.section("Outputs")), OUTPUTS),
        Used("parameters", len(template.section("Parameters")), PARAMETERS),
        Used("bytes of template", template.size, TEMPLATE_BYTES),
    )


def _of_resource(logical_id: str, template: Template, resolver: Resolver) -> Iterator[Used]:
    yield Used("characters of logical id", len(logical_id), LOGICAL_ID_CHARACTERS)
    properties = template.properties_of(logical_id)
    kind = template.type_of(logical_id)
    if kind in ALARM_TYPES:
        for key in ALARM_ACTIONS:
            yield _at_most(key, len(properties.get(key, [])), MOST_ACTIONS)
        description = str(properties.get("AlarmDescription", ""))
        yield Used("characters of description", len(description), DESCRIPTION_CHARACTERS)
    if kind == "AWS::CloudWatch::Alarm":
        yield _at_most("queries", len(properties.get("Metrics", [])), MAX_METRICS)
    if kind == "AWS::CloudWatch::CompositeAlarm":
        rule = properties.get("AlarmRule")
        if isinstance(rule, str):
            yield Used("characters of rule", len(rule), MAX_LENGTH)
            yield Used("alarms in the rule", _children(rule), MAX_CHILDREN)
    if kind == "AWS::Lambda::Function":
        variables = properties.get("Environment", {}).get("Variables", {})
        size = sum(len(f"{name}{value}".encode()) for name, value in variables.items())
        yield Used("bytes of environment", size, ENVIRONMENT_BYTES)
    if kind == "AWS::IAM::Role":
        policies = [policy.get("PolicyDocument") for policy in properties.get("Policies", [])]
        size = sum(_policy_size(policy, resolver) for policy in policies)
        yield Used("characters of inline policies", size, ROLE_POLICY_CHARACTERS)


def _at_most(what: str, used: int, limit: int) -> Used:
    """A number that does not grow with the stage: all of it may be used without a warning."""
    return Used(what, used if used > limit else 0, limit)


def _policy_size(document: Any, resolver: Resolver) -> int:
    """Characters that IAM counts; an ARN is longer, or shorter, than the reference to it."""
    with contextlib.suppress(DefinitionError):  # `references` says what is wrong with it
        document = resolver.resolved(document, "PolicyDocument")
    return len(json.dumps(document, separators=(",", ":")))


def _children(rule: str) -> int:
    try:
        return len(parse_rule(rule).children)
    except AlarmRuleError:
        return 0  # the proofs say what is wrong with it
