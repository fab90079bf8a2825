"""The values of a template's parameters, and of the pseudo parameters of a deployment.

Follows https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/pseudo-parameter-reference.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tocsin.cloudwatch.regions import partition_of

NO_VALUE = object()
"""What ``AWS::NoValue`` resolves to: the property is left out."""

# What stands for the place of a deployment where none was given: good enough for a name, and no
# reason to say that a condition on it is false.
_OF_THE_STACK = {"AWS::AccountId", "AWS::StackName", "AWS::StackId"}
_OF_THE_REGION = {"AWS::Region", "AWS::Partition", "AWS::URLSuffix"}


class ParameterValues:
    """What ``Ref`` gives for a parameter.

    ``declared`` is the template's section, ``given`` what overrides its defaults.
    """

    def __init__(
        self,
        declared: Mapping[str, Any],
        given: Mapping[str, Any],
        *,
        account: str,
        region: str,
        stack: str,
    ) -> None:
        self._declared = declared
        self._given = given
        partition = partition_of(region)
        china = region.startswith("cn-")
        stack_id = f"cloudformation:{region}:{account}:stack/{stack}/0"
        self._values = {
            "AWS::AccountId": account,
            "AWS::Region": region,
            "AWS::Partition": partition,
            "AWS::StackName": stack,
            "AWS::StackId": f"arn:{partition}:{stack_id}",
            "AWS::URLSuffix": "amazonaws.com.cn" if china else "amazonaws.com",
            "AWS::NotificationARNs": [],
            "AWS::NoValue": NO_VALUE,
            **{
                name: _listed(declared, name, parameter["Default"])
                for name, parameter in declared.items()
                if isinstance(parameter, Mapping) and "Default" in parameter
            },
            **{name: _listed(declared, name, value) for name, value in given.items()},
        }

    def __contains__(self, name: object) -> bool:
        return name in self._values

    def __getitem__(self, name: str) -> Any:
        return self._values[name]

    def is_declared(self, name: object) -> bool:
        """Whether the template has a parameter of this name."""
        return name in self._declared

    def is_stored(self, name: object) -> bool:
        """Whether its value is the path of a value that is kept elsewhere."""
        parameter = self._declared.get(name) if isinstance(name, str) else None
        return isinstance(parameter, Mapping) and str(parameter.get("Type")).startswith(
            "AWS::SSM::Parameter::Value"
        )

    def is_undecided(self, name: str, *, compared: bool) -> bool:
        """Whether it has no value, or only one that stands for what nobody gave.

        An empty default asks for a value, except where a condition compares it, as templates
        write "not given"; the account, the stack and the region that were not given are only
        unknown where they are ``compared``.
        """
        if name in self._given:
            return False
        if not self.is_declared(name):
            elsewhere = name in _OF_THE_REGION and "AWS::Region" not in self._given
            return compared and (name in _OF_THE_STACK or elsewhere)
        value = self._values.get(name)
        return value is None or (value == "" and not compared) or self.is_stored(name)


def _listed(declared: Mapping[str, Any], name: str, value: Any) -> Any:
    """A parameter's value: of a type that is a list the members that it is written as."""
    parameter = declared.get(name)
    kind = str(parameter.get("Type")) if isinstance(parameter, Mapping) else ""
    if isinstance(value, str) and (kind == "CommaDelimitedList" or "List<" in kind):
        return [member.strip() for member in value.split(",")]
    return value
