"""The table, the logs and the queues: keys, retention, encryption, what outlives the stack."""

from collections.abc import Iterator

from tests.mutations.edits import Resource, breaks, drop, dropping, everywhere, get, put, setting

TABLE = "AWS::DynamoDB::Table"
GROUP = "AWS::Logs::LogGroup"
FILTER = "AWS::Logs::SubscriptionFilter"
QUEUE = "AWS::SQS::Queue"
TOPIC = "AWS::SNS::Topic"
KEY = "AWS::KMS::Key"
BOTH = ("dev", "prod")
INDEX = ("GlobalSecondaryIndexes", 0)


def _reversed_keys(schema: list[dict[str, str]]) -> list[dict[str, str]]:
    names = [attribute["AttributeName"] for attribute in reversed(schema)]
    return [
        {**attribute, "AttributeName": name} for attribute, name in zip(schema, names, strict=True)
    ]


breaks(TABLE, "hash and range key swapped")(everywhere("KeySchema", _reversed_keys))
breaks(TABLE, "range key dropped")(everywhere("KeySchema", lambda keys: keys[:1]))
breaks(TABLE, "another index key")(setting(*INDEX, "KeySchema", 0, "AttributeName", to="errorId"))
breaks(TABLE, "index dropped")(dropping(*INDEX))
breaks(TABLE, "index renamed")(everywhere("IndexName", lambda name: f"{name}2"))
breaks(TABLE, "index without the attributes")(
    setting(*INDEX, "Projection", to={"ProjectionType": "KEYS_ONLY"})
)
breaks(TABLE, "attribute's type")(setting("AttributeDefinitions", 1, "AttributeType", to="N"))
breaks(TABLE, "no recovery to a point in time", *BOTH)(
    everywhere("PointInTimeRecoveryEnabled", lambda value: False)
)
breaks(TABLE, "keeps expired records", *BOTH)(
    setting("TimeToLiveSpecification", "Enabled", to=False)
)
breaks(TABLE, "expiry by another attribute")(
    setting("TimeToLiveSpecification", "AttributeName", to="timestamp")
)
breaks(TABLE, "paid by capacity")(setting("BillingMode", to="PROVISIONED"))
breaks(TABLE, "encryption")(everywhere("SSEEnabled", lambda value: False))


@breaks(TABLE, "fate at the stack's removal", *BOTH)
def fate(table: Resource) -> Iterator[Resource]:
    for policy in ("DeletionPolicy", "UpdateReplacePolicy"):
        found = table.get(policy)
        yield put(table, (policy,), "Retain" if found == "Delete" else "Delete")
        if found is not None:
            yield drop(table, (policy,))


breaks(GROUP, "kept forever", *BOTH)(dropping("RetentionInDays"))
breaks(GROUP, "retention", *BOTH)(everywhere("RetentionInDays", lambda days: 1))
breaks(GROUP, "of no function")(
    everywhere("LogGroupName", lambda name: name.replace("/aws/lambda/", "/aws/functions/"))
)

breaks(FILTER, "lets everything through")(setting("FilterPattern", to=""))
breaks(FILTER, "lets nothing through")(setting("FilterPattern", to='"no such line"'))
breaks(FILTER, "leads elsewhere")(
    setting("DestinationArn", to={"Fn::GetAtt": ["OrdersLambdaFunction", "Arn"]})
)
breaks(FILTER, "of another log")(setting("LogGroupName", to={"Ref": "CollectorLogGroup"}))


@breaks(FILTER, "one term less")
def one_term_less(subscription: Resource) -> Iterator[Resource]:
    """Only where every term is an alternative of its own, as ``?a ?"b c"``."""
    path = ("Properties", "FilterPattern")
    first, *others = str(get(subscription, path)).split(" ?")
    if first.startswith("?"):
        yield put(subscription, path, f"?{' ?'.join(others)}")
        yield put(subscription, path, " ?".join([first, *others[:-1]]))


@breaks(FILTER, "before it may call")
def before_it_may_call(subscription: Resource) -> Iterator[Resource]:
    if "DependsOn" in subscription:
        yield drop(subscription, ("DependsOn",))


breaks(QUEUE, "not encrypted")(setting("SqsManagedSseEnabled", to=False))
breaks(QUEUE, "kept for an hour")(setting("MessageRetentionPeriod", to=3600))

breaks(TOPIC, "not encrypted", *BOTH)(dropping("KmsMasterKeyId"))
breaks(TOPIC, "by a key that lets no alarm publish", *BOTH)(
    setting("KmsMasterKeyId", to="alias/aws/sns")
)
breaks(KEY, "not rotated")(setting("EnableKeyRotation", to=False))
breaks(KEY, "disabled")(lambda key: iter([put(key, ("Properties", "Enabled"), False)]))
