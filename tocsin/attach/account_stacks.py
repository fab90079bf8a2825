"""What the account says of stacks that are attached to: names, templates, log groups.

https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ListStackResources.html and
API_GetTemplate.html, https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeLogGroups.html
"""

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from tocsin import documents
from tocsin.attach.compiled_functions import functions_of
from tocsin.attach.found import FoundFunction, FoundStack
from tocsin.attach.known_values import KnownValues
from tocsin.attach.unrolled_template import unrolled_template
from tocsin.aws.account import Account
from tocsin.cloudformation.template_file import template_of_text
from tocsin.exceptions import InputError

Resources = Mapping[str, Mapping[str, str]]
"""Nested stack (empty: the stack itself) -> logical id -> physical id."""

_STACK = "AWS::CloudFormation::Stack"
_MOST_STACKS = 100


def stack_resources(account: Account, stack: str) -> Resources | None:
    """What a stack and those nested in it have; None where there is no such stack."""
    found: dict[str, dict[str, str]] = {}
    waiting = [("", stack)]
    while waiting and len(found) < _MOST_STACKS:
        inside, name = waiting.pop(0)
        resources = _resources(account, name)
        if resources is None:
            if not inside:
                return None
            continue
        found[inside] = {logical_id: physical for logical_id, (_, physical) in resources.items()}
        waiting += [
            (f"{inside}/{logical_id}" if inside else logical_id, physical)
            for logical_id, (kind, physical) in resources.items()
            if kind == _STACK
        ]
    return found


def deployed_functions(account: Account, stack: str, resources: Resources) -> FoundStack:
    """The functions of a stack, by the template that the account has of it.

    Raises:
        InputError: that template is not one.
    """
    functions: list[FoundFunction] = []
    notes: list[str] = []
    for inside in resources:
        name = _physical(resources, inside) if inside else stack
        template = _template(account, name)
        unrolled = unrolled_template(
            template,
            partial(
                KnownValues,
                region=account.region,
                stack="" if inside else stack,
                parameters=_parameters(account, name),
                deployed=resources[inside],
            ),
        )
        functions += functions_of(unrolled, inside=inside)
        notes += unrolled.notes
    return FoundStack(stack, "cloudformation", tuple(functions), tuple(notes))


def log_groups(account: Account, wanted: Iterable[str]) -> frozenset[str]:
    """Those of the ``wanted`` log groups that are there."""
    names = frozenset(wanted)
    if not names:
        return names
    pages = account.client("logs").get_paginator("describe_log_groups")
    first, last = min(names), max(names)
    pairs = zip(first, last, strict=False)
    prefix = first[
        : next((at for at, (left, right) in enumerate(pairs) if left != right), len(first))
    ]
    found = pages.paginate(**({"logGroupNamePrefix": prefix} if prefix else {}))
    return names & {group["logGroupName"] for page in found for group in page["logGroups"]}


def _resources(account: Account, stack: str) -> dict[str, tuple[str, str]] | None:
    """Logical id -> (type, physical id) of what is there; None where there is no such stack."""
    from botocore.exceptions import ClientError

    pages = account.client("cloudformation").get_paginator("list_stack_resources")
    try:
        return {
            resource["LogicalResourceId"]: (
                resource["ResourceType"],
                resource["PhysicalResourceId"],
            )
            for page in pages.paginate(StackName=stack)
            for resource in page["StackResourceSummaries"]
            if resource.get("PhysicalResourceId")
            and resource["ResourceStatus"] not in ("DELETE_COMPLETE", "CREATE_FAILED")
        }
    except ClientError as error:
        if "does not exist" in str(error):
            return None
        raise


def _physical(resources: Resources, inside: str) -> str:
    above, _, logical_id = inside.rpartition("/")
    return resources[above][logical_id]


def _template(account: Account, stack: str) -> Mapping[str, Any]:
    answer = account.client("cloudformation").get_template(
        StackName=stack, TemplateStage="Processed"
    )
    body = answer["TemplateBody"]
    if isinstance(body, str):
        try:
            body = template_of_text(body)
        except documents.DocumentError as error:
            raise InputError(f"stack {stack}: its template cannot be read: {error}") from None
    if not isinstance(body, Mapping):
        raise InputError(f"stack {stack}: its template is no object")
    return body


def _parameters(account: Account, stack: str) -> dict[str, str]:
    stacks = account.client("cloudformation").describe_stacks(StackName=stack)["Stacks"]
    return {
        parameter["ParameterKey"]: parameter.get("ResolvedValue", parameter["ParameterValue"])
        for parameter in stacks[0].get("Parameters", [])
        if "ParameterValue" in parameter
    }
