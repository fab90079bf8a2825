"""`check` names a topic that is not encrypted, or by a key under which no alarm is heard."""

import copy
import dataclasses

import pytest

from tests.conftest import DEMO
from tocsin import config
from tocsin.check.encryption_rules import encryption
from tocsin.cloudformation.template import Template

KEY = "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"


@pytest.fixture
def findings_after(compiled):
    """``findings_after(change)``: (subject, message) after ``change(resources)``."""

    def run(change=lambda resources: None, topic_key="own"):
        template = copy.deepcopy(compiled("dev"))
        change(template["Resources"])
        stage = dataclasses.replace(config.load(DEMO, "dev"), topic_key=topic_key)
        return [
            (finding.subject, finding.message) for finding in encryption(stage, Template(template))
        ]

    return run


def topic_key(to):
    return lambda resources: resources["AlertsTopic"]["Properties"].update(KmsMasterKeyId=to)


def statement(**changes):
    """Changes the key's statement about alarms."""

    def change(resources):
        policy = resources["TopicsKey"]["Properties"]["KeyPolicy"]
        policy["Statement"][1].update(changes)

    return change


def without(logical_id, name):
    return lambda resources: resources[logical_id]["Properties"].pop(name)


def test_the_stack_as_it_is_has_nothing_to_say(findings_after) -> None:
    assert findings_after() == []


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (without("AlertsTopic", "KmsMasterKeyId"), "the topic is not encrypted"),
        (
            topic_key("alias/aws/sns"),
            "alias/aws/sns lets no alarm publish; a key of the account's own can",
        ),
        (
            topic_key({"Ref": "OrdersRole"}),
            "KmsMasterKeyId refers to OrdersRole, which is no key",
        ),
    ],
)
def test_a_topic_without_a_key_that_serves_is_named(findings_after, change, found) -> None:
    assert findings_after(change) == [("AlertsTopic", found)]


@pytest.mark.parametrize(
    ("change", "actions"),
    [
        (statement(Action="kms:Decrypt"), ["kms:GenerateDataKey"]),
        (statement(Action=["kms:GenerateDataKey*"]), ["kms:Decrypt"]),
        (statement(Action=["kms:Encrypt"]), ["kms:Decrypt", "kms:GenerateDataKey"]),
        (statement(Effect="Deny"), ["kms:Decrypt", "kms:GenerateDataKey"]),
        (
            statement(Principal={"Service": "s3.amazonaws.com"}),
            ["kms:Decrypt", "kms:GenerateDataKey"],
        ),
        (without("TopicsKey", "KeyPolicy"), ["kms:Decrypt", "kms:GenerateDataKey"]),
    ],
)
def test_a_key_that_silences_the_alarms_is_named(findings_after, change, actions) -> None:
    assert findings_after(change) == [
        (topic, f"the policy of TopicsKey does not let alarms {action}")
        for topic in ("AlertsTopic", "PagesTopic")
        for action in actions
    ]


@pytest.mark.parametrize("actions", ["kms:*", ["kms:Decrypt", "kms:GenerateDataKey"]])
def test_what_covers_both_actions_is_enough(findings_after, actions) -> None:
    assert findings_after(statement(Action=actions)) == []


def test_a_key_elsewhere_is_the_accounts_to_judge(findings_after) -> None:
    assert findings_after(topic_key(KEY), topic_key=KEY) == []


def test_who_asked_for_no_key_is_left_alone(findings_after) -> None:
    assert findings_after(without("AlertsTopic", "KmsMasterKeyId"), topic_key="none") == []


KEY_OF_THE_SHOP = {
    "Type": "AWS::KMS::Key",
    "Properties": {
        "KeyPolicy": {
            "Statement": [
                {"Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "kms:*"}
            ]
        }
    },
}
NO_ALARM_MAY = [
    ("Parcels", "the policy of ShopKey does not let alarms kms:Decrypt"),
    ("Parcels", "the policy of ShopKey does not let alarms kms:GenerateDataKey"),
]


def parcels(key=None, told_by=None):
    """A topic of the project's own, which one action of an alarm may tell."""

    def change(resources):
        resources["ShopKey"] = KEY_OF_THE_SHOP
        properties = {"KmsMasterKeyId": key} if key else {}
        resources["Parcels"] = {"Type": "AWS::SNS::Topic", "Properties": properties}
        if told_by:
            alarm, action = told_by
            resources[alarm]["Properties"].setdefault(action, []).append({"Ref": "Parcels"})

    return change


@pytest.mark.parametrize("key", [None, "alias/aws/sns", {"Ref": "ShopKey"}])
def test_a_topic_that_no_alarm_tells_is_the_projects_own(findings_after, key) -> None:
    assert findings_after(parcels(key)) == []


@pytest.mark.parametrize(
    "told_by",
    [
        ("OrdersLatencyAlarm", "AlarmActions"),
        ("OrdersLatencyAlarm", "OKActions"),
        ("OrdersLatencyAlarm", "InsufficientDataActions"),
        ("StageHealthAlarm", "AlarmActions"),
    ],
)
def test_one_that_an_alarm_tells_has_a_key_that_lets_it_or_none(findings_after, told_by) -> None:
    assert findings_after(parcels({"Ref": "ShopKey"}, told_by)) == NO_ALARM_MAY
    assert findings_after(parcels({"Ref": "TopicsKey"}, told_by)) == []
    assert findings_after(parcels(None, told_by)) == []


def test_a_queue_that_is_not_encrypted_is_named(findings_after) -> None:
    def off(resources):
        resources["CollectorDeadLetters"]["Properties"]["SqsManagedSseEnabled"] = False

    assert findings_after(off) == [("CollectorDeadLetters", "the queue is not encrypted")]
