"""Topic, its policy and subscriptions, as compiled."""

import dataclasses
import json

import pytest
import yaml

from tocsin import config
from tocsin.package import compiled_template, package
from tocsin.render import rendered


@pytest.mark.parametrize("topic", ["AlertsTopic", "PagesTopic"])
def test_every_alarm_of_this_account_may_publish_and_nobody_else(dev, topic) -> None:
    policy = dev["Resources"][f"{topic}Policy"]["Properties"]
    (statement,) = policy["PolicyDocument"]["Statement"]
    name = {"AlertsTopic": "alerts-topic-dev", "PagesTopic": "pages-topic-dev"}[topic]
    assert dev["Resources"][topic]["Properties"]["TopicName"] == name
    assert policy["Topics"] == [{"Ref": topic}]
    assert statement["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
    assert (statement["Effect"], statement["Action"]) == ("Allow", "sns:Publish")
    assert statement["Resource"] == {"Ref": topic}
    assert statement["Condition"] == {
        "StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}
    }


def test_both_topics_are_encrypted_by_the_stages_own_key(dev) -> None:
    resources = dev["Resources"]
    for topic in ("AlertsTopic", "PagesTopic"):
        assert resources[topic]["Properties"]["KmsMasterKeyId"] == {"Ref": "TopicsKey"}
    assert resources["TopicsKeyAlias"]["Properties"] == {
        "AliasName": "alias/topics-key-dev",
        "TargetKeyId": {"Ref": "TopicsKey"},
    }
    key = resources["TopicsKey"]
    assert "DeletionPolicy" not in key
    assert "Enabled" not in key["Properties"]
    assert key["Properties"]["EnableKeyRotation"] is True
    assert key["Properties"]["PendingWindowInDays"] == 7
    assert key["Properties"]["Description"] == "Encrypts the notifications of tocsin-dev"


def test_the_key_serves_this_accounts_alarms_and_its_administrators(dev) -> None:
    document = dev["Resources"]["TopicsKey"]["Properties"]["KeyPolicy"]
    root = {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:root"}
    assert document == {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "AdministeredByThisAccount",
                "Effect": "Allow",
                "Principal": {"AWS": root},
                "Action": "kms:*",
                "Resource": "*",
            },
            {
                "Sid": "AlarmsOfThisAccount",
                "Effect": "Allow",
                "Principal": {"Service": "cloudwatch.amazonaws.com"},
                "Action": ["kms:Decrypt", "kms:GenerateDataKey*"],
                "Resource": "*",
                "Condition": {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}},
            },
        ],
    }


KEY = "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"


@pytest.mark.parametrize(("topic_key", "expected"), [("none", None), (KEY, KEY)])
def test_another_key_or_none_makes_none(project, topic_key, expected) -> None:
    stage = dataclasses.replace(config.load(project, "dev"), topic_key=topic_key)
    resources = yaml.safe_load(rendered(project, stage))["resources"]["Resources"]
    for topic in ("AlertsTopic", "PagesTopic"):
        assert resources[topic]["Properties"].get("KmsMasterKeyId") == expected
    assert not [name for name in resources if "Key" in name]


def test_notifications_become_subscriptions_of_their_stages(project) -> None:
    file = project / "monitoring.yml"
    file.write_text(
        file.read_text().replace(
            "notifications: []",
            "notifications:\n"
            "  - {protocol: email, endpoint: team@example.com, severity: ticket}\n"
            "  - {protocol: https, endpoint: 'https://example.com/page', stages: [prod]}\n",
        )
    )
    prod = config.load(project, "prod")
    package(project, prod)
    resources = json.loads(compiled_template(project, prod).read_text())["Resources"]
    subscriptions = [
        each["Properties"]
        for each in resources.values()
        if each["Type"] == "AWS::SNS::Subscription"
    ]
    # Who says nothing of severity is told what pages.
    assert subscriptions == [
        {
            "TopicArn": {"Ref": "AlertsTopic"},
            "Protocol": "email",
            "Endpoint": "team@example.com",
        },
        {
            "TopicArn": {"Ref": "PagesTopic"},
            "Protocol": "https",
            "Endpoint": "https://example.com/page",
        },
    ]
    elsewhere = config.load(project, "dev").notifications
    assert [each.protocol for each in elsewhere] == ["email"]
