"""What is known of an ARN that a part of CloudFormation puts together."""

from typing import Any


def arn_text(value: Any) -> str:
    """``value`` as far as it is written out; ``*`` stands for what only CloudFormation knows.

    >>> arn_text({"Fn::Join": [":", ["arn:aws:sqs", {"Ref": "AWS::Region"}, "1", "jobs"]]})
    'arn:aws:sqs:*:1:jobs'
    """
    match value:
        case str():
            return value
        case {"Fn::Sub": str(text)} | {"Fn::Sub": [str(text), *_]}:
            return _without_variables(text)
        case {"Fn::Join": [str(between), list(parts)]}:
            return between.join(map(arn_text, parts))
    return "*"


def service_of(value: Any) -> str:
    """``sqs`` of ``arn:aws:sqs:...``, however it is put together; empty where nothing tells."""
    parts = arn_text(value).split(":")
    found = parts[2] if len(parts) > 2 and parts[0] == "arn" else ""
    return "" if "*" in found else found


def _without_variables(text: str) -> str:
    found, rest = "", text
    while "${" in rest:
        before, _, after = rest.partition("${")
        name, end, rest = after.partition("}")
        if not end:
            return found + before + "*"
        found += before + ("${" + name[1:] + "}" if name.startswith("!") else "*")
    return found + rest
