"""Somebody who is told of what a stage's alarms do, and what has arrived there."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

from tests.e2e.conftest import Project
from tocsin.config.notification import NEWS

TOPICS = ("alerts-topic-local", "pages-topic-local")


def topic(name: str) -> str:
    return f"arn:aws:sns:us-east-1:000000000000:{name}"


@contextmanager
def people(project: Project, **attributes: str) -> Iterator[str]:
    """Somebody subscribed to both topics by a queue, whose URL this is."""
    sqs, sns = project.client("sqs"), project.client("sns")
    allowed = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
    url = sqs.create_queue(QueueName="people", Attributes={"Policy": policy})["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"][
        "QueueArn"
    ]
    made = [
        sns.subscribe(TopicArn=topic(name), Protocol="sqs", Endpoint=arn, Attributes=attributes)
        for name in TOPICS
    ]
    try:
        yield url
    finally:
        for server in made:
            sns.unsubscribe(SubscriptionArn=server["SubscriptionArn"])
        sqs.delete_queue(QueueUrl=url)


AS_THE_STACK_MAKES_IT = {
    "FilterPolicyScope": "MessageBody",
    "FilterPolicy": json.dumps(NEWS),
}


def told(project: Project, url: str) -> list[str]:
    """Subjects of what has arrived."""
    sqs, found = project.client("sqs"), []
    while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        for message in messages:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            found.append(json.loads(message["Body"])["Subject"])
    return found
