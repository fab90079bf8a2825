"""The lines for the functions of a CloudFormation or SAM template.

Globals reach SAM's functions alone, and ``Policies`` those alone that have no ``Role``.
https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-function.html
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tocsin.attach.additions import Addition, Replaced, yaml_lines
from tocsin.attach.blocks import Block, head
from tocsin.attach.found import HANDLER_VARIABLE
from tocsin.attach.instrumentation import AUTOMATIC
from tocsin.attach.needs import Need
from tocsin.attach.offer import Offer


def addition(needs: Sequence[Need], offer: Offer, common: Mapping[str, str] | None) -> Addition:
    """What a template gets for functions that are written by themselves.

    ``common`` are the variables that Globals give to all functions, with the layer; None where
    each gets its own.
    """
    added: dict[str, Any] = {}
    if common is not None:
        shared = {"Layers": [offer.layer_arn], "Environment": {"Variables": dict(common)}}
        added["Globals"] = {"Function": shared}
    resources: dict[str, Any] = {}
    policies: dict[str, Any] = {}
    for need in needs:
        function = need.function
        if properties := _properties(need, offer, common is not None):
            resources[function.logical_id] = {"Properties": properties}
        if _needs_policy(need):
            statement = offer.statement_of_template()
            policies[f"{function.role}Errorlog"] = policy_of(function.role, statement)
    resources |= policies
    return {**added, **({"Resources": resources} if resources else {})}


def loop(block: Block, offer: Offer, whole: bool) -> Iterator[str]:
    """The same for what a loop makes, for the places in it; ``whole`` where Globals give the rest.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-foreach.html
    """
    need = block.need
    if properties := _properties(need, offer, whole):
        yield f"# In {head(block)}, beside what it has:"
        yield from yaml_lines({"Properties": properties})
    if _needs_policy(need):
        place, _, role = (need.function.role_made_by or need.function.role).rpartition(".")
        statement = offer.statement_of_template()
        yield f"# In {place or 'Resources'}, beside {role}:"
        yield from yaml_lines({f"{role}Errorlog": policy_of(role, statement)})


def _properties(need: Need, offer: Offer, whole: bool) -> dict[str, Any]:
    """The properties of one function that are its own."""
    properties: dict[str, Any] = {}
    variables = {
        key: value for key, value in need.variables.items() if not whole or key == HANDLER_VARIABLE
    }
    if need.handler:
        properties["Handler"] = Replaced(AUTOMATIC)
    if need.layer and not whole:
        properties["Layers"] = [offer.layer_arn]
    if variables:
        properties["Environment"] = {"Variables": variables}
    if need.permission and not need.elsewhere and not _needs_policy(need):
        properties["Policies"] = [{"Statement": [offer.statement_of_template()]}]
    return properties


def _needs_policy(need: Need) -> bool:
    """Whether the right goes beside its role: SAM makes roles of those alone that have none."""
    function = need.function
    own = function.is_sam and not function.role
    return need.permission and not need.elsewhere and not own


def policy_of(role: str, statement: dict[str, Any]) -> dict[str, Any]:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-iam-policy.html"""
    document = {"Version": "2012-10-17", "Statement": [statement]}
    properties = {"PolicyName": "errorlog", "Roles": [{"Ref": role}], "PolicyDocument": document}
    return {"Type": "AWS::IAM::Policy", "Properties": properties}
