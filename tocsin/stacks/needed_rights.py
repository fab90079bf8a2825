"""What a role must allow for keys of a function: Lambda does these things as the role, or refuses.

osls writes them into a role that all functions of a stack share; here each function's role has its
own. https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html
"""

from collections.abc import Iterator, Mapping
from typing import Any

from tocsin.config import Function, Stage
from tocsin.config.arns import service_of

Statement = dict[str, Any]

# The service of a source -> what polling it takes.
# https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventsourcemapping.html
POLLING = {
    "sqs": ("sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"),
    "kinesis": ("kinesis:DescribeStream", "kinesis:DescribeStreamSummary", "kinesis:GetRecords",
                "kinesis:GetShardIterator", "kinesis:ListShards"),
    "dynamodb": ("dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator",
                 "dynamodb:ListStreams"),
}  # fmt: skip
NETWORK = ("ec2:CreateNetworkInterface", "ec2:DeleteNetworkInterface",
           "ec2:DescribeNetworkInterfaces", "ec2:DescribeSecurityGroups", "ec2:DescribeSubnets",
           "ec2:DescribeVpcs")  # fmt: skip
TRACING = ("xray:PutTelemetryRecords", "xray:PutTraceSegments")
SENDING = {
    "sqs": ("sqs:SendMessage",),
    "sns": ("sns:Publish",),
    "lambda": ("lambda:InvokeFunction",),
    "events": ("events:PutEvents",),
}
FILES = ("elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite")
DURABLE = ("lambda:CheckpointDurableExecution", "lambda:GetDurableExecutionState")
# osls's words for the kind of a destination -> the service.
_DESTINATIONS = {"function": "lambda", "sqs": "sqs", "sns": "sns", "eventBus": "events"}
_BROKERS = ("activemq", "rabbitmq")
EVERY = "*"
"""As a resource: of actions that know no other."""


def needed_rights(function: Function, stage: Stage) -> list[Statement]:
    """The statements that the keys and events of ``function`` call for, each once."""
    found: list[Statement] = []
    for statement in (*_of_keys(function, stage), *_of_events(function)):
        if statement not in found:
            found.append(statement)
    return found


def _of_keys(function: Function, stage: Stage) -> Iterator[Statement]:
    keys = function.keys
    if isinstance(keys.get("vpc"), dict):
        yield allow(NETWORK, EVERY)
    if keys.get("tracing"):
        yield allow(TRACING, EVERY)
    if (target := keys.get("onError")) is not None:
        # Either may be behind a reference; a right to publish says nothing of a queue.
        services = [service_of(target)] if service_of(target) in SENDING else ["sns", "sqs"]
        yield allow(tuple(action for service in services for action in SENDING[service]), target)
    destinations = keys.get("destinations") or {}
    for target in (destinations.get("onSuccess"), destinations.get("onFailure")):
        if target is not None:
            yield from _destination(target, stage)
    if (files := keys.get("fileSystemConfig")) is not None:
        yield allow(FILES, files["arn"])
    if (key := keys.get("kmsKeyArn")) is not None:
        yield allow(("kms:Decrypt",), key)
    if keys.get("durableConfig"):
        arn = function_arn(f"{function.name}:*/durable-execution/*/*")
        yield allow(DURABLE, arn)


def _destination(target: Any, stage: Stage) -> Iterator[Statement]:
    if isinstance(target, dict):
        yield allow(SENDING[_DESTINATIONS[target["type"]]], target["arn"])
    elif str(target).startswith("arn:"):
        yield allow(SENDING.get(service_of(target), ()), target)
    else:  # a function, by its key
        named = stage.function(str(target))
        yield allow(SENDING["lambda"], function_arn(named.name if named else str(target)))


def _of_events(function: Function) -> Iterator[Statement]:
    for event in function.events:
        for kind, settings in event.items():
            arn = settings.get("arn") if isinstance(settings, Mapping) else settings
            given = settings if isinstance(settings, Mapping) else {}
            if kind == "sqs":
                yield allow(POLLING["sqs"], arn)
            elif kind == "stream":
                service = str(given.get("type") or service_of(arn))
                if service in POLLING:
                    yield allow(POLLING[service], arn)
                yield from _stream_extras(given)
            elif kind == "msk":
                yield allow(NETWORK, EVERY)
                yield allow(("kafka:DescribeCluster", "kafka:DescribeClusterV2",
                             "kafka:GetBootstrapBrokers"), arn)  # fmt: skip
            elif kind in _BROKERS:
                yield allow(NETWORK, EVERY)
                yield allow(("mq:DescribeBroker",), arn)
                yield allow(("secretsmanager:GetSecretValue",), given.get("basicAuthArn"))
            elif kind == "kafka":
                yield from _kafka(given)


def _stream_extras(given: Mapping[str, Any]) -> Iterator[Statement]:
    """A consumer of its own, and where records go that could not be handled."""
    consumer = given.get("consumer")
    if isinstance(consumer, str) and consumer.startswith("arn:"):
        yield allow(("kinesis:SubscribeToShard",), consumer)
    failed = (given.get("destinations") or {}).get("onFailure")
    if failed is not None:
        arn = failed.get("arn") if isinstance(failed, dict) and "arn" in failed else failed
        kind = failed.get("type") if isinstance(failed, dict) and "type" in failed else None
        service = _DESTINATIONS.get(str(kind), service_of(arn))
        if service in SENDING:
            yield allow(SENDING[service], arn)


def _kafka(given: Mapping[str, Any]) -> Iterator[Statement]:
    access = given.get("accessConfigurations") or {}
    if "vpcSubnet" in access or "vpcSecurityGroup" in access:
        yield allow(NETWORK, EVERY)
    for name, value in access.items():
        if name not in ("vpcSubnet", "vpcSecurityGroup"):
            for secret in value if isinstance(value, list) else [value]:
                yield allow(("secretsmanager:GetSecretValue",), secret)


def allow(actions: tuple[str, ...], resource: Any) -> Statement:
    """A statement in the form in which ``permissions`` are written as well."""
    return {"Effect": "Allow", "Action": list(actions), "Resource": [resource]}


def function_arn(name: str) -> dict[str, str]:
    """The ARN of a function of this account and region, for CloudFormation to complete."""
    place = "${AWS::Region}:${AWS::AccountId}"
    return {"Fn::Sub": f"arn:${{AWS::Partition}}:lambda:{place}:function:{name}"}
