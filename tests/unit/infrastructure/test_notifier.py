"""The notifier as compiled: who calls it, what it may do, and how people hear where it fails."""

import json
import re
from fnmatch import fnmatchcase
from typing import get_args

import pytest

from tests.conftest import ROOT
from tests.unit.infrastructure.conftest import NOTIFICATIONS
from tocsin import config
from tocsin.packaging import archive
from tocsin.packaging.artifact_paths import build_folder, function_artifact

PROTOCOLS = {*get_args(config.notification.Notification.model_fields["protocol"].annotation)}
ALL_PAGES, TICKETS = "PeopleTopic", "PeopleTicketTopic"


@pytest.fixture
def template(declared):
    return declared[2]


def resource(template, logical_id):
    return template["Resources"][logical_id]["Properties"]


def test_a_stage_that_tells_no_people_has_none_of_it(dev) -> None:
    assert [name for name in dev["Resources"] if "Notifier" in name or "People" in name] == []


@pytest.mark.parametrize("topic", ["Alerts", "Pages"])
def test_it_hears_both_topics_without_drills_and_deploys(template, topic) -> None:
    subscription = resource(template, f"Notifier{topic}Subscription")
    assert subscription["TopicArn"] == {"Ref": f"{topic}Topic"}
    assert subscription["FilterPolicyScope"] == "MessageBody"
    assert subscription["FilterPolicy"] == config.notification.NEWS
    assert subscription["RedrivePolicy"] == {
        "deadLetterTargetArn": {"Fn::GetAtt": ["NotifierDeadLetters", "Arn"]}
    }
    permission = resource(template, "NotifierPermission")
    source = permission["SourceArn"]["Fn::Sub"]
    assert fnmatchcase(f"{topic.lower()}-topic-dev", source.rpartition(":")[2])
    assert permission["Principal"] == "sns.amazonaws.com"
    assert ":${AWS::AccountId}:" in source


def test_what_it_fails_on_goes_to_people_as_it_came_and_at_once(template) -> None:
    failures = resource(template, "NotifierOnFailure")
    assert failures["MaximumRetryAttempts"] == 0
    assert failures["MaximumEventAgeInSeconds"] == 60
    assert failures["DestinationConfig"] == {"OnFailure": {"Destination": {"Ref": ALL_PAGES}}}


@pytest.mark.parametrize(
    "alarm",
    ["NotifierFailures", "DeliveryPages", "DeliveryAlerts", "DeliveryPeople"],
)
def test_alarms_on_the_way_to_people_tell_them_past_it(template, alarm) -> None:
    told = [{"Ref": "AlertsTopic"}, {"Ref": ALL_PAGES}]
    properties = resource(template, f"{alarm}Alarm")
    # A new alarm goes to OK, which no filter keeps from that topic.
    assert (properties["AlarmActions"], properties["OKActions"]) == (told, told[:1])
    (statement,) = resource(template, "PeopleTopicPolicy")["PolicyDocument"]["Statement"]
    assert statement["Principal"] == {"Service": "cloudwatch.amazonaws.com"}


def test_people_who_are_told_alike_share_a_topic_without_a_filter(template, of_type) -> None:
    people = {
        (subscription["Properties"]["Endpoint"], subscription["Properties"]["TopicArn"]["Ref"])
        for subscription in of_type(template, "AWS::SNS::Subscription").values()
        if subscription["Properties"]["TopicArn"]["Ref"].startswith("People")
    }
    (of_owners,) = [topic for endpoint, topic in people if endpoint == "shop@example.com"]
    assert people == {
        ("team@example.com", ALL_PAGES),
        ("+15555550100", TICKETS),
        ("shop@example.com", of_owners),
    }
    assert of_owners not in (ALL_PAGES, TICKETS)
    for subscription in of_type(template, "AWS::SNS::Subscription").values():
        if subscription["Properties"]["TopicArn"]["Ref"].startswith("People"):
            # What is sent raw has no attribute, and a filter would leave it out.
            assert set(subscription["Properties"]) == {"TopicArn", "Protocol", "Endpoint"}


def test_its_role_reads_the_secrets_that_are_named_and_no_others(template) -> None:
    granted = {
        statement["Sid"]: statement
        for policy in resource(template, "NotifierRole")["Policies"]
        for statement in policy["PolicyDocument"]["Statement"]
    }
    place = "${AWS::Region}:${AWS::AccountId}"
    assert granted["ReadParameters"]["Resource"] == [
        {"Fn::Sub": f"arn:${{AWS::Partition}}:ssm:{place}:parameter/shop/key"},
        {"Fn::Sub": f"arn:${{AWS::Partition}}:ssm:{place}:parameter/shop/slack"},
    ]
    assert granted["ReadSecrets"]["Resource"] == [
        {"Fn::Sub": f"arn:${{AWS::Partition}}:secretsmanager:{place}:secret:shop/teams-??????"}
    ]
    assert [sid for sid, statement in granted.items() if statement["Resource"] == "*"] == [
        "ReadAlarms"
    ]
    assert granted["ReadAlarms"]["Action"] == [
        "cloudwatch:DescribeAlarmHistory",
        "cloudwatch:DescribeAlarms",
        "cloudwatch:GetMetricData",
    ]


def test_no_secret_is_in_the_template_and_none_of_this_machine_is_spoken_to(template) -> None:
    environment = resource(template, "NotifierLambdaFunction")["Environment"]["Variables"]
    assert "NOTIFIER_LOOPBACK" not in environment
    assert "/shop/slack" not in json.dumps(environment)


def test_its_archive_has_all_that_it_imports(declared) -> None:
    project, stage, _ = declared
    names = set(archive.names_in(build_folder(project, stage) / function_artifact("notifier")))
    assert {
        "notifier/handler.py",
        "notifier/facts.json",
        "tocsin/escaping.py",
        "tocsin/bugs/bug_items.py",
    } < names


def test_the_notifications_of_this_page_are_of_every_protocol_that_sns_tells() -> None:
    subscribed = PROTOCOLS - config.notification.BY_REQUEST - {"sqs"}  # as a function is
    assert [name for name in subscribed if f"protocol: {name}," not in NOTIFICATIONS] == []


def test_every_protocol_is_in_the_docs() -> None:
    docs = (ROOT / "docs" / "notifications.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (`.+?`) \| ", docs, re.MULTILINE)
    assert set(re.findall(r"`([\w-]+)`", " ".join(rows))) >= PROTOCOLS
