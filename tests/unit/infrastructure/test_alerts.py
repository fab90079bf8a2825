"""Topic, its policy and subscriptions, as compiled."""

import json

import pytest

from tocsin import config
from tocsin.package import compiled_template, package


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


@pytest.mark.parametrize(("stage", "expected"), [("dev", 1), ("prod", 2)])
def test_notifications_become_subscriptions_of_their_stages(project, stage, expected) -> None:
    file = project / "monitoring.yml"
    file.write_text(
        file.read_text().replace(
            "notifications: []",
            "notifications:\n"
            "  - {protocol: email, endpoint: team@example.com, severity: ticket}\n"
            "  - {protocol: https, endpoint: 'https://example.com/page', stages: [prod]}\n",
        )
    )
    configured = config.load(project, stage)
    package(project, configured)
    resources = json.loads(compiled_template(project, configured).read_text())["Resources"]
    subscriptions = [
        each["Properties"]
        for each in resources.values()
        if each["Type"] == "AWS::SNS::Subscription"
    ]
    assert len(subscriptions) == expected
    topics = {each["Protocol"]: each["TopicArn"]["Ref"] for each in subscriptions}
    # Who says nothing of severity is told what pages.
    assert topics == {"email": "AlertsTopic", "https": "PagesTopic"} or stage == "dev"
    assert topics["email"] == "AlertsTopic"
    assert (subscriptions[0]["Protocol"], subscriptions[0]["Endpoint"]) == (
        "email",
        "team@example.com",
    )
