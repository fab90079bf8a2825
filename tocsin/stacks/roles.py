"""The execution roles of a stack's functions: one for each, or one that they share.

The collector has one of its own either way (resources/collector.yml.j2).
"""

from dataclasses import dataclass

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
    """The roles of ``stack``: each of its functions is in one of them, in order."""
    suffix = stack.stage.suffix
    if stack.stage.roles == "function":
        return tuple(
            Role(f"{function.logical_id}Role", names.role(function.key, suffix), (function,))
            for function in stack.functions
        )
    if not stack.functions:
        return ()
    shared = f"{names.logical_id(names.FUNCTIONS)}Role"
    return (Role(shared, names.shared_role(stack.part, suffix), stack.functions),)
