"""What a deployer needs for what calls the stage's functions: as their ``events`` have it.

Topics, buckets and other resources that ``events`` or the files of ``resources/`` bring along are
the project's to grant.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from tocsin import names
from tocsin.alarms.eventbridge_rules import is_of_scheduler
from tocsin.aws.grant import Grant, on
from tocsin.cloudwatch.regions import partition_of
from tocsin.config import Stage
from tocsin.stacks import stacks_of

_MAPPED = {"sqs", "stream", "kafka", "msk", "activemq", "rabbitmq"}
_OF_RULES = {"schedule", "eventBridge", "cloudwatchEvent"}
_OF_APIS = {"http", "httpApi", "websocket"}
_API_PATHS = ("apis", "apis/*", "restapis", "restapis/*", "tags/*")


def event_grants(stage: Stage) -> Iterator[Grant]:
    """Statements for the mappings, rules, schedules, APIs and URLs that osls makes."""
    types = {type_ for function in stage.functions for event in function.events for type_ in event}
    if types & _MAPPED or stage.bugs.enabled:
        yield from _mappings()
    if types & _OF_RULES:
        yield from _rules(stage)
    if types & _OF_APIS:
        partition = partition_of(stage.region)
        apis = (f"arn:{partition}:apigateway:{stage.region}::/{path}" for path in _API_PATHS)
        yield Grant("MakeApis", on("apigateway", "DELETE GET PATCH POST PUT"), tuple(apis))


def _mappings() -> Iterator[Grant]:
    # A mapping has no name; what may be read by it is the function's role to say.
    yield Grant(
        "MapStreams",
        on(
            "lambda",
            "CreateEventSourceMapping DeleteEventSourceMapping GetEventSourceMapping"
            " UpdateEventSourceMapping",
        ),
        ("*",),
    )


def _rules(stage: Stage) -> Iterator[Grant]:
    # CloudFormation names them after the stack, osls after the function, or monitoring.yml has it.
    starts = {stack.name[:_OF_THE_STACK] for stack in stacks_of(stage)}
    named = [*(f"{start}*" for start in sorted(starts)), *sorted(_given_names(stage))]
    rules = [*named, f"{names.function('*', stage.suffix)}-rule-*"]
    yield Grant(
        "MakeRules",
        on(
            "events",
            "DeleteRule DescribeRule ListTagsForResource ListTargetsByRule PutRule PutTargets"
            " RemoveTargets TagResource UntagResource",
        ),
        # Those of a bus of its own have its name before theirs.
        tuple(f"events:rule/{bus}{rule}" for rule in rules for bus in ("", "*/")),
    )
    if not any(map(is_of_scheduler, _schedules(stage))):
        return
    yield Grant(
        "MakeSchedules",
        on("scheduler", "CreateSchedule DeleteSchedule GetSchedule UpdateSchedule"),
        tuple(f"scheduler:schedule/*/{schedule}" for schedule in named),
    )
    partition = partition_of(stage.region)
    yield Grant(
        "GiveRolesToSchedules",
        ("iam:PassRole",),
        (f"arn:{partition}:iam::*:role/{names.role('*', stage.suffix)}",),
        {"StringEquals": {"iam:PassedToService": "scheduler.amazonaws.com"}},
    )


_OF_THE_STACK = 24
"""Of a name that it makes up CloudFormation shortens what is the stack's."""


def _schedules(stage: Stage) -> Iterator[Any]:
    for function in stage.functions:
        for event in function.events:
            if "schedule" in event:
                yield event["schedule"]


def _given_names(stage: Stage) -> set[str]:
    events = (event for function in stage.functions for event in function.events)
    written = (event.get(type_) for event in events for type_ in _OF_RULES)
    given = (value.get("name") for value in written if isinstance(value, Mapping))
    return {name for name in given if isinstance(name, str)}
