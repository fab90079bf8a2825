"""What a function may do beyond its error and its log: rights that monitoring.yml declares."""

import re
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, StringConstraints

from tocsin.strict_model import StrictModel

ACTION = r"^[a-z0-9-]+:[A-Za-z0-9]+$"
_RESOURCE = re.compile(r"\*|arn:\S+|\$\{[a-z][^\s:(]*[:(].*\}\S*")
EVERY = "*"
_SUFFIX = "${sls:stage}"  # as in serverless.yml

Action = Annotated[str, StringConstraints(pattern=ACTION)]


def _resource_of(value: object) -> object:
    text = isinstance(value, str) and _RESOURCE.fullmatch(value)
    function = (
        isinstance(value, dict) and len(value) == 1 and str(*value).startswith(("Ref", "Fn::"))
    )
    if not text and not function:
        raise ValueError(
            "an ARN, * where an action knows no resource, or a CloudFormation function such as "
            "Ref or Fn::GetAtt"
        )
    return value


Resource = Annotated[Any, BeforeValidator(_resource_of)]


class Permission(StrictModel):
    """Actions, each whole, on resources; in these ``${sls:stage}`` is the stage's suffix.

    A resource is text, or a function of CloudFormation.

    ``*`` as a resource is for actions that know none; ``check`` warns of it.
    https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
    """

    actions: list[Action] = Field(min_length=1)
    resources: list[Resource] = Field(min_length=1)

    def statement(self, suffix: str) -> dict[str, Any]:
        """The statement of the role's policy on the stage with this suffix."""
        return {
            "Effect": "Allow",
            "Action": list(self.actions),
            "Resource": [_resource(_of_stage(resource, suffix)) for resource in self.resources],
        }


def _of_stage(value: Any, suffix: str) -> Any:
    match value:
        case str():
            return value.replace(_SUFFIX, suffix)
        case dict():
            return {name: _of_stage(member, suffix) for name, member in value.items()}
        case list():
            return [_of_stage(member, suffix) for member in value]
    return value


def _resource(value: Any) -> Any:
    # `${AWS::AccountId}` and the like are CloudFormation's to fill in.
    is_text = isinstance(value, str) and "${AWS::" in value
    return {"Fn::Sub": value} if is_text else value
