"""Names: short enough for AWS, and none that another stage of the same account has too."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from tocsin import names
from tocsin.check.own_resources import own_roles, own_topics
from tocsin.cloudformation.osls_resources import is_of_an_event, is_osls_own
from tocsin.cloudformation.template import Template
from tocsin.config import Stage
from tocsin.findings import Finding, Severity

# CloudFormation type -> (property with the name, longest that AWS takes).
NAMED = {
    "AWS::Lambda::Function": ("FunctionName", names.LIMITS["function"]),
    "AWS::IAM::Role": ("RoleName", names.LIMITS["role"]),
    "AWS::CloudWatch::Alarm": ("AlarmName", names.LIMITS["alarm"]),
    "AWS::CloudWatch::Dashboard": ("DashboardName", names.LIMITS["dashboard"]),
    "AWS::DynamoDB::Table": ("TableName", names.LIMITS["table"]),
    "AWS::SQS::Queue": ("QueueName", names.LIMITS["queue"]),
    "AWS::SNS::Topic": ("TopicName", names.LIMITS["topic"]),
    "AWS::KMS::Alias": ("AliasName", names.LIMITS["key alias"]),
    "AWS::Logs::LogGroup": ("LogGroupName", 512),
    "AWS::Lambda::LayerVersion": ("LayerName", 140),
}
# What AWS names by itself is no other stage's. Ours have names, by which policies are written.
_MAY_BE_UNNAMED = frozenset(
    {
        "AWS::DynamoDB::Table", "AWS::IAM::Role", "AWS::Lambda::LayerVersion",
        "AWS::Logs::LogGroup", "AWS::SNS::Topic", "AWS::SQS::Queue",
    }
)  # fmt: skip
_OURS = frozenset(
    {
        "BugsTable", "CollectorDeadLetters", "ErrorLogTable", "ErrorlogLambdaLayer",
        "NotifierDeadLetters",
    }
)  # fmt: skip


def stage_names(stage: Stage, template: Template) -> Iterator[Finding]:
    """A finding for each name that is missing, too long, doubled or not this stage's own."""
    seen: dict[tuple[str, str], str] = {}
    given = {
        f"{function.logical_id}LambdaFunction" for function in stage.functions if function.named
    }
    # The log group of a function has its name.
    group_of = {f"{function.logical_id}LogGroup" for function in stage.functions if function.named}
    ours = _OURS | own_topics(stage) | own_roles(stage) | _groups_of_functions(template)
    for logical_id in template.resources:
        kind = template.type_of(logical_id)
        if kind not in NAMED or is_osls_own(logical_id):
            continue
        key, limit = NAMED[kind]
        name = template.properties_of(logical_id).get(key)
        of_project = kind in _MAY_BE_UNNAMED and logical_id not in ours
        if name is None and of_project:
            continue
        if isinstance(name, dict) and _names_the_stage(name, stage):
            continue
        if not isinstance(name, str):
            yield _error(logical_id, f"{key} is not given: AWS would make one up")
            continue
        if len(name) > limit:
            yield _error(logical_id, f"{key} {name} has {len(name)} characters, at most {limit}")
        theirs = logical_id in given or is_of_an_event(logical_id) or of_project
        if theirs and not _has_part(name, stage.suffix):
            message = (
                f"{key} {name} does not name the stage: two stages of one account may share it"
            )
            yield Finding(Severity.WARNING, "names", logical_id, message)
        if not theirs and not name.endswith(f"-{stage.suffix}") and logical_id not in group_of:
            yield _error(
                logical_id,
                f"{key} {name} does not end with -{stage.suffix}: two stages may share it",
            )
        if (kind, name) in seen:
            yield _error(logical_id, f"{key} {name} is also that of {seen[kind, name]}")
        seen[kind, name] = logical_id
    for key, output in template.outputs.items():
        # osls exports its own outputs; a name without the stage would be every stage's.
        export = str(output.get("Export", {}).get("Name", f"-{stage.suffix}"))
        if f"-{stage.suffix}-" not in f"{export}-":
            yield _error(key, f"export {export} does not name the stage: two stages may share it")


def _groups_of_functions(template: Template) -> frozenset[str]:
    """Log groups that osls makes with a function, which logs to the group of its name."""
    functions = (name for name in template.resources if name.endswith("LambdaFunction"))
    return frozenset(f"{name.removesuffix('LambdaFunction')}LogGroup" for name in functions)


def _has_part(name: str, suffix: str) -> bool:
    """Whether ``name`` has the suffix as a part of its own: dev, and not the start of device."""
    return re.search(rf"(?<![0-9A-Za-z]){re.escape(suffix)}(?![0-9A-Za-z])", name) is not None


def _names_the_stage(name: Mapping[str, Any], stage: Stage) -> bool:
    """Whether an intrinsic function makes a name of the stack's own, or with the suffix."""
    text = json.dumps(name)
    return any(part in text for part in ("AWS::StackName", "AWS::StackId", f"-{stage.suffix}"))


def _error(subject: str, message: str) -> Finding:
    return Finding(Severity.ERROR, "names", subject, message)
