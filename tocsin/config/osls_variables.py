"""What osls fills in when it packages: ``${ssm:/key}``, ``${env:NAME}``, ``${self:custom.name}``.

``${AWS::Region}`` and the like are CloudFormation's, and text to osls.
https://github.com/oss-serverless/osls/blob/4.x/docs/guides/variables.md
"""

import re
from collections.abc import Iterator
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
