"""What a function's role may do, as far as the template that has the function says it.

SAM's policy templates:
https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/serverless-policy-templates.html
"""

from collections.abc import Iterator, Mapping
from typing import Any

from tocsin.attach.found import Statement
from tocsin.attach.known_values import KnownValues
from tocsin.attach.managed_policies import PUT, statements_of_managed
from tocsin.attach.policy_statements import statement_of
from tocsin.cloudformation.references import references
from tocsin.json_values import as_list

Resources = Mapping[str, Mapping[str, Any]]

_ROLE = "AWS::IAM::Role"
# Beside a role: policies that name the roles they are for.
_ATTACHED = ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy", "AWS::IAM::RolePolicy")
# SAM's templates that let a function put items.
_WRITING = ("DynamoDBWritePolicy", "DynamoDBCrudPolicy")


def statements(
    properties: Mapping[str, Any], resources: Resources, values: KnownValues, is_sam: bool
) -> tuple[Statement, ...] | None:
    """The statements of a function's role; None where the role is not in the template."""
    if is_sam and "Role" not in properties:
        # SAM makes a role of the policies.
        return tuple(_of_sam(properties.get("Policies"), resources, values))
    role = role_of(properties, resources)
    if not role:
        return None
    inside = (
        statement
        for document in _documents(role, resources, values)
        for statement in _of_document(document, values)
    )
    return (*inside, *_managed(role, resources, values))


def role_of(properties: Mapping[str, Any], resources: Resources) -> str:
    """The logical id of a function's role; empty where it is not in the template."""
    referred = references(properties.get("Role"))
    return next((name for name in referred if resources.get(name, {}).get("Type") == _ROLE), "")


def _managed(role: str, resources: Resources, values: KnownValues) -> Iterator[Statement]:
    """Of managed policies that the template does not have."""
    written = values.mapping(resources[role].get("Properties")).get("ManagedPolicyArns")
    for policy in written if isinstance(written, list) else as_list(values.value(written) or []):
        if not any(_is_policy(name, resources) for name in references(policy)):
            yield from statements_of_managed(values.text(policy))


def _documents(role: str, resources: Resources, values: KnownValues) -> Iterator[Any]:
    own = values.mapping(resources[role].get("Properties"))
    attached = set(references(own.get("ManagedPolicyArns")))
    policies = own.get("Policies")
    for policy in policies if isinstance(policies, list) else []:
        yield values.mapping(policy).get("PolicyDocument")
    for logical_id, resource in resources.items():
        if resource.get("Type") not in _ATTACHED or values.left_out(resource.get("Condition")):
            continue
        properties = values.mapping(resource.get("Properties"))
        named = properties.get("Roles", properties.get("RoleName"))
        if role in set(references(named)) or logical_id in attached:
            yield properties.get("PolicyDocument")


def _of_document(document: Any, values: KnownValues) -> Iterator[Statement]:
    for written in as_list(values.mapping(document).get("Statement")):
        statement = statement_of(values.mapping(written), values.text, values.texts)
        if statement is not None:
            yield statement


def _of_sam(policies: Any, resources: Resources, values: KnownValues) -> Iterator[Statement]:
    """Of ``Policies``: a name, a document, a template with its parameters, or a list of these."""
    for policy in as_list(policies or []):
        written = values.mapping(policy)
        if "Statement" in written:
            yield from _of_document(written, values)
            continue
        if known := [name for name in _WRITING if name in written]:
            for template in known:
                table = values.text(values.mapping(written[template]).get("TableName"))
                resource = None if table is None else f"arn:aws:dynamodb:*:*:table/{table}"
                yield Statement("Allow", (PUT,), (resource,))
            continue
        own = [name for name in references(policy) if _is_policy(name, resources)]
        for name in own:
            document = values.mapping(resources[name].get("Properties")).get("PolicyDocument")
            yield from _of_document(document, values)
        # The other templates, by their names, let nobody put an item.
        if not own and not (written and next(iter(written)).endswith("Policy")):
            yield from statements_of_managed(values.text(policy))


def _is_policy(name: str, resources: Resources) -> bool:
    return resources.get(name, {}).get("Type") in _ATTACHED
