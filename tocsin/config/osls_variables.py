"""What osls fills in when it packages: ``${ssm:/key}``, ``${env:NAME}``, ``${self:custom.name}``.

``${AWS::Region}`` and the like are CloudFormation's, and text to osls.
https://github.com/oss-serverless/osls/blob/4.x/docs/guides/variables.md
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

# Of a source, with or without parameters; CloudFormation's ``${Name}`` and ``${Name.Arn}`` are not.
_VARIABLE = re.compile(r"\$\{\s*(?!AWS::)([A-Za-z][\w-]*)\s*(?=[:(])")


def has_variable(value: Any) -> bool:
    """Whether osls fills in a part of ``value``."""
    return next(sources(value), None) is not None


def sources(value: Any) -> Iterator[str]:
    """The sources of the variables in ``value``: ``ssm``, ``env``; keys of mappings included."""
    match value:
        case str():
            yield from (found[1] for found in _VARIABLE.finditer(value))
        case dict():
            for key, member in value.items():
                yield from sources(key)
                yield from sources(member)
        case list() | tuple():
            for member in value:
                yield from sources(member)


# Their values are an account's: osls asks AWS.
_OF_ACCOUNT = re.compile(r"\$\{\s*(?:(?:ssm|cf|s3)\s*[:(]|aws\s*:\s*accountId\b)")
LONGEST = 10_000
"""Characters of one variable; what is longer is none."""


@dataclass(frozen=True)
class Variable:
    """A variable in a text, with all that is nested in it: ``${ssm:/shop/${sls:stage}/token}``."""

    begin: int
    end: int
    text: str


def of_account(text: str) -> Iterator[Variable]:
    """The variables in ``text`` that osls asks an account for, outermost ones, in their order."""
    end = 0
    for found in _OF_ACCOUNT.finditer(text):
        if found.start() < end:
            continue
        depth, place = 1, found.start() + 2
        last = min(len(text), found.start() + LONGEST)
        while depth and place < last:
            if text.startswith("${", place):
                depth, place = depth + 1, place + 2
            else:
                depth, place = depth - (text[place] == "}"), place + 1
        if not depth:
            end = place
            yield Variable(found.start(), end, text[found.start() : end])
