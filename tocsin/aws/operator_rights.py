"""Rights to read a stage, decide on bugs, mute alarms, export errors or bring them back."""

from collections.abc import Iterator

from tocsin import names
from tocsin.aws.grant import Grant
from tocsin.config import Stage
from tocsin.stacks import stacks_of

# Rules of anybody may mute an alarm.
_READ_MUTES = (
    Grant("ReadMuteRules", ("cloudwatch:GetAlarmMuteRule",), ("cloudwatch:alarm-mute-rule:*",)),
    Grant("FindMuteRules", ("cloudwatch:ListAlarmMuteRules",), ("*",)),
)


def reader_grants(stage: Stage) -> list[Grant]:
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
        *bug_grants(stage, "ReadBugs", "dynamodb:GetItem", "dynamodb:Query"),
    ]


def bug_grants(stage: Stage, sid: str, *actions: str, kinds: str = "") -> Iterator[Grant]:
    """Rights on what is remembered of bugs, or on the items of ``kinds`` only."""
    if not stage.bugs.enabled:
        return
    table = f"dynamodb:table/{names.bugs_table(stage.suffix)}"
    only = {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": kinds}} if kinds else {}
    yield Grant(sid, actions, (table,), only)


def triager_grants(stage: Stage) -> list[Grant]:
    # Who decides is known without a right of its own (sts:GetCallerIdentity).
    return [
        *reader_grants(stage),
        *bug_grants(stage, "DecideOnBugs", "dynamodb:PutItem", kinds="bug#*"),
    ]


def mute_rules(prefix: str, stage: Stage) -> str:
    return f"cloudwatch:alarm-mute-rule:{prefix}*-{stage.suffix}"


def muter_grants(stage: Stage) -> list[Grant]:
    by_hand = mute_rules(names.HAND_MUTE_PREFIX, stage)
    return [
        *reader_grants(stage),
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


def exporter_grants(stage: Stage) -> list[Grant]:
    # The bucket is the caller's, and so are the rights on it.
    table = f"dynamodb:table/{names.table(stage.suffix)}"
    return [
        *reader_grants(stage),
        Grant(
            "ExportErrors",
            ("dynamodb:DescribeTable", "dynamodb:ExportTableToPointInTime"),
            (table,),
        ),
        Grant("AwaitTheExport", ("dynamodb:DescribeExport",), (f"{table}/export/*",)),
    ]


def importer_grants(stage: Stage) -> list[Grant]:
    table = f"dynamodb:table/{names.table(stage.suffix)}"
    collector = f"lambda:function:{names.function(names.COLLECTOR, stage.suffix)}"
    return [
        *reader_grants(stage),
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
