"""Who is told: the topics, who may publish, and every subscription of monitoring.yml."""

import pytest

from tests.stack.conftest import Compiled
from tocsin import names

NOTIFIER = str({"Fn::GetAtt": ["NotifierLambdaFunction", "Arn"]})
TOPICS = {"page": names.pages_topic, "ticket": names.topic}
"""Severity of a subscription -> the name of the topic that it listens to."""


@pytest.mark.parametrize("name_of", TOPICS.values(), ids=TOPICS)
def test_the_alarms_of_this_account_may_publish_and_nobody_else(compiled, name_of) -> None:
    logical_id, _ = compiled.one("AWS::SNS::Topic", TopicName=name_of(compiled.stage.suffix))
    policies = [
        policy
        for policy in compiled.of_type("AWS::SNS::TopicPolicy").values()
        if {"Ref": logical_id} in policy["Topics"]
    ]
    (statement,) = [
        statement for policy in policies for statement in policy["PolicyDocument"]["Statement"]
    ]
    assert statement["Effect"] == "Allow"
    assert statement["Action"] == "sns:Publish"
    assert statement["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
    assert statement["Resource"] == {"Ref": logical_id}
    assert statement["Condition"] == {
        "StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}
    }


def test_there_is_a_topic_for_pages_and_one_for_every_change(compiled: Compiled) -> None:
    found = {topic["TopicName"] for topic in compiled.of_type("AWS::SNS::Topic").values()}
    assert found >= {name_of(compiled.stage.suffix) for name_of in TOPICS.values()}


def test_notifications_are_encrypted_as_monitoring_yml_says(compiled: Compiled) -> None:
    wanted = compiled.stage.topic_key
    for name_of in TOPICS.values():
        _, topic = compiled.one("AWS::SNS::Topic", TopicName=name_of(compiled.stage.suffix))
        key = topic.get("KmsMasterKeyId")
        if wanted == "own":
            (logical_id,) = compiled.of_type("AWS::KMS::Key")
            assert key == {"Ref": logical_id}
        else:
            assert key == (None if wanted == "none" else wanted)


def test_everybody_of_monitoring_yml_is_subscribed_and_nobody_else(compiled: Compiled) -> None:
    topics = {
        logical_id: topic["TopicName"]
        for logical_id, topic in compiled.of_type("AWS::SNS::Topic").items()
    }
    found = {
        (
            subscription["Protocol"],
            str(subscription["Endpoint"]),
            topics[subscription["TopicArn"]["Ref"]],
        )
        for subscription in compiled.of_type("AWS::SNS::Subscription").values()
    }
    suffix = compiled.stage.suffix
    wanted = {
        (
            notification.protocol,
            notification.endpoint,
            names.people_topic(notification.part, suffix)
            if notification.is_explained
            else TOPICS[notification.severity](suffix),
        )
        for notification in compiled.stage.notifications
        if notification.is_subscribed
    }
    if compiled.stage.people:
        # The others hear of what both topics say by way of the notifier.
        wanted |= {("lambda", NOTIFIER, name(suffix)) for name in TOPICS.values()}
    assert found == wanted
