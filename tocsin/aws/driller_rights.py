"""What whoever holds the drill needs, beyond reading the stage."""

from collections.abc import Iterator

from tocsin import names
from tocsin.aws.grant import Condition, Grant, on
from tocsin.aws.operator_rights import bug_grants, mute_rules, reader_grants
from tocsin.cloudwatch.regions import partition_of
from tocsin.config import Stage
from tocsin.stacks.people import people_topics


def driller_grants(stage: Stage) -> list[Grant]:
    functions = f"lambda:function:{names.function('*', stage.suffix)}"
    groups = f"logs:log-group:/aws/lambda/{names.function('*', stage.suffix)}"
    of_drills = mute_rules(names.MUTE_RULE_PREFIX, stage)
    return [
        *reader_grants(stage),
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
        *bug_grants(stage, "AnnounceADrill", "dynamodb:PutItem", kinds="drill"),
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
