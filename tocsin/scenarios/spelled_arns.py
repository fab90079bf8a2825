"""What a template names by ARN, of its own stack or of another one's: it is there, as far as the
template can tell."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from tocsin.cloudformation.intrinsics import Resolver
from tocsin.cloudformation.template import Template
from tocsin.cloudwatch import DefinitionError

_NAME = r"([A-Za-z0-9_.-]{1,255})"
_ARNS = {
    "QueueName": re.compile(rf"arn:[\w-]+:sqs:[\w-]*:\w*:{_NAME}"),
    "TableName": re.compile(rf"arn:[\w-]+:dynamodb:[\w-]*:\w*:table/{_NAME}(?:/.*)?"),
    "FunctionName": re.compile(rf"arn:[\w-]+:lambda:[\w-]*:\w*:function:{_NAME}(?::.*)?"),
}
_MADE_OF_PARTS = ("Fn::Sub", "Fn::Join")


def spelled_arns(template: Template, resolver: Resolver) -> frozenset[tuple[str, str]]:
    """(dimension of its metrics, name) of each queue, table and function that is named so."""
    found = set()
    for logical_id in template.resources:
        for text in _texts(template.properties_of(logical_id), resolver, logical_id):
            for dimension, arn in _ARNS.items():
                if named := arn.fullmatch(text):
                    found.add((dimension, named[1]))
    return frozenset(found)


def _texts(value: Any, resolver: Resolver, where: str) -> Iterator[str]:
    """All that are in ``value``, those among them that are put together of parts."""
    waiting = [value]
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            yield value
        elif isinstance(value, list):
            waiting += value
        elif isinstance(value, Mapping):
            if len(value) == 1 and next(iter(value)) in _MADE_OF_PARTS:
                made = _resolved(value, resolver, where)
                if isinstance(made, str):
                    yield made
                    continue
            waiting += value.values()


def _resolved(value: Any, resolver: Resolver, where: str) -> Any:
    try:
        return resolver.resolved(value, where)
    except (DefinitionError, AttributeError, KeyError, TypeError, ValueError):
        return None
