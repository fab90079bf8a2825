"""The IAM policy that somebody needs who runs the tasks against a stage on AWS.

Written from the names of the stage, and held by tests to the calls in the code, both ways.
Which action is looked for on which resource:
https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import Any

from tocsin import names
from tocsin.aws.deployer_rights import deployer_grants
from tocsin.aws.grant import Condition, Grant, on
from tocsin.cloudwatch.regions import partition_of
from tocsin.config import Stage
from tocsin.exceptions import InputError
from tocsin.stacks import stacks_of
from tocsin.stacks.people import people_topics

LONGEST = 6_144
"""A managed policy: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"""

# Rules of anybody may mute an alarm.
_READ_MUTES = (
    Grant("ReadMuteRules", ("cloudwatch:GetAlarmMuteRule",), ("cloudwatch:alarm-mute-rule:*",)),
    Grant("FindMuteRules", ("cloudwatch:ListAlarmMuteRules",), ("*",)),
)


def policy(stage: Stage, role: str, account_id: str = "*") -> dict[str, Any]:
    """The policy document of ``role`` for ``stage``.

    ``account_id`` may stay ``*``: a policy of an identity reaches into no other account unless
    that one lets it.

    Raises:
        InputError: ``role`` is none of ``ROLES``.
    """
    if role not in ROLES:
        raise InputError(f"--role: found {role!r}; accepted: {', '.join(ROLES)}")
    statements = [
        {
            "Sid": grant.sid,
            "Effect": "Allow",
            "Action": list(grant.actions),
            "Resource": [_arn(stage, account_id, one) for one in grant.resources],
            **({"Condition": grant.condition} if grant.condition else {}),
        }
        for grant in _GRANTS[role](stage)
    ]
    return _document(statements)


def parts(document: dict[str, Any]) -> list[dict[str, Any]]:
    """``document`` as policies that are each no longer than a managed policy may be."""
    found: list[list[dict[str, Any]]] = [[]]
    for statement in document["Statement"]:
        if found[-1] and length(_document([*found[-1], statement])) > LONGEST:
            found.append([])
        found[-1].append(statement)
    return [_document(statements) for statements in found]


def length(document: dict[str, Any]) -> int:
    """In characters, as IAM counts: without white space."""
    return len(re.sub(r"\s", "", json.dumps(document)))


def _document(statements: list[dict[str, Any]]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": statements}


def _arn(stage: Stage, account_id: str, resource: str) -> str:
    if resource == "*" or resource.startswith("arn:"):
        return resource.replace("::*:", f"::{account_id}:")  # those of no region
    service, _, rest = resource.partition(":")
    return f"arn:{partition_of(stage.region)}:{service}:{stage.region}:{account_id}:{rest}"


def _reader(stage: Stage) -> list[Grant]:
    table = f"dynamodb:table/{names.table(stage.suffix)}"
    return [
        Grant(
            "FindTheStage",
            ("cloudformation:DescribeStacks", "cloudformation:ListStackResources"),
            tuple(f"cloudformation:stack/{stack.name}/*" for stack in stacks_of(stage)),
        ),
        # With a narrower scope CloudWatch leaves composite alarms out:
        # https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html
        Grant(
            "ReadAlarms",
            ("cloudwatch:DescribeAlarmHistory", "cloudwatch:DescribeAlarms"),
            ("*",),
        ),
        Grant("ReadMetrics", ("cloudwatch:GetMetricData",), ("*",)),
        *_READ_MUTES,
        Grant(
            "ReadErrors", ("dynamodb:Query",), (table, f"{table}/index/{names.FUNCTION_NAME_INDEX}")
        ),
        *_bugs(stage, "ReadBugs", "dynamodb:GetItem", "dynamodb:Query"),
    ]


def _bugs(stage: Stage, sid: str, *actions: str, kinds: str = "") -> Iterator[Grant]:
    """Rights on what is remembered of bugs, or on the items of ``kinds`` only."""
    if not stage.bugs.enabled:
        return
    table = f"dynamodb:table/{names.bugs_table(stage.suffix)}"
    only = {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": kinds}} if kinds else {}
    yield Grant(sid, actions, (table,), only)


def _triager(stage: Stage) -> list[Grant]:
    # Who decides is known without a right of its own (sts:GetCallerIdentity).
    return [
        *_reader(stage),
        *_bugs(stage, "DecideOnBugs", "dynamodb:PutItem", kinds="bug#*"),
    ]


def _mute_rules(prefix: str, stage: Stage) -> str:
    return f"cloudwatch:alarm-mute-rule:{prefix}*-{stage.suffix}"


def _muter(stage: Stage) -> list[Grant]:
    by_hand = _mute_rules(names.HAND_MUTE_PREFIX, stage)
    return [
        *_reader(stage),
        # A rule is put on alarms, and is a resource of its own.
        Grant("MuteAlarms", ("cloudwatch:PutAlarmMuteRule",), (by_hand, "cloudwatch:alarm:*")),
        Grant(
            "UnmuteAlarms",
            (
                "cloudwatch:DeleteAlarmMuteRule",
                "cloudwatch:ListTagsForResource",
                "cloudwatch:TagResource",
            ),
            (by_hand,),
        ),
    ]


def _exporter(stage: Stage) -> list[Grant]:
    # The bucket is the caller's, and so are the rights on it.
    table = f"dynamodb:table/{names.table(stage.suffix)}"
    return [
        *_reader(stage),
        Grant(
            "ExportErrors",
            ("dynamodb:DescribeTable", "dynamodb:ExportTableToPointInTime"),
            (table,),
        ),
        Grant("AwaitTheExport", ("dynamodb:DescribeExport",), (f"{table}/export/*",)),
    ]


def _importer(stage: Stage) -> list[Grant]:
    table = f"dynamodb:table/{names.table(stage.suffix)}"
    collector = f"lambda:function:{names.function(names.COLLECTOR, stage.suffix)}"
    return [
        *_reader(stage),
        Grant("BringErrorsBack", ("dynamodb:PutItem",), (table,)),
        Grant(
            "TakeDeadLetters",
            (
                "sqs:GetQueueUrl",
                "sqs:ReceiveMessage",
                "sqs:DeleteMessage",
                "sqs:ChangeMessageVisibility",
            ),
            (f"sqs:{names.dead_letters(stage.suffix)}",),
        ),
        Grant("GiveThemToTheCollector", ("lambda:InvokeFunction",), (collector,)),
    ]


def _driller(stage: Stage) -> list[Grant]:
    functions = f"lambda:function:{names.function('*', stage.suffix)}"
    groups = f"logs:log-group:/aws/lambda/{names.function('*', stage.suffix)}"
    of_drills = _mute_rules(names.MUTE_RULE_PREFIX, stage)
    return [
        *_reader(stage),
        Grant("MakeFunctionsFail", ("lambda:InvokeFunction",), (functions,)),
        # The key by which the drill's events are signed is in it.
        Grant("ReadTheKeyOfTheDrill", ("lambda:GetFunctionConfiguration",), (functions,)),
        Grant(
            "ReadWhoMayCallTheCollector",
            ("lambda:GetPolicy",),
            (f"lambda:function:{names.function(names.COLLECTOR, stage.suffix)}",),
        ),
        Grant(
            "SetAlarmStates",
            ("cloudwatch:SetAlarmState",),
            ("cloudwatch:alarm:*",),
        ),
        *_bugs(stage, "AnnounceADrill", "dynamodb:PutItem", kinds="drill"),
        # A rule is put on alarms, and is a resource of its own.
        Grant(
            "MuteAlarms",
            ("cloudwatch:PutAlarmMuteRule",),
            (of_drills, "cloudwatch:alarm:*"),
        ),
        Grant(
            "UnmuteAlarms",
            (
                "cloudwatch:DeleteAlarmMuteRule",
                "cloudwatch:ListTagsForResource",
                "cloudwatch:TagResource",
            ),
            (of_drills,),
        ),
        Grant("ReadStatistics", ("cloudwatch:GetMetricStatistics",), ("*",)),
        Grant(
            "ReadLogs",
            ("logs:DescribeSubscriptionFilters", "logs:FilterLogEvents"),
            (groups, f"{groups}:*"),
        ),
        Grant(
            "Listen",
            ("sns:ListSubscriptionsByTopic", "sns:Subscribe"),
            tuple(f"sns:{topic}" for topic in _topics(stage)),
        ),
        Grant("Speak", ("sns:Publish",), _spoken_to(stage)),
        *_encrypt(stage),
        # SNS knows no resource for a subscription.
        Grant("StopListening", ("sns:GetSubscriptionAttributes", "sns:Unsubscribe"), ("*",)),
        Grant(
            "KeepAProbe",
            (
                "sqs:CreateQueue",
                "sqs:DeleteMessage",
                "sqs:DeleteQueue",
                "sqs:GetQueueUrl",
                "sqs:ListQueueTags",
                "sqs:ReceiveMessage",
                "sqs:TagQueue",
            ),
            (f"sqs:{names.PROBE_QUEUE_PREFIX}*",),
        ),
        # SQS knows no resource for it.
        Grant("FindProbes", ("sqs:ListQueues",), ("*",)),
    ]


def _topics(stage: Stage) -> tuple[str, ...]:
    """Of the alarms, and those of the people whom the notifier tells."""
    people = (names.people_topic(part, stage.suffix) for part in people_topics(stage))
    return (names.topic(stage.suffix), names.pages_topic(stage.suffix), *people)


def _spoken_to(stage: Stage) -> tuple[str, ...]:
    """The topic that the integration tests try; both, where people hear that a drill is held."""
    alerts, pages = f"sns:{names.topic(stage.suffix)}", f"sns:{names.pages_topic(stage.suffix)}"
    return (alerts, pages) if stage.drill_notify else (alerts,)


def _encrypt(stage: Stage) -> Iterator[Grant]:
    """What SNS does with the topic's key in the name of whoever publishes, and for nobody else.

    The key has no name but its alias: https://docs.aws.amazon.com/kms/latest/developerguide/alias-authorization.html
    """
    if stage.topic_key == "none":
        return
    through: Condition = {"StringEquals": {"kms:ViaService": _sns_of(stage.region)}}
    actions = on("kms", "Decrypt GenerateDataKey")
    if stage.topic_key != "own":
        yield Grant("Encrypt", actions, (stage.topic_key,), through)
        return
    alias = {"kms:ResourceAliases": names.topics_key(stage.suffix)}
    yield Grant("Encrypt", actions, ("kms:key/*",), {**through, "ForAnyValue:StringEquals": alias})


def _sns_of(region: str) -> str | list[str]:
    """The service as KMS names it; in China its guide gives no name, and the endpoint's is longer.

    https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-via-service
    """
    name = f"sns.{region}.amazonaws.com"
    return [name, f"{name}.cn"] if partition_of(region) == "aws-cn" else name


def _deployer(stage: Stage) -> list[Grant]:
    """Deploy and remove, and the drill that a deploy holds."""
    own = list(deployer_grants(stage))
    return [*own, *(rest for grant in _driller(stage) if (rest := _beyond(own, grant)).actions)]


def _beyond(others: list[Grant], grant: Grant) -> Grant:
    """``grant`` without the actions that ``others`` allow wherever it does."""
    had = {
        action
        for other in others
        if not other.condition and all(_covers(other, one) for one in grant.resources)
        for action in other.actions
    }
    return replace(grant, actions=tuple(action for action in grant.actions if action not in had))


def _covers(grant: Grant, resource: str) -> bool:
    return any(fnmatchcase(resource, pattern) for pattern in grant.resources)


_GRANTS = {
    "reader": _reader,
    "triager": _triager,
    "exporter": _exporter,
    "muter": _muter,
    "importer": _importer,
    "driller": _driller,
    "deployer": _deployer,
}
ROLES = tuple(_GRANTS)
