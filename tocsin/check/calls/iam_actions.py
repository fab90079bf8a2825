"""The IAM actions that an operation of AWS is allowed by.

Most carry the operation's name; which do is told by the list of all actions that cfn-lint ships.
What has another name is below. Of an operation that neither knows, nothing is said.
https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

import functools
import json
from collections.abc import Mapping
from importlib import resources

from tocsin.check.calls import sdk_models

Need = tuple[str, ...]
"""Actions of which one has to be granted."""

# Service -> what its actions begin with, where that is not the name that its requests are signed
# with.
_PREFIXES = {
    "apigatewaymanagementapi": "execute-api",
    "bedrock-agent-runtime": "bedrock",
    "bedrock-runtime": "bedrock",
    "cloudwatch": "cloudwatch",
    "iot-data": "iot",
}
_NONE_NEEDED: tuple[Need, ...] = ()

# https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html
_S3: dict[str, tuple[Need, ...]] = {
    "AbortMultipartUpload": (("s3:AbortMultipartUpload",),),
    "CompleteMultipartUpload": (("s3:PutObject",),),
    "CopyObject": (("s3:GetObject",), ("s3:PutObject",)),
    "CreateMultipartUpload": (("s3:PutObject",),),
    "DeleteObject": (("s3:DeleteObject",),),
    "DeleteObjects": (("s3:DeleteObject",),),
    "GetObject": (("s3:GetObject",),),
    "HeadBucket": (("s3:ListBucket",),),
    "HeadObject": (("s3:GetObject",),),
    "ListBuckets": (("s3:ListAllMyBuckets",),),
    "ListMultipartUploads": (("s3:ListBucketMultipartUploads",),),
    "ListObjectVersions": (("s3:ListBucketVersions",),),
    "ListObjects": (("s3:ListBucket",),),
    "ListObjectsV2": (("s3:ListBucket",),),
    "ListParts": (("s3:ListMultipartUploadParts",),),
    "PutObject": (("s3:PutObject",),),
    "SelectObjectContent": (("s3:GetObject",),),
    "UploadPart": (("s3:PutObject",),),
    "UploadPartCopy": (("s3:GetObject",), ("s3:PutObject",)),
}
_WRITING = ("dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem",
            "dynamodb:ConditionCheckItem")  # fmt: skip
_PARTIQL = ("dynamodb:PartiQLSelect", "dynamodb:PartiQLInsert", "dynamodb:PartiQLUpdate",
            "dynamodb:PartiQLDelete")  # fmt: skip
_OTHER_NAMES: dict[tuple[str, str], tuple[Need, ...]] = {
    **{("s3", operation): needs for operation, needs in _S3.items()},
    # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html
    ("dynamodb", "TransactGetItems"): (("dynamodb:GetItem",),),
    ("dynamodb", "TransactWriteItems"): (_WRITING,),
    # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-iam.html
    ("dynamodb", "ExecuteStatement"): (_PARTIQL,),
    ("dynamodb", "BatchExecuteStatement"): (_PARTIQL,),
    ("dynamodb", "ExecuteTransaction"): (_PARTIQL,),
    ("sqs", "SendMessageBatch"): (("sqs:SendMessage",),),
    ("sqs", "DeleteMessageBatch"): (("sqs:DeleteMessage",),),
    ("sqs", "ChangeMessageVisibilityBatch"): (("sqs:ChangeMessageVisibility",),),
    ("sns", "PublishBatch"): (("sns:Publish",),),
    ("lambda", "Invoke"): (("lambda:InvokeFunction",),),
    ("lambda", "InvokeAsync"): (("lambda:InvokeFunction",),),
    ("lambda", "InvokeWithResponseStream"): (("lambda:InvokeFunction",),),
    ("apigatewaymanagementapi", "PostToConnection"): (("execute-api:ManageConnections",),),
    ("apigatewaymanagementapi", "GetConnection"): (("execute-api:ManageConnections",),),
    ("apigatewaymanagementapi", "DeleteConnection"): (("execute-api:ManageConnections",),),
    ("bedrock-runtime", "Converse"): (("bedrock:InvokeModel",),),
    ("bedrock-runtime", "ConverseStream"): (("bedrock:InvokeModelWithResponseStream",),),
    # https://docs.aws.amazon.com/ses/latest/dg/control-user-access.html
    ("sesv2", "SendEmail"): (("ses:SendEmail", "ses:SendRawEmail", "ses:SendTemplatedEmail"),),
    # AWS answers these to whoever signs.
    ("sts", "GetCallerIdentity"): _NONE_NEEDED,
    ("sts", "GetSessionToken"): _NONE_NEEDED,
}


_NAMED_HERE = frozenset(
    action for needs in _OTHER_NAMES.values() for need in needs for action in need
)


def needs_of(service: str, operation: str) -> tuple[Need, ...]:
    """What an operation needs, by its name where no other is known."""
    known = _OTHER_NAMES.get((service, operation))
    if known is not None:
        return known
    if not sdk_models.is_signed(service, operation):
        return _NONE_NEEDED
    prefix = _PREFIXES.get(service) or sdk_models.signing_name(service)
    return ((f"{prefix}:{operation}",),)


def is_known(need: Need) -> bool:
    """Whether IAM has such actions: not every operation is allowed by one of its own name."""
    return all(action in _NAMED_HERE or is_listed(action) for action in need)


def is_listed(action: str) -> bool:
    """Whether cfn-lint lists an action of IAM's of this name."""
    prefix, _, name = action.partition(":")
    return name.lower() in _known_actions().get(prefix, ())


@functools.cache
def _known_actions() -> Mapping[str, frozenset[str]]:
    """Prefix -> the actions of the service, in lower case; empty where cfn-lint has no list."""
    file = resources.files("cfnlint") / "data" / "AdditionalSpecs" / "Policies.json"
    try:
        services = json.loads(file.read_text(encoding="utf-8"))
        return {name: frozenset(service["Actions"]) for name, service in services.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}
