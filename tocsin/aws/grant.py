"""One statement of an IAM policy that the tools print."""

from collections.abc import Mapping
from dataclasses import dataclass, field

Condition = Mapping[str, Mapping[str, str | list[str]]]
"""Operator -> key -> the value that it must have, or one of several."""


@dataclass(frozen=True)
class Grant:
    """Actions on resources, if ``condition`` holds.

    A resource is an ARN whole, one without its first four parts, or ``*``.
    """

    sid: str
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    condition: Condition = field(default_factory=dict)


def on(service: str, operations: str) -> tuple[str, ...]:
    """The IAM actions of ``service`` whose names stand in ``operations``, between blanks."""
    return tuple(f"{service}:{operation}" for operation in operations.split())
