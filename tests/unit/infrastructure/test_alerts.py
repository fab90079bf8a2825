"""Topic, its policy and subscriptions, as compiled."""

import json

import pytest

from tocsin import config
from tocsin.package import compiled_template, package


def test_every_alarm_of_this_account_may_publish_and_nobody_else(dev) -> None:
    policy = dev["Resources"]["AlertsTopicPolicy"]["Properties"]
    (statement,) = policy["PolicyDocument"]["Statement"]
    assert dev["Resources"]["AlertsTopic"]["Properties"]["TopicName"] == "alerts-topic-dev"
    assert policy["Topics"] == [{"Ref": "AlertsTopic"}]
    assert statement["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
    assert (statement["Effect"], statement["Action"]) == ("Allow", "sns:Publish")
    assert statement["Resource"] == {"Ref": "AlertsTopic"}
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
            "  - {protocol: email, endpoint: team@example.com}\n"
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
    assert all(each["TopicArn"] == {"Ref": "AlertsTopic"} for each in subscriptions)
    assert (subscriptions[0]["Protocol"], subscriptions[0]["Endpoint"]) == (
        "email",
        "team@example.com",
    )
