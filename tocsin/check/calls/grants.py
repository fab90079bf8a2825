"""What a role of a compiled template grants, as far as the template tells.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

import fnmatch
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tocsin.cloudformation.references import references
from tocsin.cloudformation.template import Properties, Template, statements, statements_of
from tocsin.config.arns import arn_text
from tocsin.json_values import as_list

_POLICIES = ("AWS::IAM::Policy", "AWS::IAM::RolePolicy", "AWS::IAM::ManagedPolicy")
# S3's actions on what is in a bucket; their resources are `bucket/key`.
_ON_OBJECTS = frozenset(
    {
        "s3:abortmultipartupload", "s3:deleteobject", "s3:getobject", "s3:getobjectversion",
        "s3:listmultipartuploadparts", "s3:putobject",
    }
)  # fmt: skip

_SAME_NAME = frozenset(
    {"dynamodb", "events", "kinesis", "kms", "lambda", "s3", "secretsmanager", "sns", "sqs", "ssm",
     "states"}
)  # fmt: skip
"""Services whose resources' ARNs begin with the word that their actions begin with."""


@dataclass(frozen=True)
class Grants:
    """The statements of a role; ``unread`` names what adds to them and cannot be read here."""

    statements: tuple[Mapping[str, Any], ...]
    unread: tuple[str, ...] = ()

    def allows(self, action: str) -> bool:
        """Whether a statement allows ``action`` on something, and none denies it everywhere."""
        allowed = any(_is_about(statement, action) for statement in self._with("Allow"))
        return allowed and not any(
            _is_about(statement, action) and _has_no_limit(statement)
            for statement in self._with("Deny")
        )

    def _with(self, effect: str) -> Iterator[Mapping[str, Any]]:
        return (statement for statement in self.statements if statement.get("Effect") == effect)


def grants_of(role: Any, template: Template) -> Grants:
    """What the role grants that a function's ``Role`` refers to."""
    own = [
        logical_id
        for logical_id in references(role)
        if template.type_of(logical_id) == "AWS::IAM::Role"
    ]
    if len(own) != 1:
        return Grants((), (f"the role {arn_text(role) if isinstance(role, str) else role}",))
    (logical_id,) = own
    properties = template.properties_of(logical_id)
    found = [*statements(properties), *_added(logical_id, template)]
    readable = tuple(statement for statement in found if _is_plain(statement))
    unread = [*_managed(properties, template)]
    if len(readable) < len(found):
        unread.append("a statement that CloudFormation puts together")
    return Grants(readable, tuple(unread))


def _managed(role: Properties, template: Template) -> Iterator[str]:
    """Managed policies that are in no template here."""
    for policy in as_list(role.get("ManagedPolicyArns") or []):
        if not any(template.type_of(logical_id) in _POLICIES for logical_id in references(policy)):
            yield f"the managed policy {policy if isinstance(policy, str) else arn_text(policy)}"


def _added(logical_id: str, template: Template) -> Iterator[Any]:
    """Statements of policies beside the role's own."""
    managed = set(references(template.properties_of(logical_id).get("ManagedPolicyArns")))
    name = template.properties_of(logical_id).get("RoleName")
    for kind in _POLICIES:
        for policy, properties in template.of_type(kind).items():
            roles = [*as_list(properties.get("Roles") or []), properties.get("RoleName")]
            if policy in managed or logical_id in references(roles) or (name and name in roles):
                yield from statements_of(properties.get("PolicyDocument"))


def _is_plain(statement: Any) -> bool:
    if not isinstance(statement, Mapping) or statement.keys() & {"Fn::If", "Fn::Transform"}:
        return False
    actions = [*as_list(statement.get("Action", [])), *as_list(statement.get("NotAction", []))]
    return all(isinstance(action, str) for action in actions)


def _is_about(statement: Mapping[str, Any], action: str) -> bool:
    if "NotAction" in statement:
        if any(_fits(str(pattern), action) for pattern in as_list(statement["NotAction"])):
            return False
    elif not any(_fits(str(pattern), action) for pattern in as_list(statement.get("Action", []))):
        return False
    if "NotResource" in statement or "Resource" not in statement:
        return True
    resources = as_list(statement["Resource"])
    return any(_may_be_of(arn_text(resource), action) for resource in resources)


def _may_be_of(arn: str, action: str) -> bool:
    """Whether ``action`` knows such a resource: of the service, and of S3 the right part."""
    parts = arn.split(":", 5)
    if len(parts) < 6 or parts[0] != "arn" or "*" in parts[2]:
        return True
    prefix = action.partition(":")[0]
    if prefix == "s3" and parts[2] == "s3":
        # What stands for a reference may have any text in it.
        inside = "/" in parts[5] or "*" in parts[5]
        return inside or action.lower() not in _ON_OBJECTS
    return parts[2] == prefix or prefix not in _SAME_NAME


def _has_no_limit(statement: Mapping[str, Any]) -> bool:
    everywhere = "*" in as_list(statement.get("Resource", []))
    return everywhere and not statement.get("Condition") and "NotResource" not in statement


def _fits(pattern: str, action: str) -> bool:
    """By IAM's wildcards, in any case."""
    return fnmatch.fnmatchcase(action.lower(), pattern.lower().replace("[", "[[]"))
