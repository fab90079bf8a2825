"""The execution roles of a stack's functions: one for each, or one that they share.

The collector has one of its own either way (resources/collector.yml.j2).
"""

from dataclasses import dataclass
from typing import Any

from tocsin import names
from tocsin.config import Function
from tocsin.stacks.stack import Stack

ROLE_TAG = "stack"
"""The tag by which the collector's role tells the id of its stack, with its name and region."""


@dataclass(frozen=True)
class Role:
    """``functions`` run as it, and so each of them may write the logs of all."""

    logical_id: str
    name: str
    functions: tuple[Function, ...]


def roles_of(stack: Stack) -> tuple[Role, ...]:
    """The roles that ``stack`` makes: each of its functions without one is in one, in order."""
    suffix = stack.stage.suffix
    functions = tuple(function for function in stack.functions if function.own_role is None)
    if stack.stage.roles == "function":
        return tuple(
            Role(f"{function.logical_id}Role", names.role(function.key, suffix), (function,))
            for function in functions
        )
    if not functions:
        return ()
    shared = f"{names.logical_id(names.FUNCTIONS)}Role"
    return (Role(shared, names.shared_role(stack.part, suffix), functions),)


def role_of(stack: Stack) -> dict[str, Any]:
    """Key of each function of ``stack`` -> its execution role, as serverless.yml refers to it."""
    made = {
        function.key: {"Fn::GetAtt": [role.logical_id, "Arn"]}
        for role in roles_of(stack)
        for function in role.functions
    }
    return {function.key: made.get(function.key, function.own_role) for function in stack.functions}
