"""A queue subscribed to topics for the length of the drill, and not a moment longer."""

import json
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import chain
from typing import Any
from uuid import uuid4

from botocore.exceptions import ClientError

from tocsin import names
from tocsin.aws.account import Account
from tocsin.config import Stage
from tocsin.drill.resource_tags import is_over, tags

_LONG_POLL_S = 1
_BATCH = 10  # ReceiveMessage gives no more
# How long a notification may be on its way: CloudWatch evaluates a composite alarm some moments
# after its children, and SNS delivers within seconds.
_PATIENCE_LOCAL_S = 3
_PATIENCE_S = 30
_EMPTY_ANSWERS = 3
"""How often the queue has to have had nothing: on a busy machine, seconds alone say nothing."""
# A new queue may not be used before, and nothing tells when it may:
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html
_USABLE_AFTER_S = 1


@dataclass(frozen=True)
class ReceivedNotification:
    """One alarm message as a subscriber gets it."""

    alarm_name: str
    state: str
    message: dict[str, Any]


@dataclass
class Probe:
    """Collects what the topic delivers while it is subscribed."""

    account: Account
    queue_url: str
    patience_s: float = _PATIENCE_LOCAL_S
    received: list[ReceivedNotification] = field(default_factory=list)
    malformed: list[str] = field(default_factory=list)

    def find(
        self, alarm_name: str, state: str, patience_s: float | None = None
    ) -> ReceivedNotification | None:
        """The notification that ``alarm_name`` went to ``state``.

        None after ``patience_s`` and some empty answers of the queue.
        """
        empty = 0
        deadline = time.monotonic() + (self.patience_s if patience_s is None else patience_s)
        while True:
            for message in self.received:
                if (message.alarm_name, message.state) == (alarm_name, state):
                    return message
            if empty >= _EMPTY_ANSWERS and time.monotonic() >= deadline:
                return None
            empty += not self._receive()

    def _receive(self) -> bool:
        """Take what is in the queue; whether anything was."""
        sqs = self.account.client("sqs")
        answer = sqs.receive_message(
            QueueUrl=self.queue_url, MaxNumberOfMessages=_BATCH, WaitTimeSeconds=_LONG_POLL_S
        )
        letters = answer.get("Messages", [])
        for letter in letters:
            sqs.delete_message(QueueUrl=self.queue_url, ReceiptHandle=letter["ReceiptHandle"])
            try:
                message = json.loads(json.loads(letter["Body"])["Message"])
                self.received.append(
                    ReceivedNotification(message["AlarmName"], message["NewStateValue"], message)
                )
            except (ValueError, KeyError, TypeError):
                self.malformed.append(letter["Body"])
        return bool(letters)


@contextmanager
def subscribed(account: Account, stage: Stage, *topic_arns: str) -> Iterator[Probe]:
    """Subscribe a new queue to the topics; all is gone when the block ends, however it ends."""
    sqs, sns = account.client("sqs"), account.client("sns")
    name = f"{names.PROBE_QUEUE_PREFIX}{uuid4().hex[:8]}-{stage.suffix}"
    _, partition, _, region, owner, _ = topic_arns[0].split(":")
    queue_arn = f"arn:{partition}:sqs:{region}:{owner}:{name}"
    # Made with its policy: one that is set later takes up to a minute to hold, and what SNS may
    # not deliver meanwhile is lost.
    # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html
    queue_url = sqs.create_queue(
        QueueName=name,
        Attributes={"MessageRetentionPeriod": "3600", "Policy": _only_from(topic_arns, queue_arn)},
        tags=tags(stage),
    )["QueueUrl"]
    subscriptions: list[str] = []
    try:
        if not stage.is_local:
            time.sleep(_USABLE_AFTER_S)
        for arn in topic_arns:
            answer = sns.subscribe(
                TopicArn=arn, Protocol="sqs", Endpoint=queue_arn, ReturnSubscriptionArn=True
            )
            subscriptions.append(answer["SubscriptionArn"])
        yield Probe(account, queue_url, _PATIENCE_LOCAL_S if stage.is_local else _PATIENCE_S)
    finally:
        for subscription in subscriptions:
            sns.unsubscribe(SubscriptionArn=subscription)
        sqs.delete_queue(QueueUrl=queue_url)


def _only_from(topic_arns: Sequence[str], queue_arn: str) -> str:
    return json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"Service": "sns.amazonaws.com"},
                    "Action": "sqs:SendMessage",
                    "Resource": queue_arn,
                    "Condition": {"ArnEquals": {"aws:SourceArn": list(topic_arns)}},
                }
            ],
        }
    )


def clear_queues(account: Account, stage: Stage, topic_arns: tuple[str, ...] = ()) -> Iterator[str]:
    """Delete the queues of drills that are over; their names and the ARNs of subscriptions.

    Subscriptions of the drill's queues go first, also of such as are there no more, by whomever
    they were deleted: a delivery that fails is an alarm of the topic's.
    """
    sqs = account.client("sqs")
    pages = sqs.get_paginator("list_queues").paginate(QueueNamePrefix=names.PROBE_QUEUE_PREFIX)
    over = {}
    for url in [url for page in pages for url in page.get("QueueUrls", [])]:
        name = url.rpartition("/")[2]
        if not name.endswith(f"-{stage.suffix}"):
            continue
        try:
            found = sqs.list_queue_tags(QueueUrl=url).get("Tags", {})
            if is_over(found, stage):
                over[name] = url
        except ClientError as error:
            if not _is_gone(error):
                raise
            continue  # somebody else was quicker
    yield from _clear_subscriptions(account, topic_arns, over)
    for name, url in over.items():
        try:
            sqs.delete_queue(QueueUrl=url)
        except ClientError as error:
            if not _is_gone(error):
                raise
        else:
            yield name


def _clear_subscriptions(
    account: Account, topic_arns: tuple[str, ...], over: Collection[str]
) -> Iterator[str]:
    sns, sqs = account.client("sns"), account.client("sqs")
    for topic in topic_arns:
        pages = sns.get_paginator("list_subscriptions_by_topic").paginate(TopicArn=topic)
        for subscription in chain.from_iterable(page["Subscriptions"] for page in pages):
            name = subscription["Endpoint"].rpartition(":")[2]
            if not name.startswith(names.PROBE_QUEUE_PREFIX):
                continue
            if name not in over and _is_there(sqs, name):
                continue
            sns.unsubscribe(SubscriptionArn=subscription["SubscriptionArn"])
            yield subscription["SubscriptionArn"]


def _is_there(sqs: Any, queue: str) -> bool:
    try:
        sqs.get_queue_url(QueueName=queue)
    except ClientError as error:
        if not _is_gone(error):
            raise
        return False
    return True


def _is_gone(error: ClientError) -> bool:
    """By the code that SQS has in its JSON protocol, or that of its older one."""
    code = str(error.response.get("Error", {}).get("Code", ""))
    return code.endswith(("QueueDoesNotExist", "NonExistentQueue"))
