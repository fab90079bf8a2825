"""What somebody needs who deploys and removes a stage and is no administrator.

CloudFormation makes everything in the name of who calls it. Which calls that are stands in the
schema of each type of resource, as ``handlers``:
https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-type-schema.html
"""

from collections.abc import Iterator

from tocsin import names
from tocsin.aws.deployer_event_rights import event_grants
from tocsin.aws.grant import Condition, Grant, on
from tocsin.bugs.bug_items import RELEASE
from tocsin.cloudwatch.regions import partition_of
from tocsin.config import Stage
from tocsin.stacks import stacks_of
from tocsin.stacks.people import people_topics


def deployer_grants(stage: Stage) -> Iterator[Grant]:
    """For ``deploy`` and ``remove``; the drill after a deploy is a driller's."""
    yield from _stacks(stage)
    yield from _functions(stage)
    yield from _roles(stage)
    yield from _watching(stage)
    yield from _stores(stage)
    yield from _topics(stage)
    yield from event_grants(stage)


def _stacks(stage: Stage) -> Iterator[Grant]:
    # Stacks of groups that are yet to come are among them.
    named = (stage.stack_name, f"{stage.service}-*-{stage.suffix}")
    yield Grant(
        "DeployStacks",
        on(
            "cloudformation",
            "CreateStack DeleteStack DescribeStackEvents DescribeStackResource GetTemplate"
            " ListStackResources TagResource UpdateStack",
        ),
        tuple(f"cloudformation:stack/{name}/*" for name in named),
    )
    yield Grant("FindStacks", on("cloudformation", "DescribeStacks ValidateTemplate"), ("*",))
    partition = partition_of(stage.region)
    # CloudFormation shortens a stack's name that is long.
    starts = dict.fromkeys(
        f"{stack.name.lower()[:30]}*serverlessdeploymentb*" for stack in stacks_of(stage)
    )
    buckets = tuple(f"arn:{partition}:s3:::{start}" for start in starts)
    yield Grant(
        "KeepWhatIsDeployed",
        on(
            "s3",
            "CreateBucket DeleteBucket DeleteBucketPolicy GetBucketPolicy"
            " GetBucketPublicAccessBlock GetBucketTagging GetEncryptionConfiguration ListBucket"
            " PutBucketPolicy PutBucketPublicAccessBlock PutBucketTagging"
            " PutEncryptionConfiguration",
        ),
        buckets,
    )
    # CloudFormation and Lambda read there, too, in the name of who deploys.
    yield Grant(
        "KeepArchives",
        on("s3", "DeleteObject GetObject PutObject"),
        tuple(f"{bucket}/*" for bucket in buckets),
    )


def _functions(stage: Stage) -> Iterator[Grant]:
    own = {f"lambda:function:{function.name}" for function in stage.functions if function.named}
    yield Grant(
        "MakeFunctions",
        on(
            "lambda",
            "AddPermission CreateFunction DeleteFunction DeleteFunctionConcurrency"
            " DeleteFunctionEventInvokeConfig GetFunction GetFunctionCodeSigningConfig"
            " GetFunctionEventInvokeConfig GetFunctionRecursionConfig GetPolicy"
            " GetRuntimeManagementConfig ListTags PutFunctionConcurrency"
            " PutFunctionEventInvokeConfig PutFunctionRecursionConfig PutRuntimeManagementConfig"
            " RemovePermission TagResource UntagResource UpdateFunctionCode"
            " UpdateFunctionConfiguration UpdateFunctionEventInvokeConfig",
        ),
        (f"lambda:function:{names.function('*', stage.suffix)}", *sorted(own)),
    )
    layers = (
        f"lambda:layer:{names.layer(stage.suffix)}",
        f"lambda:layer:{names.layer(stage.suffix, '*')}",
    )
    yield Grant(
        "MakeLayers",
        on("lambda", "DeleteLayerVersion GetLayerVersion PublishLayerVersion"),
        (*layers, *(f"{layer}:*" for layer in layers)),
    )


def _roles(stage: Stage) -> Iterator[Grant]:
    partition = partition_of(stage.region)
    roles = (f"arn:{partition}:iam::*:role/{names.role('*', stage.suffix)}",)
    yield Grant(
        "MakeRoles",
        on(
            "iam",
            "AttachRolePolicy CreateRole DeleteRole DeleteRolePolicy DetachRolePolicy GetRole"
            " GetRolePolicy ListAttachedRolePolicies ListRolePolicies PutRolePolicy TagRole"
            " UntagRole UpdateAssumeRolePolicy UpdateRole",
        ),
        roles,
    )
    to_lambda: Condition = {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}
    yield Grant("GiveRolesToFunctions", ("iam:PassRole",), roles, to_lambda)


def _watching(stage: Stage) -> Iterator[Grant]:
    groups = {f"logs:log-group:{function.log_group}" for function in stage.watched}
    groups.add(f"logs:log-group:{names.log_group(names.function('*', stage.suffix))}")
    yield Grant(
        "KeepLogs",
        on(
            "logs",
            "CreateLogGroup DeleteLogGroup DeleteRetentionPolicy DeleteSubscriptionFilter"
            " DescribeSubscriptionFilters ListTagsForResource PutRetentionPolicy"
            " PutSubscriptionFilter TagResource UntagResource",
        ),
        tuple(name for group in sorted(groups) for name in (group, f"{group}:*")),
    )
    yield Grant("FindLogs", ("logs:DescribeLogGroups",), ("*",))
    alarms = (f"cloudwatch:alarm:*-{stage.suffix}",)
    yield Grant(
        "MakeAlarms",
        on(
            "cloudwatch",
            "DeleteAlarms ListTagsForResource PutCompositeAlarm PutMetricAlarm TagResource"
            " UntagResource",
        ),
        alarms,
    )
    # After a deploy of a stage with a rollback, to say which alarm it was.
    yield Grant("FindAlarms", on("cloudwatch", "DescribeAlarmHistory DescribeAlarms"), ("*",))
    starts = (names.MUTE_PREFIX, names.HAND_MUTE_PREFIX, names.MUTE_RULE_PREFIX)
    rules = tuple(f"cloudwatch:alarm-mute-rule:{start}*-{stage.suffix}" for start in starts)
    if stage.mutes:  # a rule is put on alarms, and is a resource of its own
        yield Grant("MakeMuteRules", ("cloudwatch:PutAlarmMuteRule",), (rules[0], *alarms))
    # Those of windows that are no longer in monitoring.yml, and `remove` ends those made by hand.
    yield Grant(
        "KeepMuteRules",
        on(
            "cloudwatch",
            "DeleteAlarmMuteRule GetAlarmMuteRule ListTagsForResource TagResource UntagResource",
        ),
        rules,
    )
    yield Grant("FindMuteRules", ("cloudwatch:ListAlarmMuteRules",), ("*",))
    # A dashboard is of no region.
    dashboards = f"arn:{partition_of(stage.region)}:cloudwatch::*:dashboard/*-{stage.suffix}"
    yield Grant(
        "MakeDashboards",
        on(
            "cloudwatch",
            "DeleteDashboards GetDashboard ListTagsForResource PutDashboard TagResource"
            " UntagResource",
        ),
        (dashboards,),
    )


def _stores(stage: Stage) -> Iterator[Grant]:
    tables = [names.table(stage.suffix)]
    if stage.bugs.enabled:
        tables.append(names.bugs_table(stage.suffix))
    yield Grant(
        "MakeTables",
        on(
            "dynamodb",
            "CreateTable DeleteTable DescribeContinuousBackups DescribeContributorInsights"
            " DescribeKinesisStreamingDestination DescribeTable DescribeTimeToLive"
            " GetResourcePolicy ListTagsOfResource TagResource UntagResource"
            " UpdateContinuousBackups UpdateTable UpdateTimeToLive",
        ),
        tuple(f"dynamodb:table/{table}" for table in tables),
    )
    if stage.bugs.enabled:
        yield Grant(
            "NoteTheRelease",
            ("dynamodb:UpdateItem",),
            (f"dynamodb:table/{names.bugs_table(stage.suffix)}",),
            {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": RELEASE}},
        )
    queues = (names.dead_letters(stage.suffix), names.undelivered(stage.suffix))
    # `remove` also clears the queues that a killed drill has left.
    probes = f"{names.PROBE_QUEUE_PREFIX}*"
    yield Grant(
        "MakeQueues",
        on(
            "sqs",
            "CreateQueue DeleteQueue GetQueueAttributes GetQueueUrl ListQueueTags"
            " SetQueueAttributes TagQueue UntagQueue",
        ),
        tuple(f"sqs:{queue}" for queue in (*queues, probes)),
    )
    yield Grant("FindQueues", ("sqs:ListQueues",), ("*",))
    yield Grant(
        "MakeTheKeyOfTheDrill",
        on(
            "secretsmanager",
            "CreateSecret DeleteSecret DescribeSecret GetSecretValue TagResource UntagResource"
            " UpdateSecret",
        ),
        (f"secretsmanager:secret:{names.drill_key(stage.suffix)}-*",),
    )
    yield Grant("MakeUpSecrets", ("secretsmanager:GetRandomPassword",), ("*",))


def _topics(stage: Stage) -> Iterator[Grant]:
    people = (names.people_topic(part, stage.suffix) for part in people_topics(stage))
    topics = (names.topic(stage.suffix), names.pages_topic(stage.suffix), *people)
    yield Grant(
        "MakeTopics",
        on(
            "sns",
            "CreateTopic DeleteTopic GetTopicAttributes ListSubscriptionsByTopic"
            " ListTagsForResource SetTopicAttributes Subscribe TagResource UntagResource",
        ),
        tuple(f"sns:{topic}" for topic in topics),
    )
    # SNS knows no resource for a subscription.
    yield Grant(
        "Subscribe",
        on("sns", "GetSubscriptionAttributes SetSubscriptionAttributes Unsubscribe"),
        ("*",),
    )
    if stage.topic_key == "own":
        yield from _key(stage)


def _key(stage: Stage) -> Iterator[Grant]:
    # A key has no name before it is there: it is known by the tags that the stack gives it.
    tags = {"service": stage.service, "stage": stage.name}
    made: Condition = {
        "StringEquals": {f"aws:RequestTag/{key}": value for key, value in tags.items()}
    }
    kept: Condition = {
        "StringEquals": {f"aws:ResourceTag/{key}": value for key, value in tags.items()}
    }
    yield Grant("MakeTheTopicsKey", on("kms", "CreateKey TagResource"), ("*",), made)
    yield Grant(
        "KeepTheTopicsKey",
        on(
            "kms",
            "CreateAlias DeleteAlias DescribeKey DisableKeyRotation EnableKeyRotation GetKeyPolicy"
            " GetKeyRotationStatus ListResourceTags PutKeyPolicy ScheduleKeyDeletion TagResource"
            " UntagResource UpdateAlias UpdateKeyDescription",
        ),
        ("kms:key/*",),
        kept,
    )
    alias = f"kms:{names.topics_key(stage.suffix)}"
    yield Grant("NameTheTopicsKey", on("kms", "CreateAlias DeleteAlias UpdateAlias"), (alias,))
    yield Grant("FindAliases", ("kms:ListAliases",), ("*",))
