"""What calls a function, in the words of serverless.yml, from a compiled template.

Sources: AWS::Lambda::EventSourceMapping, AWS::Lambda::Permission, AWS::Lambda::Url,
AWS::Events::Rule and AWS::Scheduler::Schedule, and SAM's ``Events``.
https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-function-eventsource.html
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from tocsin.attach.known_values import KnownValues
from tocsin.cloudformation.references import references

Event = dict[str, Any]
Resources = Mapping[str, Mapping[str, Any]]

# Service of an event source's ARN -> the event.
MAPPED = {
    "sqs": "sqs", "kinesis": "stream", "dynamodb": "stream", "kafka": "msk", "mq": "activemq",
    "rds": "documentDb",
}  # fmt: skip
# Principal of a permission -> the event.
ALLOWED = {
    "apigateway": "http", "s3": "s3", "sns": "sns", "elasticloadbalancing": "alb", "iot": "iot",
    "cognito-idp": "cognitoUserPool", "logs": "cloudwatchLog", "alexa-appkit": "alexaSkill",
}  # fmt: skip
_SAM = {
    "Api": "http", "HttpApi": "httpApi", "S3": "s3", "SNS": "sns", "SQS": "sqs", "IoTRule": "iot",
    "Kinesis": "stream", "DynamoDB": "stream", "MSK": "msk", "SelfManagedKafka": "kafka",
    "CloudWatchLogs": "cloudwatchLog", "CloudWatchEvent": "cloudwatchEvent",
    "EventBridgeRule": "eventBridge", "Cognito": "cognitoUserPool", "AlexaSkill": "alexaSkill",
}  # fmt: skip
_SCHEDULED = {"Schedule": "Schedule", "ScheduleV2": "ScheduleExpression"}
_HOPS = 3  # alias -> version -> function


def of_resources(resources: Resources, values: KnownValues) -> dict[str, tuple[Event, ...]]:
    """Logical id of a function -> what calls it, each event once."""
    found: dict[str, list[Event]] = defaultdict(list)
    for resource in resources.values():
        properties = resource.get("Properties")
        if not isinstance(properties, Mapping) or values.left_out(resource.get("Condition")):
            continue
        for target, event in _events(resource, properties, resources, values):
            for function in _functions(target, resources):
                if event not in found[function]:
                    found[function].append(event)
    return {function: tuple(events) for function, events in found.items()}


def of_sam(events: Any, values: KnownValues) -> tuple[Event, ...]:
    """SAM's ``Events`` of one function."""
    found: list[Event] = []
    for declared in values.mapping(events).values():
        if not isinstance(declared, Mapping):
            continue
        kind = str(declared.get("Type"))
        properties = values.mapping(declared.get("Properties"))
        if kind in _SCHEDULED:
            event = _schedule(properties, _SCHEDULED[kind], values)
            if properties.get("Enabled") is False:
                event = _disabled(event)
        elif kind in _SAM:
            event = {_SAM[kind]: {}}
        else:
            continue
        if event not in found:
            found.append(event)
    return tuple(found)


def _events(
    resource: Mapping[str, Any],
    properties: Mapping[str, Any],
    resources: Resources,
    values: KnownValues,
) -> Iterator[tuple[Any, Event]]:
    """(what refers to the function, the event) of one resource."""
    kind = str(resource.get("Type"))
    if kind == "AWS::Lambda::EventSourceMapping":
        name = MAPPED.get(_service(properties.get("EventSourceArn"), resources, values), "kafka")
        yield properties.get("FunctionName"), {name: {}}
    elif kind == "AWS::Lambda::Url":
        yield properties.get("TargetFunctionArn"), {"url": {}}
    elif kind == "AWS::Lambda::Permission":
        principal = values.text(properties.get("Principal")) or ""
        service = principal.partition(".")[0]
        if service in ALLOWED:
            yield properties.get("FunctionName"), {ALLOWED[service]: {}}
    elif kind == "AWS::Events::Rule":
        scheduled = properties.get("ScheduleExpression") is not None
        event = (
            _schedule(properties, "ScheduleExpression", values)
            if scheduled
            else {"eventBridge": {}}
        )
        targets = properties.get("Targets")
        for target in targets if isinstance(targets, list) else []:
            if isinstance(target, Mapping):
                yield target.get("Arn"), event
    elif kind == "AWS::Scheduler::Schedule":
        target = properties.get("Target")
        if isinstance(target, Mapping):
            yield target.get("Arn"), _schedule(properties, "ScheduleExpression", values)


def _schedule(properties: Mapping[str, Any], key: str, values: KnownValues) -> Event:
    """An expression that is not known is no schedule that anything could be expected of."""
    zone = values.text(properties.get("ScheduleExpressionTimezone"))
    written: dict[str, Any] = {"rate": [values.text(properties.get(key)) or ""]}
    if zone:
        written["timezone"] = zone
    event = {"schedule": written}
    return _disabled(event) if values.text(properties.get("State")) == "DISABLED" else event


def _disabled(event: Event) -> Event:
    return {"schedule": {**event["schedule"], "enabled": False}}


def _service(arn: Any, resources: Resources, values: KnownValues) -> str:
    """The service of an ARN, also where only the type of the resource is known."""
    for logical_id in references(arn):
        parts = str(resources.get(logical_id, {}).get("Type")).lower().split("::")
        if len(parts) > 2:
            return {"msk": "kafka", "amazonmq": "mq", "docdb": "rds"}.get(parts[1], parts[1])
    parts = (values.text(arn) or "").split(":")
    return parts[2] if len(parts) > 2 else ""


def _functions(target: Any, resources: Resources) -> Iterator[str]:
    """The functions that ``target`` refers to, also by an alias or a version of theirs."""
    asked = set(references(target))
    for _ in range(_HOPS):
        further: set[str] = set()
        for logical_id in sorted(asked):
            resource = resources.get(logical_id, {})
            if resource.get("Type") in ("AWS::Lambda::Function", "AWS::Serverless::Function"):
                yield logical_id
            elif resource.get("Type") in ("AWS::Lambda::Alias", "AWS::Lambda::Version"):
                properties = resource.get("Properties")
                if isinstance(properties, Mapping):
                    further |= set(references(properties.get("FunctionName")))
        asked = further
