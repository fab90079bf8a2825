"""What a compiled role grants, with every reference resolved to the ARN it will have."""

from collections.abc import Iterator
from typing import Any

from tests.aws_calls import ACCOUNT, REGION, arn
from tocsin.cloudformation.template import statements
from tocsin.json_values import as_list

# What Lambda itself does with a function's role, beside what the code calls:
#   its log, https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html
#   (not CreateLogGroup: the group is in the stack),
PLATFORM_LOGS = ("logs:CreateLogStream", "logs:PutLogEvents")
#   and events it gives up on, where there is a dead-letter queue,
#   https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
PLATFORM_DEAD_LETTERS = "sqs:SendMessage"

_NAME = {
    "AWS::DynamoDB::Table": ("dynamodb", "table/{TableName}"),
    "AWS::Logs::LogGroup": ("logs", "log-group:{LogGroupName}:*"),
    "AWS::SQS::Queue": ("sqs", "{QueueName}"),
}
_PSEUDO = {"AWS::Partition": "aws", "AWS::Region": REGION, "AWS::AccountId": ACCOUNT}

Grant = tuple[str, str]
"""(IAM action, ARN)."""


def grants(template: dict[str, Any], role: dict[str, Any]) -> set[Grant]:
    """Each action of ``role`` with each resource it is allowed on."""
    found = set()
    for statement in statements(role):
        assert statement["Effect"] == "Allow"
        for action in as_list(statement["Action"]):
            for resource in as_list(statement["Resource"]):
                found.add((action, resolved(template, resource)))
    return found


def conditions(role: dict[str, Any], action: str) -> Iterator[dict[str, Any]]:
    """The condition of each statement that allows ``action``; empty where there is none."""
    for statement in statements(role):
        if action in as_list(statement["Action"]):
            yield statement.get("Condition", {})


def of_the_platform(template: dict[str, Any], function: dict[str, Any]) -> set[Grant]:
    """What Lambda needs to run ``function``."""
    group = arn("logs", f"log-group:/aws/lambda/{function['FunctionName']}:*")
    needed = {(action, group) for action in PLATFORM_LOGS}
    if "DeadLetterConfig" in function:
        queue = resolved(template, function["DeadLetterConfig"]["TargetArn"])
        needed.add((PLATFORM_DEAD_LETTERS, queue))
    return needed


def resolved(template: dict[str, Any], value: Any) -> str:
    """The text that CloudFormation makes of a name or an ARN.

    Raises KeyError for a reference to a type of resource that is not described here.
    """
    if isinstance(value, str):
        return value
    ((function, argument),) = value.items()
    if function == "Fn::GetAtt" and argument[1] == "Arn":
        resource = template["Resources"][argument[0]]
        service, form = _NAME[resource["Type"]]
        return arn(service, form.format(**resource["Properties"]))
    assert function == "Fn::Sub", value
    text = str(argument)
    for name, meant in _PSEUDO.items():
        text = text.replace(f"${{{name}}}", meant)
    for logical_id in template["Resources"]:
        if f"${{{logical_id}.Arn}}" in text:
            whole = resolved(template, {"Fn::GetAtt": [logical_id, "Arn"]})
            text = text.replace(f"${{{logical_id}.Arn}}", whole)
    assert "${" not in text, value
    return text
