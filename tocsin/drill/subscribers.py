"""Whether those who shall be told can be told: each declared subscription, there and confirmed.

SNS keeps a subscription whose link nobody followed, and says nothing when somebody follows the
one that ends it. The listing names an unconfirmed one "PendingConfirmation" instead of its ARN.
https://docs.aws.amazon.com/sns/latest/api/API_ListSubscriptionsByTopic.html
"""

import json
from collections.abc import Iterator

from botocore.exceptions import BotoCoreError, ClientError

from tocsin import names
from tocsin.aws.account import Account
from tocsin.config import Notification, Stage
from tocsin.config.selection import STAGE
from tocsin.drill.checks import Check, Kind, Link, Stopwatch, outcome
from tocsin.drill.topics import Topics
from tocsin.stacks.people import route_id

_PENDING = "PendingConfirmation"
_GONE = "Deleted"


def subscribers(account: Account, stage: Stage, topics: Topics) -> Iterator[Check]:
    """One check for each notification that monitoring.yml declares for ``stage``.

    Whom the notifier tells by itself, it is asked about: it reads the channel's secret, and tells
    nobody.
    """
    watch = Stopwatch()
    listed: dict[str, dict[tuple[str, str], str]] = {}
    ready: dict[str, str] | None = None
    for notification in stage.notifications:
        if notification.is_subscribed:
            topic_arn = _topic_of(notification, stage, topics)
            if topic_arn not in listed:
                listed[topic_arn] = _subscriptions(account, topic_arn)
            broken = _not_subscribed(account, notification, topic_arn, listed[topic_arn])
        else:
            ready = _ready(account, stage) if ready is None else ready
            route = route_id(notification, stage)
            why = ready.get(route, ready.get("", "the notifier does not know it; deploy"))
            receiver = f"{notification.protocol} {notification.secret}"
            broken = f"notifier -> channel: {receiver} cannot be told: {why}" if why else ""
        yield outcome(STAGE, Kind.SUBSCRIBERS, Link.CONFIRMED, broken, watch.lap())


def _topic_of(notification: Notification, stage: Stage, topics: Topics) -> str:
    if not notification.is_explained:
        return topics.of(notification.severity)
    place, _, _ = topics.pages.rpartition(":")
    return f"{place}:{names.people_topic(notification.part, stage.suffix)}"


def _not_subscribed(
    account: Account,
    notification: Notification,
    topic_arn: str,
    subscribed: dict[tuple[str, str], str],
) -> str:
    """What is wrong with the subscription; empty where it is there and confirmed."""
    arn = subscribed.get((notification.protocol, str(notification.endpoint)), _GONE)
    endpoint = f"{notification.protocol} {notification.endpoint}"
    if arn == _GONE:
        return (
            f"topic -> subscriber: {endpoint} is not subscribed to "
            f"{topic_arn} (any more); a deploy makes what was declared since the last one, and "
            "does not bring back what was taken away: `aws sns subscribe` does"
        )
    if arn == _PENDING or _is_pending(account, arn):
        return (
            f"topic -> subscriber: {endpoint} has not confirmed its "
            f"subscription to {topic_arn}, and is told nothing until it does"
        )
    return ""


def _ready(account: Account, stage: Stage) -> dict[str, str]:
    """Route -> why it could not be told now, empty where it could; under "" why nobody knows."""
    name = names.function(names.NOTIFIER, stage.suffix)
    try:
        answer = account.client("lambda").invoke(
            FunctionName=name, Payload=json.dumps({"tocsin": "channel-check"}).encode()
        )
        found = json.loads(answer["Payload"].read())
        return {str(route["route"]): str(route["failed"]) for route in found["routes"]}
    except (ClientError, BotoCoreError, ValueError, KeyError, TypeError) as error:
        return {"": f"{name} does not say ({type(error).__name__})"}


def _subscriptions(account: Account, topic_arn: str) -> dict[tuple[str, str], str]:
    """(protocol, endpoint) -> ARN; none of a topic that only the next deploy makes."""
    sns = account.client("sns")
    pages = sns.get_paginator("list_subscriptions_by_topic")
    try:
        return {
            (subscription["Protocol"], subscription["Endpoint"]): subscription["SubscriptionArn"]
            for page in pages.paginate(TopicArn=topic_arn)
            for subscription in page["Subscriptions"]
        }
    except sns.exceptions.NotFoundException:
        return {}


def _is_pending(account: Account, arn: str) -> bool:
    # The local stage lists the ARN of an unconfirmed subscription, too.
    attributes = account.client("sns").get_subscription_attributes(SubscriptionArn=arn)
    return bool(attributes["Attributes"].get("PendingConfirmation") == "true")
