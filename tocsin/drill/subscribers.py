"""Whether those who shall be told can be told: each declared subscription, there and confirmed.

SNS keeps a subscription whose link nobody followed, and says nothing when somebody follows the
one that ends it. The listing names an unconfirmed one "PendingConfirmation" instead of its ARN.
https://docs.aws.amazon.com/sns/latest/api/API_ListSubscriptionsByTopic.html
"""

from collections.abc import Iterator

from tocsin.aws.account import Account
from tocsin.config import Stage
from tocsin.config.selection import STAGE
from tocsin.drill.checks import Check, Kind, Link, Stopwatch, outcome
from tocsin.drill.topics import Topics

_PENDING = "PendingConfirmation"
_GONE = "Deleted"


def subscribers(account: Account, stage: Stage, topics: Topics) -> Iterator[Check]:
    """One check for each notification that monitoring.yml declares for ``stage``."""
    watch = Stopwatch()
    told = {notification.severity for notification in stage.notifications}
    subscriptions = {each: _subscriptions(account, topics.of(each)) for each in told}
    for notification in stage.notifications:
        topic_arn, subscribed = (
            topics.of(notification.severity),
            subscriptions[notification.severity],
        )
        arn = subscribed.get((notification.protocol, notification.endpoint), _GONE)
        broken, endpoint = "", f"{notification.protocol} {notification.endpoint}"
        if arn == _GONE:
            broken = (
                f"topic -> subscriber: {endpoint} is not subscribed to "
                f"{topic_arn} (any more); CloudFormation does not look, so `aws sns subscribe` "
                "brings it back and a deploy does not"
            )
        elif arn == _PENDING or _is_pending(account, arn):
            broken = (
                f"topic -> subscriber: {endpoint} has not confirmed its "
                f"subscription to {topic_arn}, and is told nothing until it does"
            )
        yield outcome(STAGE, Kind.SUBSCRIBERS, Link.CONFIRMED, broken, watch.lap())


def _subscriptions(account: Account, topic_arn: str) -> dict[tuple[str, str], str]:
    pages = account.client("sns").get_paginator("list_subscriptions_by_topic")
    return {
        (subscription["Protocol"], subscription["Endpoint"]): subscription["SubscriptionArn"]
        for page in pages.paginate(TopicArn=topic_arn)
        for subscription in page["Subscriptions"]
    }


def _is_pending(account: Account, arn: str) -> bool:
    # The local stage lists the ARN of an unconfirmed subscription, too.
    attributes = account.client("sns").get_subscription_attributes(SubscriptionArn=arn)
    return bool(attributes["Attributes"].get("PendingConfirmation") == "true")
