"""A stage as CloudFormation stacks: one, or as many as its functions need."""

from tocsin.stacks.stack import Stack, stacks_of

__all__ = ["Stack", "stacks_of"]
