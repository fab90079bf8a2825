"""The alarms of a compiled CloudFormation template, as typed alarms.

Follows https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudwatch-alarm.html
and aws-resource-cloudwatch-compositealarm.html.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from tocsin.cloudformation.intrinsics import Resolver
from tocsin.cloudformation.template import Template
from tocsin.cloudwatch.alarm import CompositeAlarm, MetricAlarm
from tocsin.cloudwatch.definitions import alarm_from_api, composite_from_api
from tocsin.cloudwatch.errors import DefinitionError, NotEvaluatedError, ValidationError

ALARM_TYPE = "AWS::CloudWatch::Alarm"
COMPOSITE_TYPE = "AWS::CloudWatch::CompositeAlarm"
_READ_BY: Mapping[str, Callable[[Mapping[str, Any]], MetricAlarm | CompositeAlarm]] = {
    ALARM_TYPE: alarm_from_api,
    COMPOSITE_TYPE: composite_from_api,
}

_FOR_EACH = "Fn::ForEach::"
_NOT_EXPANDED = "the resources that Fn::ForEach makes are not looked at; pass the expanded template"


def alarm_readers(
    template: Mapping[str, Any],
    parameters: Mapping[str, Any] | None = None,
    *,
    account: str = "123456789012",
    region: str = "us-east-1",
    stack: str = "stack",
) -> Iterator[tuple[str, Callable[[], MetricAlarm | CompositeAlarm]]]:
    """Logical id of every alarm that the template would create, and what reads and validates it.

    In the template's order, one at a time: one that is refused does not hide the others.
    Ref, Fn::GetAtt, Fn::Sub, Fn::Join, Fn::Select, Fn::Split, Fn::If with Conditions,
    Fn::FindInMap and Fn::ImportValue are resolved as far as the alarms need them: a Ref to a
    resource gives its name property, or its logical id where CloudFormation would make a name up.
    ``parameters`` override the template's defaults, and the pseudo parameters (``AWS::Region``)
    what ``account``, ``region`` and ``stack`` say. Resources whose Condition is false are left
    out.

    Raises:
        ValidationError: the template has no resources; and, where an alarm is read, its fault.
    """
    resources = template.get("Resources")
    if not isinstance(resources, Mapping):
        raise ValidationError("template", ["Resources: missing; an object is required"])
    given = parameters or {}
    stack = str(given.get("AWS::StackName", stack))
    template = Template.of(template)
    resolver = Resolver(
        template,
        given,
        account=str(given.get("AWS::AccountId", account)),
        region=str(given.get("AWS::Region", region)),
        stack=stack,
    )
    for logical_id in resources:
        if logical_id.startswith(_FOR_EACH):
            yield logical_id, partial(_refused, NotEvaluatedError(logical_id, [_NOT_EXPANDED]))
            continue
        if template.type_of(logical_id) not in _READ_BY:
            continue
        read = partial(_alarm, resolver, stack, logical_id, template)
        try:
            wanted = resolver.holds(template.resources[logical_id].get("Condition"))
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
    properties = resolver.resolved(template.resources[logical_id].get("Properties") or {}, where)
    if not isinstance(properties, dict):
        raise ValidationError(where, [f"{properties!r}; an object is accepted"])
    if not properties.get("AlarmName"):
        properties["AlarmName"] = f"{stack}-{logical_id}"
    try:
        return _READ_BY[template.type_of(logical_id)](properties)
    except DefinitionError as error:
        subject = f"resource {logical_id}: {error.subject}"
        raise type(error)(subject, error.problems) from None
