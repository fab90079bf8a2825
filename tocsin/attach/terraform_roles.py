"""What a function's role may do, as far as a Terraform plan says it.

https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/iam_role_policy_attachment
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from tocsin import documents
from tocsin.attach.found import Statement
from tocsin.attach.managed_policies import statements_of_managed
from tocsin.attach.policy_statements import statement_of
from tocsin.json_values import as_list

ROLE = "aws_iam_role"
_POLICY = "aws_iam_policy"
_INLINE = "aws_iam_role_policy"
# Attachments, by the argument that names the roles.
_ATTACHED = {"aws_iam_role_policy_attachment": "role", "aws_iam_policy_attachment": "roles"}

Resource = Mapping[str, Any]
References = Callable[[Resource, str], set[str]]
"""A configured resource, and its argument -> the addresses that it refers to."""
Instances = Callable[[str], Iterable[Resource]]
"""An address -> the planned values of its instances."""


def statements_of_role(
    role: str, configured: Iterable[Resource], references: References, instances: Instances
) -> Iterator[Statement]:
    """The statements of the policies of ``role``, an address of the module that is ``configured``.

    Of a policy that the plan does not know, one that may allow anything.
    """
    for values in instances(role):
        for policy in as_list(values.get("inline_policy") or []):
            yield from _of_policy(policy.get("policy") if isinstance(policy, Mapping) else None)
        for arn in as_list(values.get("managed_policy_arns") or []):
            yield from statements_of_managed(_text(arn))
    for resource in configured:
        kind, address = str(resource.get("type")), str(resource.get("address"))
        if kind == _INLINE and role in references(resource, "role"):
            for values in instances(address):
                yield from _of_policy(values.get("policy"))
        elif kind in _ATTACHED and role in references(resource, _ATTACHED[kind]):
            own = {name for name in references(resource, "policy_arn") if name.startswith(
                f"{_POLICY}."
            )}  # fmt: skip
            for policy in own:
                for values in instances(policy):
                    yield from _of_policy(values.get("policy"))
            for values in () if own else instances(address):
                arn = values.get("policy_arn")
                yield from statements_of_managed(_text(arn))


def _of_policy(text: Any) -> Iterator[Statement]:
    """A policy as JSON; None where it is known after the apply."""
    if not isinstance(text, str):
        yield from statements_of_managed(None)
        return
    try:
        document = documents.json_value(text)
    except documents.DocumentError:
        return
    statements = document.get("Statement") if isinstance(document, Mapping) else None
    for written in as_list(statements or []):
        statement = statement_of(written, _text, _texts) if isinstance(written, Mapping) else None
        if statement is not None:
            yield statement


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _texts(value: Any) -> tuple[str | None, ...]:
    return tuple(map(_text, as_list(value or [])))
