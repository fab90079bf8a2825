"""The alarms of a compiled CloudFormation template, as typed alarms.

Follows https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudwatch-alarm.html
and aws-resource-cloudwatch-compositealarm.html.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from tocsin.cloudformation.intrinsics import Resolver
from tocsin.cloudformation.loops import PREFIX, LoopFault
from tocsin.cloudformation.template import Template
from tocsin.cloudformation.undecided import Undecided
from tocsin.cloudformation.undeployed import STACK, undeployed
from tocsin.cloudwatch.alarm import CompositeAlarm, MetricAlarm
from tocsin.cloudwatch.definitions import alarm_from_api, composite_from_api
from tocsin.cloudwatch.errors import (
    AlarmRuleError,
    DefinitionError,
    NotEvaluatedError,
    RefusedDefinition,
    UnknownValueError,
)

ALARM_TYPE = "AWS::CloudWatch::Alarm"
COMPOSITE_TYPE = "AWS::CloudWatch::CompositeAlarm"
_READ_BY: Mapping[str, Callable[[Mapping[str, Any]], MetricAlarm | CompositeAlarm]] = {
    ALARM_TYPE: alarm_from_api,
    COMPOSITE_TYPE: composite_from_api,
}

ALARM_TYPES = tuple(_READ_BY)
_NOT_EXPANDED = "the resources that Fn::ForEach makes are not looked at; pass the expanded template"
ALARM_ACTIONS = ("AlarmActions", "OKActions", "InsufficientDataActions")
# What says nothing of when an alarm fires: it is evaluated whatever these turn out to be.
_FREE = {
    *ALARM_ACTIONS,
    "AlarmName",
    "AlarmDescription",
    "Tags",
    "Dimensions",
    "MetricName",
    "Label",
}
# Where CloudFormation takes a number for the text of it.
_TEXTS = {
    *("AlarmName", "AlarmDescription", "Namespace", "MetricName", "Name", "Value", "Id", "Label"),
    *("Expression", "Stat", "Statistic", "Unit"),
}


def alarm_readers(
    template: Mapping[str, Any],
    parameters: Mapping[str, Any] | None = None,
) -> Iterator[tuple[str, Callable[[], MetricAlarm | CompositeAlarm]]]:
    """Logical id of every alarm that the template would create, and what reads and validates it.

    In the template's order, one at a time: one that is refused does not hide the others.
    Ref, Fn::GetAtt, Fn::Sub, Fn::Join, Fn::Select, Fn::Split, Fn::If with Conditions,
    Fn::FindInMap and Fn::ImportValue are resolved as far as the alarms need them: a Ref to a
    resource gives its name property, or its logical id where CloudFormation would make a name up.
    ``parameters`` override the template's defaults, and the pseudo parameters (``AWS::Region``)
    what else stands for them. Resources whose Condition is false are left
    out.

    Raises:
        RefusedDefinition: the template has no resources; and, where an alarm is read, its fault.
    """
    resources = template.get("Resources")
    if not isinstance(resources, Mapping):
        raise RefusedDefinition("template", ["Resources: missing; an object is required"])
    stack = str((parameters or {}).get("AWS::StackName", STACK))
    template = Template.of(template)
    resolver = undeployed(template, parameters)
    for logical_id in resources:
        if logical_id.startswith(PREFIX):
            loop = resources[logical_id]
            fault = loop.error if isinstance(loop, LoopFault) else None
            error = fault or NotEvaluatedError(logical_id, [_NOT_EXPANDED])
            yield logical_id, partial(_refused, error)
            continue
        if template.type_of(logical_id) not in _READ_BY:
            continue
        read = partial(_alarm, resolver, stack, logical_id, template)
        try:
            wanted = resolver.holds(template.resources[logical_id].get("Condition"))
        except UnknownValueError:
            wanted = True  # if it is made, it is this one
        except DefinitionError as error:
            read, wanted = partial(_refused, error), True
        if wanted:
            yield logical_id, read


def _refused(error: DefinitionError) -> MetricAlarm | CompositeAlarm:
    raise error


def _alarm(
    resolver: Resolver, stack: str, logical_id: str, template: Template
) -> MetricAlarm | CompositeAlarm:
    where = f"{logical_id}.Properties"
    properties = _properties(
        resolver, template.resources[logical_id].get("Properties") or {}, where
    )
    undecided = list(_undecided(properties))
    if undecided:
        raise UnknownValueError(where, undecided)
    if not properties.get("AlarmName"):
        properties["AlarmName"] = f"{stack}-{logical_id}"
    try:
        return _READ_BY[template.type_of(logical_id)](properties)
    except AlarmRuleError:
        rule = properties.get("AlarmRule")
        if isinstance(rule, Undecided):
            raise UnknownValueError(where, [f"AlarmRule: {rule} {_LATER}"]) from None
        raise
    except DefinitionError as error:
        subject = f"resource {logical_id}: {error.subject}"
        raise type(error)(subject, error.problems) from None


_LATER = "is known only to a deployment"
# Some services' metrics have rules of their own.
_MAY_BE_AWS = re.compile(r"AWS|\$|\{")
_PARAMETER = re.compile(r"\$\{(\w+)\}")


def _properties(resolver: Resolver, given: Any, where: str) -> dict[str, Any]:
    """The properties, resolved; what is not known of actions and words is Undecided."""
    if not isinstance(given, Mapping) or len(given) == 1:
        found = resolver.resolved(given, where)
        if not isinstance(found, dict):
            raise RefusedDefinition(where, [f"{found!r}; an object is accepted"])
        return found
    properties: dict[str, Any] = {}
    for key, value in given.items():
        try:
            found = resolver.resolved({key: value}, where)
            if key in ALARM_ACTIONS and isinstance(found.get(key), Undecided):
                found = {key: [found[key]]}  # a parameter that is a list
        except UnknownValueError as error:
            if key not in _FREE or key == "Dimensions":
                raise
            stands_for_it = Undecided(error.problems[0])
            found = {key: [stands_for_it] if key in ALARM_ACTIONS else stands_for_it}
        if key == "Fn::Transform":  # a macro or AWS::Include, which adds properties
            raise UnknownValueError(where, [f"{key}: what it adds {_LATER}"])
        if not isinstance(found, Mapping):  # Ref and the like, among properties
            raise RefusedDefinition(where, [f"{key}: no property; it is accepted alone"])
        properties |= {name: _as_text(name, member) for name, member in found.items()}
    return properties


def _as_text(key: str, value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _as_text(name, member) for name, member in value.items()}
    if isinstance(value, list):
        return [_as_text(key, member) for member in value]
    if key in _TEXTS and isinstance(value, bool | int | float):
        return str(value).lower() if isinstance(value, bool) else str(value)
    return value


def _undecided(properties: Mapping[str, Any]) -> Iterator[str]:
    """What has to be known to evaluate an alarm, and is not."""
    for key, value in properties.items():
        if key in _FREE or key == "AlarmRule":
            continue
        if key == "Namespace" and isinstance(value, Undecided) and not _MAY_BE_AWS.match(value):
            continue  # one's own, whatever the rest of it is
        if isinstance(value, Undecided):
            parameter = _PARAMETER.fullmatch(value)
            yield (
                f"{key}: parameter {parameter[1]} has no default and no value is given"
                if parameter
                else f"{key}: {value} {_LATER}"
            )
        elif isinstance(value, Mapping):
            yield from _undecided(value)
        elif isinstance(value, list):
            for member in value:
                yield from _undecided(member if isinstance(member, Mapping) else {key: member})
