"""Topic, its policy and subscriptions, as compiled."""

import dataclasses
import json

import pytest
from ministack.services import sns

from tests.conftest import read_yaml
from tests.unit.infrastructure.conftest import ELSEWHERE, HOOK
from tocsin import config
from tocsin.drill import wiring
from tocsin.packaging.render import rendered


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
    resources = read_yaml(rendered(project, stage))["resources"]["Resources"]
    for topic in ("AlertsTopic", "PagesTopic"):
        assert resources[topic]["Properties"].get("KmsMasterKeyId") == expected
    assert not [
        resource for resource in resources.values() if resource["Type"].startswith("AWS::KMS::")
    ]


def of_programs(template):
    """The subscriptions of those who hear the alarms' own topics."""
    return [
        resource
        for logical_id, resource in template["Resources"].items()
        if resource["Type"] == "AWS::SNS::Subscription"
        and resource["Properties"]["TopicArn"] in ({"Ref": "AlertsTopic"}, {"Ref": "PagesTopic"})
        and not logical_id.startswith("Notifier")
    ]


def test_notifications_become_subscriptions_of_their_stages(declared, of_type) -> None:
    project, _, template = declared
    # Who says nothing of severity is told what pages.
    assert [tuple(program["Properties"].values())[:3] for program in of_programs(template)] == [
        ({"Ref": "AlertsTopic"}, "email-json", "team@example.com"),
        ({"Ref": "PagesTopic"}, "https", "https://example.com/page"),
        ({"Ref": "PagesTopic"}, "lambda", HOOK),
        ({"Ref": "PagesTopic"}, "lambda", ELSEWHERE),
    ]
    assert len(config.load(project, "prod").notifications) == 9


def test_no_subscription_tells_of_a_state_that_a_drill_has_set(declared, of_type) -> None:
    _, _, template = declared
    for program in of_programs(template):
        assert set(program["Properties"]) == {
            "TopicArn", "Protocol", "Endpoint", "FilterPolicyScope", "FilterPolicy",
        }  # fmt: skip
        assert program["Properties"]["FilterPolicyScope"] == "MessageBody"
        left_out = [{"anything-but": {"prefix": wiring.REASON[: len("tocsin drill")]}}]
        assert program["Properties"]["FilterPolicy"]["NewStateReason"] == left_out


@pytest.mark.parametrize(
    ("body", "told_of"),
    [
        ({"OldStateValue": "INSUFFICIENT_DATA", "NewStateValue": "OK"}, False),
        ({"OldStateValue": "OK", "NewStateValue": "INSUFFICIENT_DATA"}, False),
        ({"OldStateValue": "OK", "NewStateValue": "ALARM"}, True),
        ({"OldStateValue": "INSUFFICIENT_DATA", "NewStateValue": "ALARM"}, True),
        ({"OldStateValue": "ALARM", "NewStateValue": "OK"}, True),
        ({"OldStateValue": "ALARM", "NewStateValue": "INSUFFICIENT_DATA"}, True),
        ({"drill": "a message that is no alarm's"}, True),
    ],
)
def test_a_deploy_tells_a_subscriber_nothing(declared, of_type, body, told_of) -> None:
    """By the local stage's SNS (moto's knows neither anything-but nor exists of a body)."""
    policy = of_programs(declared[2])[0]["Properties"]["FilterPolicy"]
    message = {"AlarmName": "orders-latency-alarm-dev", "NewStateReason": "why", **body}
    subscription = {
        "attributes": {"FilterPolicyScope": "MessageBody", "FilterPolicy": json.dumps(policy)}
    }
    assert sns._matches_filter_policy(subscription, {}, json.dumps(message)) == told_of


def test_a_subscription_keeps_its_id_when_another_goes(declared, of_type) -> None:
    """CloudFormation would else hand it the next one's endpoint, and unsubscribe that one."""
    project, stage, template = declared
    fewer = dataclasses.replace(stage, notifications=stage.notifications[1:])
    left = read_yaml(rendered(project, fewer))["resources"]["Resources"]
    ids = list(of_type(template, "AWS::SNS::Subscription"))
    gone = stage.notifications[0].logical_id
    assert {logical_id for logical_id in left if logical_id in ids} == set(ids) - {gone}


def test_a_function_of_this_account_and_region_may_be_called_by_its_topic(
    declared, of_type
) -> None:
    _, _, template = declared
    (here,) = [
        permission
        for permission in of_type(template, "AWS::Lambda::Permission").values()
        if permission["Properties"]["Principal"] == "sns.amazonaws.com"
        and "Condition" in permission
    ]
    assert here["Properties"] == {
        "FunctionName": HOOK,
        "Action": "lambda:InvokeFunction",
        "Principal": "sns.amazonaws.com",
        "SourceArn": {"Ref": "PagesTopic"},
    }
    assert template["Conditions"][here["Condition"]] == {
        "Fn::Equals": [{"Ref": "AWS::AccountId"}, "123456789012"]
    }
