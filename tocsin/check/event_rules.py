"""Whether a function may read from what calls it: CloudFormation refuses the whole stack if not.

Lambda polls queues and streams with the function's own role:
https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventsourcemapping.html
"""

from collections.abc import Iterator
from typing import Any

from tocsin.cloudformation.references import references
from tocsin.cloudformation.template import Template
from tocsin.findings import Finding, Severity
from tocsin.json_values import as_list

# The service of a source -> the actions that polling it takes.
POLLING = {
    "sqs": ("sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"),
    "kinesis": ("kinesis:DescribeStream", "kinesis:GetRecords", "kinesis:GetShardIterator",
                "kinesis:ListShards"),
    "dynamodb": ("dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator",
                 "dynamodb:ListStreams"),
}  # fmt: skip
_SERVICES = {"AWS::SQS::Queue": "sqs", "AWS::Kinesis::Stream": "kinesis",
             "AWS::DynamoDB::Table": "dynamodb"}  # fmt: skip


def polling(template: Template) -> Iterator[Finding]:
    """A finding for each function whose role may not poll a source of its events."""
    functions = template.of_type("AWS::Lambda::Function")
    for mapping in template.of_type("AWS::Lambda::EventSourceMapping").values():
        source = mapping.get("EventSourceArn")
        needed = POLLING.get(_service(source, template), ())
        for logical_id in references(mapping.get("FunctionName")):
            function = functions.get(logical_id, {})
            granted = {
                str(action)
                for role in references(function.get("Role"))
                for statement in template.statements(role)
                for action in as_list(statement.get("Action", []))
            }
            lacking = [action for action in needed if action not in granted]
            if lacking:
                message = f"reads from {source} and may not {', '.join(lacking)} (its permissions)"
                name = str(function.get("FunctionName", logical_id))
                yield Finding(Severity.ERROR, "events/rights", name, message)


def _service(source: Any, template: Template) -> str:
    """``sqs`` of the ARN of a queue, written out or of a resource of the template."""
    for logical_id in references(source):
        return _SERVICES.get(template.type_of(logical_id), "")
    text = source.get("Fn::Sub", "") if isinstance(source, dict) else source
    parts = str(text).split(":")
    return parts[2] if len(parts) > 2 else ""
