"""Which link broke, as the deployed parts tell it."""

import json
from datetime import UTC, datetime

import boto3
import pytest
from botocore.stub import Stubber

from tocsin.aws.account import Account
from tocsin.drill import diagnosis

TOPIC = "arn:aws:sns:us-east-1:123456789012:pages-topic-dev"
REFUSED = (
    f'Failed to execute action {TOPIC}. Received error: "Resource: arn:aws:cloudwatch:us-east-1:'
    "123456789012:alarm:health-alarm-dev is not authorized to perform: SNS:Publish on resource: "
    f'{TOPIC}"'
)

PAGE = {"AlarmName": "health-alarm-dev", "AlarmRule": "FALSE", "AlarmActions": [TOPIC]}


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Account:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    return Account("us-east-1", boto3.Session(region_name="us-east-1"), {})


def history(account: Account, **item: str) -> Stubber:
    """CloudWatch, with an action of the page's history."""
    action = {
        "AlarmName": "health-alarm-dev",
        "AlarmType": "CompositeAlarm",
        "Timestamp": datetime(2026, 11, 27, tzinfo=UTC),
        "HistoryItemType": "Action",
        **item,
    }
    answers = Stubber(account.client("cloudwatch"))
    answers.add_response(
        "describe_alarm_history",
        {"AlarmHistoryItems": [action]},
        {
            "AlarmName": "health-alarm-dev",
            "AlarmTypes": ["MetricAlarm", "CompositeAlarm"],
            "HistoryItemType": "Action",
            "MaxRecords": 10,
        },
    )
    return answers


def test_the_history_of_a_composite_alarm_tells_why_it_told_nobody(account: Account) -> None:
    """DescribeAlarmHistory leaves composite alarms out where it is not asked for their type."""
    with history(account, HistorySummary=REFUSED):
        told = diagnosis.missing_notification(account, PAGE, TOPIC, "ALARM")
    assert told.startswith(f"alarm -> topic: {REFUSED}")
    assert told.endswith("the topic's policy does not let CloudWatch publish")


def test_why_a_topic_refused_is_told_also_where_the_summary_ends_before_it(
    account: Account,
) -> None:
    """A HistorySummary has at most 255 characters, its HistoryData 4,095."""
    summary = REFUSED[:120]
    with history(account, HistorySummary=summary, HistoryData=json.dumps({"error": REFUSED})):
        told = diagnosis.missing_notification(account, PAGE, TOPIC, "ALARM")
    assert told == (
        f"alarm -> topic: {summary}; the topic's policy does not let CloudWatch publish"
    )
