"""What a function may do beyond its error and its log: rights that monitoring.yml declares."""

from typing import Annotated, Any

from pydantic import Field, StringConstraints

from tocsin.strict_model import StrictModel

ACTION = r"^[a-z0-9-]+:[A-Za-z0-9]+$"
RESOURCE = r"^(\*|arn:\S+)$"
EVERY = "*"
_SUFFIX = "${sls:stage}"  # as in serverless.yml

Action = Annotated[str, StringConstraints(pattern=ACTION)]
Resource = Annotated[str, StringConstraints(pattern=RESOURCE)]


class Permission(StrictModel):
    """Actions, each whole, on resources; in these ``${sls:stage}`` is the stage's suffix.

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
            "Resource": [
                _resource(resource.replace(_SUFFIX, suffix)) for resource in self.resources
            ],
        }


def _resource(text: str) -> str | dict[str, str]:
    # `${AWS::AccountId}` and the like are CloudFormation's to fill in.
    return {"Fn::Sub": text} if "${AWS::" in text else text
