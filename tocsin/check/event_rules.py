"""Whether a function may read from what calls it: CloudFormation refuses the whole stack if not.

Lambda polls queues and streams with the function's own role:
https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventsourcemapping.html
"""

from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from typing import Any

from tocsin.cloudformation.references import references
from tocsin.cloudformation.template import Statement, Template
from tocsin.config.arns import arn_text, service_of
from tocsin.findings import Finding, Severity
from tocsin.json_values import as_list

# The service of a source -> the actions that polling it takes.
NEEDED = {
    "sqs": ("sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"),
    "kinesis": ("kinesis:DescribeStream", "kinesis:GetRecords", "kinesis:GetShardIterator",
                "kinesis:ListShards"),
    "dynamodb": ("dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator",
                 "dynamodb:ListStreams"),
}  # fmt: skip
_SERVICES = {"AWS::SQS::Queue": "sqs", "AWS::Kinesis::Stream": "kinesis",
             "AWS::DynamoDB::Table": "dynamodb"}  # fmt: skip


def polling(template: Template) -> Iterator[Finding]:
    """A finding for each function whose role may not poll a source of its events.

    A role that is not in the template is somebody else's, and nothing is said of it here.
    """
    functions = template.of_type("AWS::Lambda::Function")
    roles = template.of_type("AWS::IAM::Role")
    for mapping in template.of_type("AWS::Lambda::EventSourceMapping").values():
        source = mapping.get("EventSourceArn")
        needed = NEEDED.get(_service(source, template), ())
        for logical_id in references(mapping.get("FunctionName")):
            function = functions.get(logical_id, {})
            own = [role for role in references(function.get("Role")) if role in roles]
            granted = [statement for role in own for statement in template.statements(role)]
            lacking = [action for action in needed if not _grants(granted, action, source)]
            if own and lacking:
                message = f"reads from {source} and may not {', '.join(lacking)} (its permissions)"
                name = str(function.get("FunctionName", logical_id))
                yield Finding(Severity.ERROR, "events/rights", name, message)


def _grants(statements: Sequence[Statement], action: str, source: Any) -> bool:
    return any(
        statement.get("Effect") == "Allow"
        and any(
            fnmatchcase(action, str(pattern)) for pattern in as_list(statement.get("Action", []))
        )
        and any(_may_be(resource, source) for resource in as_list(statement.get("Resource", [])))
        for statement in statements
    )


def _may_be(resource: Any, source: Any) -> bool:
    """Whether a right on ``resource`` may be one on ``source``, as far as the two are written."""
    if resource == source:
        return True
    ours, theirs = set(references(resource)), set(references(source))
    if ours and theirs:
        return bool(ours & theirs)
    one, other = arn_text(resource), arn_text(source)
    return fnmatchcase(one, other) or fnmatchcase(other, one)


def _service(source: Any, template: Template) -> str:
    """``sqs`` of the ARN of a queue, put together or of a resource of the template."""
    if isinstance(source, dict) and ("Fn::GetAtt" in source or "Ref" in source):
        for logical_id in references(source):
            return _SERVICES.get(template.type_of(logical_id), "")
    return service_of(source)
