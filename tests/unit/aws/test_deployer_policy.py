"""The deployer's policy: what CloudFormation does for the stack, what osls and the tools call.

CloudFormation's part is held to the schemas of the resource types, which cfn-lint brings along:
https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-type-schema.html
"""

import copy
import fnmatch
from functools import cache

import pytest
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER

from tests.conftest import DEMO, slow
from tests.unit.aws.test_operator_policies import WITH_TAGS, actions, files, granted, operations
from tocsin import config
from tocsin.aws import operator_policies

pytestmark = slow

__all__ = ["operations"]
ACCOUNT = "123456789012"

# What a schema asks for properties that no template of ours has, by what they are of.
UNUSED = {
    "AWS::DynamoDB::Table": {
        "replicas": "dynamodb:AssociateTableReplica dynamodb:CreateTableReplica"
        " dynamodb:BatchWriteItem dynamodb:DeleteItem dynamodb:GetItem dynamodb:PutItem"
        " dynamodb:Query dynamodb:Scan dynamodb:UpdateItem iam:CreateServiceLinkedRole",
        "imports": "dynamodb:DescribeImport dynamodb:ImportTable logs:CreateLogGroup"
        " logs:CreateLogStream logs:DescribeLogGroups logs:DescribeLogStreams logs:PutLogEvents"
        " logs:PutRetentionPolicy s3:GetObject s3:GetObjectMetadata s3:ListBucket",
        "Kinesis": "dynamodb:DisableKinesisStreamingDestination kinesis:DescribeStream"
        " dynamodb:EnableKinesisStreamingDestination kinesis:PutRecords"
        " dynamodb:UpdateKinesisStreamingDestination",
        "keys": "kms:CreateGrant kms:Decrypt kms:DescribeKey kms:Encrypt kms:ListAliases"
        " kms:RevokeGrant",
        "insights": "dynamodb:UpdateContributorInsights",
        "policies": "dynamodb:PutResourcePolicy dynamodb:DeleteResourcePolicy",
    },
    "AWS::IAM::Role": {
        "boundaries": "iam:DeleteRolePermissionsBoundary iam:PutRolePermissionsBoundary",
        "descriptions": "iam:UpdateRoleDescription",
    },
    "AWS::KMS::Key": {"keys switched off": "kms:DisableKey kms:EnableKey"},
    "AWS::Lambda::EventSourceMapping": {"keys": "kms:Decrypt kms:GenerateDataKey"},
    "AWS::Lambda::Function": {
        "networks": "ec2:DescribeNetworkInterfaces ec2:DescribeSecurityGroups ec2:DescribeSubnets"
        " ec2:DescribeVpcs",
        "file systems": "elasticfilesystem:DescribeMountTargets s3files:ListMountTargets",
        "keys": "kms:CreateGrant kms:Decrypt kms:Encrypt kms:GenerateDataKey",
        "signed code": "lambda:GetCodeSigningConfig lambda:DeleteFunctionCodeSigningConfig"
        " lambda:PutFunctionCodeSigningConfig",
        "versions": "lambda:AssociateRuntimeAlias lambda:PublishVersion s3:GetObjectVersion",
        "capacity": "lambda:GetFunctionScalingConfig lambda:PassCapacityProvider"
        " lambda:PutFunctionScalingConfig",
    },
    "AWS::Lambda::LayerVersion": {"versions": "s3:GetObjectVersion"},
    "AWS::Logs::LogGroup": {
        "data protection": "firehose:TagDeliveryStream logs:CreateLogDelivery"
        " logs:DeleteDataProtectionPolicy logs:GetDataProtectionPolicy"
        " logs:PutDataProtectionPolicy s3:REST.PUT.OBJECT",
        "indexes": "logs:DeleteIndexPolicy logs:DescribeIndexPolicies logs:PutIndexPolicy",
        "policies": "logs:DeleteResourcePolicy logs:DescribeResourcePolicies"
        " logs:PutResourcePolicy",
        "keys": "logs:AssociateKmsKey logs:DisassociateKmsKey",
        "tokens": "logs:PutBearerTokenAuthentication logs:PutLogGroupDeletionProtection",
    },
    "AWS::SNS::Topic": {
        "data protection": "sns:GetDataProtectionPolicy sns:PutDataProtectionPolicy"
    },
    "AWS::SecretsManager::Secret": {
        "replicas": "secretsmanager:RemoveRegionsFromReplication"
        " secretsmanager:ReplicateSecretToRegions"
    },
}
# Of a bucket the schema names every property there is; osls gives its own these.
BUCKET = {
    "s3:CreateBucket", "s3:DeleteBucket", "s3:GetBucketPublicAccessBlock", "s3:GetBucketTagging",
    "s3:GetEncryptionConfiguration", "s3:ListBucket", "s3:PutBucketPublicAccessBlock",
    "s3:PutBucketTagging", "s3:PutEncryptionConfiguration",
}  # fmt: skip
# Properties that its owner may set for a function at any time, and rules for who may be missing.
ANY_TIME = {
    "lambda:DeleteFunctionEventInvokeConfig", "lambda:GetFunctionEventInvokeConfig",
    "lambda:PutFunctionEventInvokeConfig", "lambda:UpdateFunctionEventInvokeConfig",
    "cloudwatch:DeleteAlarmMuteRule", "cloudwatch:GetAlarmMuteRule",
    "cloudwatch:PutAlarmMuteRule", "sns:GetSubscriptionAttributes", "sns:Subscribe",
    "sns:SetSubscriptionAttributes", "sns:Unsubscribe", "sns:ListSubscriptionsByTopic",
}  # fmt: skip
# What osls calls itself: node_modules/osls/lib/plugins/aws/{deploy,remove,lib}; seen by the relay
# of tests/e2e/test_aws_habits.py, but for a stack whose bucket is gone and a filter that has moved.
OSLS = {
    "cloudformation:CreateStack", "cloudformation:DeleteStack", "cloudformation:DescribeStacks",
    "cloudformation:DescribeStackEvents", "cloudformation:DescribeStackResource",
    "cloudformation:GetTemplate", "cloudformation:ListStackResources",
    "cloudformation:UpdateStack", "cloudformation:ValidateTemplate", "lambda:GetFunction",
    "logs:DescribeSubscriptionFilters", "logs:DeleteSubscriptionFilter", "s3:ListBucket",
    "s3:GetObject", "s3:PutObject", "s3:DeleteObject",
    "cloudformation:TagResource",  # CreateStack, with the tags that every stack has
}  # fmt: skip
DRILL_LEFTOVERS = {"sqs:GetQueueUrl"}


@cache
def handlers(type_):
    """What CloudFormation calls to make, read, change and remove a resource of this type."""
    found = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", type_).schema["handlers"]
    asked = {
        action
        for kind in ("create", "read", "update", "delete")
        for action in found.get(kind, {}).get("permissions", ())
    }
    if type_ == "AWS::S3::Bucket":
        return asked & BUCKET
    unused = {action for actions_ in UNUSED.get(type_, {}).values() for action in actions_.split()}
    assert unused <= asked, f"{type_} no longer asks for {sorted(unused - asked)}"
    return asked - unused


def document(stage="prod", account=ACCOUNT):
    return operator_policies.policy(config.load(DEMO, stage), "deployer", account)


def allows(policy, action, resource="*"):
    """Whether a statement has the action and the resource; conditions are passed over."""
    return any(
        action in statement["Action"]
        and any(
            resource == "*" or fnmatch.fnmatchcase(resource, pattern)
            for pattern in statement["Resource"]
        )
        for statement in policy["Statement"]
    )


def arns(type_, properties):
    """service -> the ARN of a resource of a template, where its name stands there."""
    named = {
        "AWS::CloudWatch::Alarm": ("cloudwatch", "alarm:{AlarmName}"),
        "AWS::CloudWatch::CompositeAlarm": ("cloudwatch", "alarm:{AlarmName}"),
        "AWS::KMS::Alias": ("kms", "{AliasName}"),
        "AWS::DynamoDB::Table": ("dynamodb", "table/{TableName}"),
        "AWS::Lambda::Function": ("lambda", "function:{FunctionName}"),
        "AWS::Lambda::LayerVersion": ("lambda", "layer:{LayerName}"),
        "AWS::Logs::LogGroup": ("logs", "log-group:{LogGroupName}"),
        "AWS::SNS::Topic": ("sns", "{TopicName}"),
        "AWS::SQS::Queue": ("sqs", "{QueueName}"),
        "AWS::SecretsManager::Secret": ("secretsmanager", "secret:{Name}-AbCdEf"),
    }
    of_no_region = {
        "AWS::CloudWatch::Dashboard": ("cloudwatch", f"{ACCOUNT}:dashboard/{{DashboardName}}"),
        "AWS::IAM::Role": ("iam", f"{ACCOUNT}:role/{{RoleName}}"),
    }
    if type_ == "AWS::S3::Bucket":
        return {"s3": "arn:aws:s3:::tocsin-prod-serverlessdeploymentbucket-1abcdefgh"}
    if type_ in named:
        service, form = named[type_]
        return {service: f"arn:aws:{service}:us-east-1:{ACCOUNT}:{form.format(**properties)}"}
    if type_ in of_no_region:
        service, form = of_no_region[type_]
        return {service: f"arn:aws:{service}::{form.format(**properties)}"}
    return {}


# CloudFormation asks for these without naming one of ours.
WITHOUT_RESOURCE = {
    "cloudwatch:DescribeAlarms", "iam:PassRole", "kms:CreateKey", "kms:ListAliases",
    "lambda:GetEventSourceMapping", "lambda:GetLayerVersion", "logs:DescribeLogGroups",
    "secretsmanager:GetRandomPassword", "sqs:ListQueues",
}  # fmt: skip


def needs(template):
    """(action, ARN) of everything that CloudFormation does for ``template``."""
    for resource in template["Resources"].values():
        named = arns(resource["Type"], resource.get("Properties", {}))
        for action in handlers(resource["Type"]):
            service = action.partition(":")[0]
            plain = action in WITHOUT_RESOURCE or service not in named
            yield action, "*" if plain else named[service]


def test_cloudformation_may_do_for_a_deployer_what_the_stack_needs(compiled) -> None:
    policy = document()
    refused = {need for need in needs(compiled("prod")) if not allows(policy, *need)}
    assert refused == set()


def test_osls_and_the_tools_may_call_what_they_call(operations) -> None:
    called = OSLS | actions(
        files(("deploy/*.py", "aws/alarm_muting.py", "triage/release_order.py")), operations
    )
    assert called - granted("deployer") == set()


def test_a_deployer_may_do_nothing_that_nobody_does_for_a_deploy(compiled, operations) -> None:
    types = {resource["Type"] for resource in compiled("prod")["Resources"].values()}
    for_stack = {action for type_ in types for action in handlers(type_)}
    called = actions(
        files(("deploy/*.py", "aws/alarm_muting.py", "triage/release_order.py")), operations
    )
    known = for_stack | called | OSLS | ANY_TIME | DRILL_LEFTOVERS
    assert granted("deployer") - known - granted("driller") - WITH_TAGS == set()


def test_each_statement_is_needed(compiled, operations) -> None:
    """Without any one of them something is refused that a deploy, its drill or `remove` does."""
    policy = document()
    driller = operator_policies.policy(config.load(DEMO, "prod"), "driller", ACCOUNT)
    asked = set(needs(compiled("prod"))) | {(action, "*") for action in OSLS | ANY_TIME}
    asked |= {("dynamodb:UpdateItem", "*"), ("cloudwatch:DescribeAlarmHistory", "*")}
    asked |= {("cloudwatch:ListAlarmMuteRules", "*"), ("sqs:ListQueues", "*")}
    # `remove` ends the windows that somebody made by hand.
    by_hand = f"arn:aws:cloudwatch:us-east-1:{ACCOUNT}:alarm-mute-rule:hand-mute-1-prod"
    asked.add(("cloudwatch:DeleteAlarmMuteRule", by_hand))
    asked |= {
        (action, resource)
        for statement in driller["Statement"]
        for action in statement["Action"]
        for resource in statement["Resource"]
    }
    assert {need for need in asked if not allows(policy, *need)} == set()
    for number, statement in enumerate(policy["Statement"]):
        less = copy.deepcopy(policy)
        del less["Statement"][number]
        refused = [need for need in asked if not allows(less, *need)]
        assert refused, f"{statement['Sid']} is not needed"


def test_a_deployer_reaches_no_other_stage() -> None:
    for statement in document()["Statement"]:
        for resource in statement["Resource"]:
            tagged = "prod" in str(statement.get("Condition"))
            of_anyone = resource == "*" or resource.endswith(
                (":alarm:*", ":drill-probe-*", ":alarm-mute-rule:*")
            )
            assert of_anyone or tagged or "prod" in resource, (statement["Sid"], resource)


def test_it_comes_in_parts_that_a_managed_policy_takes() -> None:
    whole = document()
    pieces = operator_policies.parts(whole)
    assert len(pieces) > 1
    assert [one for piece in pieces for one in piece["Statement"]] == whole["Statement"]
    assert max(operator_policies.length(piece) for piece in pieces) <= 6_144
    sids = [statement["Sid"] for statement in whole["Statement"]]
    assert len(sids) == len(set(sids))


@pytest.mark.parametrize(
    ("region", "partition", "through"),
    [
        ("eu-central-1", "aws", ["sns.eu-central-1.amazonaws.com"]),
        ("us-gov-west-1", "aws-us-gov", ["sns.us-gov-west-1.amazonaws.com"]),
        ("cn-north-1", "aws-cn",
         ["sns.cn-north-1.amazonaws.com", "sns.cn-north-1.amazonaws.com.cn"]),
    ],
)  # fmt: skip
def test_it_is_written_for_the_partition(region, partition, through) -> None:
    policy = operator_policies.policy(config.load(DEMO, "prod", region=region), "deployer", ACCOUNT)
    resources = [one for statement in policy["Statement"] for one in statement["Resource"]]
    assert {one.split(":")[1] for one in resources if one != "*"} == {partition}
    (encrypt,) = [one for one in policy["Statement"] if one["Sid"] == "Encrypt"]
    found = encrypt["Condition"]["StringEquals"]["kms:ViaService"]
    assert (found if isinstance(found, list) else [found]) == through
