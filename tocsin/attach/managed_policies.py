"""What a managed policy of AWS says of putting items, as far as its name tells.

https://docs.aws.amazon.com/aws-managed-policy/latest/reference/policy-list.html
"""

from tocsin.attach.found import Statement

PUT = "dynamodb:PutItem"
_EVERY_TABLE = frozenset(
    {
        "AdministratorAccess", "PowerUserAccess", "AmazonDynamoDBFullAccess",
        "AmazonDynamoDBFullAccess_v2",
    }
)  # fmt: skip
# What functions are given most; none of these puts an item.
_NO_TABLE = frozenset(
    {
        "AWSLambdaBasicExecutionRole", "AWSLambdaDynamoDBExecutionRole",
        "AWSLambdaENIManagementAccess", "AWSLambdaExecute", "AWSLambdaInvocation-DynamoDB",
        "AWSLambdaKinesisExecutionRole", "AWSLambdaMSKExecutionRole", "AWSLambdaRole",
        "AWSLambdaSQSQueueExecutionRole", "AWSLambdaVPCAccessExecutionRole",
        "AWSXRayDaemonWriteAccess", "AWSXrayWriteOnlyAccess", "AmazonDynamoDBReadOnlyAccess",
        "AmazonS3FullAccess", "AmazonS3ReadOnlyAccess", "AmazonSNSFullAccess",
        "AmazonSQSFullAccess", "CloudWatchLambdaInsightsExecutionRolePolicy",
        "CloudWatchLogsFullAccess",
    }
)  # fmt: skip


def statements_of_managed(policy: str | None) -> tuple[Statement, ...]:
    """Those of a policy that is in no template, by its name or ARN; None where that is not known.

    A policy that is not known here may let a function put items, into a table that is not known.
    """
    name = "" if policy is None else policy.rpartition("/")[2]
    if name in _NO_TABLE:
        return ()
    return (Statement("Allow", (PUT,), ("*" if name in _EVERY_TABLE else None,)),)
