"""The stacks that a template makes beside its own: stack sets and nested stacks.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudformation-stackset.html
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tocsin import documents
from tocsin.cloudformation.intrinsics import Resolver
from tocsin.cloudformation.template import Template
from tocsin.cloudformation.template_file import template_of_text
from tocsin.cloudformation.undecided import Undecided
from tocsin.cloudformation.undeployed import undeployed
from tocsin.cloudwatch import DefinitionError, NotEvaluatedError, UnknownValueError
from tocsin.cloudwatch.errors import RefusedDefinition

STACK_SET = "AWS::CloudFormation::StackSet"
_NESTED = ("AWS::CloudFormation::Stack", "AWS::Serverless::Application")
_ELSEWHERE = "alarms of {} are not looked at; pass its template itself, with its parameters"
MOST_INSTANCES = 50
"""Of one set that are looked at: they are one template with other values."""


@dataclass(frozen=True)
class OtherStack:
    """One stack: its template with the values it is given there.

    ``place`` says where, for people; empty where the set does not say.
    """

    logical_id: str
    place: str
    template: Mapping[str, Any]
    parameters: Mapping[str, str]


def other_stacks(
    template: Template, parameters: Mapping[str, Any] | None = None
) -> Iterator[OtherStack | DefinitionError]:
    """Each stack whose template stands in this one, and why another is not looked at."""
    resolver = undeployed(template, parameters)
    for logical_id in template.resources:
        kind, properties = template.type_of(logical_id), template.properties_of(logical_id)
        try:
            if not (kind == STACK_SET or kind in _NESTED):
                continue
            if not resolver.holds(template.resources[logical_id].get("Condition")):
                continue
            if kind in _NESTED or "TemplateBody" not in properties:
                made = "the stack set" if kind == STACK_SET else "the nested stack"
                yield NotEvaluatedError(logical_id, [_ELSEWHERE.format(made)])
                continue
            yield from _instances(logical_id, properties, resolver)
        except DefinitionError as error:
            yield type(error)(logical_id, error.problems)


def _instances(
    logical_id: str, properties: Mapping[str, Any], resolver: Resolver
) -> Iterator[OtherStack | DefinitionError]:
    body = resolver.resolved(properties["TemplateBody"], "TemplateBody")
    if isinstance(body, Undecided) or not isinstance(body, str):
        raise UnknownValueError(logical_id, ["TemplateBody is known only to a deployment"])
    try:
        template = template_of_text(body)
    except documents.DocumentError as error:
        problem = f"TemplateBody:{error.line}: {error.problem}"
        raise RefusedDefinition(logical_id, [problem]) from None
    if not isinstance(template, Mapping) or not isinstance(template.get("Resources"), Mapping):
        raise RefusedDefinition(logical_id, ["TemplateBody: no Resources; an object is required"])
    common = _values(properties.get("Parameters"), resolver)
    places = list(_places(properties.get("StackInstancesGroup"), resolver))
    for place, own in places[:MOST_INSTANCES] or [("", {})]:
        yield OtherStack(logical_id, place, template, {**common, **own})
    if len(places) > MOST_INSTANCES:
        message = f"the first {MOST_INSTANCES} of its {len(places):,} instances are looked at"
        yield NotEvaluatedError(logical_id, [message])


def _places(groups: Any, resolver: Resolver) -> Iterator[tuple[str, dict[str, str]]]:
    """Where instances are, and the values of the parameters that are theirs alone."""
    for group in _list(groups, resolver):
        if not isinstance(group, Mapping):
            continue
        targets = group.get("DeploymentTargets")
        # Which accounts a unit of an organization has is known to AWS alone.
        accounts = _list(targets.get("Accounts"), resolver) if isinstance(targets, Mapping) else []
        own = _values(group.get("ParameterOverrides"), resolver)
        for region in _list(group.get("Regions"), resolver):
            for account in accounts or [None]:
                there = {"AWS::Region": str(region)}
                if account is not None:
                    there["AWS::AccountId"] = str(account)
                yield " ".join(reversed(there.values())), {**own, **there}


def _values(given: Any, resolver: Resolver) -> dict[str, str]:
    """ParameterKey and ParameterValue pairs; what only a deployment knows is left out."""
    values = {}
    for pair in _list(given, resolver):
        match pair:
            case {"ParameterKey": str(name), "ParameterValue": value} if not isinstance(
                value, Undecided
            ):
                values[name] = str(value)
    return values


def _list(given: Any, resolver: Resolver) -> Sequence[Any]:
    if given is None:
        return []
    found = resolver.resolved(given, "StackInstancesGroup")
    return found if isinstance(found, list) else []
