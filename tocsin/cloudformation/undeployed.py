"""Values of a template that nobody has deployed, or whose deployment is not asked."""

from collections.abc import Mapping
from typing import Any

from tocsin.cloudformation.intrinsics import Resolver

# What stands for the place of a deployment where none is given: good enough for a name.
ACCOUNT, REGION, STACK = "123456789012", "us-east-1", "stack"


def undeployed(
    template: Mapping[str, Any],
    parameters: Mapping[str, Any] | None = None,
    *,
    carried: bool = True,
) -> Resolver:
    """What resolves the values of ``template``.

    ``parameters`` override the template's defaults, and the pseudo parameters among them
    (``AWS::Region``) what else stands for them. ``carried`` as of the resolver.
    """
    given = parameters or {}
    return Resolver(
        template,
        given,
        account=str(given.get("AWS::AccountId", ACCOUNT)),
        region=str(given.get("AWS::Region", REGION)),
        stack=str(given.get("AWS::StackName", STACK)),
        carried=carried,
    )
