"""Which link broke, as the deployed parts tell it."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import boto3
import pytest
from botocore.stub import Stubber

from tests.conftest import DEMO
from tocsin import config
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


BEGAN, NOW = datetime(2026, 11, 27, 12, tzinfo=UTC), datetime(2026, 11, 27, 12, 3, tzinfo=UTC)


def metrics_of(account: Account, calls: list[float], *failed: list[float]) -> Stubber:
    """CloudWatch, with so many calls, errors and failed answers of the function in each minute."""
    answers = Stubber(account.client("cloudwatch"))
    for sums in (calls, *failed) if calls else (calls,):
        points = [{"Timestamp": BEGAN, "Sum": count} for count in sums]
        answers.add_response("get_metric_statistics", {"Datapoints": points})
    return answers


@pytest.mark.parametrize(
    ("failures", "calls", "failed", "told"),
    [
        (4, [1_200.0, 1_200.0], [[], []],
         "the drill's 4 failures are 0.17 % of 2400 calls, and of so many the alarm asks for more "
         "than 5 %"),
        (4, [50.0, 50.0], [[4.0], []],
         "the drill's 4 failures are 4 % of 100 calls, and of so many the alarm asks for more "
         "than 20 %"),
        (4, [8.0, 8.0], [[4.0], []],
         "the drill's 4 failures are 25 % of 16 calls, and of so many the alarm asks for more "
         "than 50 %"),
        (4, [50.0, 50.0], [[6.0], [2.0]],
         "8 failures, the drill's 4 among them, are 8 % of 100 calls, and of so many the alarm "
         "asks for more than 20 %"),
        (4, [2.0, 2.0], [[4.0], []], None),
        (4, [], [], None),
        (500, [1_200.0, 1_200.0], [[500.0], []], None),
        # Those of a drill that came before it, in the same minute.
        (20, [45.0], [[40.0], []], None),
        (20, [45.0], [[20.0], [20.0]], None),
    ],
)  # fmt: skip
def test_failures_among_many_calls_of_others_are_no_error_rate(
    account: Account, failures: int, calls: list[float], failed: list[list[float]], told: str | None
) -> None:
    function = replace(config.load(DEMO, "dev").functions[0], answers_namespace="shop")
    with metrics_of(account, calls, *failed) as cloudwatch:
        found = diagnosis.dilution(account, function, failures, BEGAN, NOW)
        cloudwatch.assert_no_pending_responses()
    assert found == (None if told is None else f"others called it meanwhile: {told}")


def test_a_metric_that_is_there_only_when_answers_fail_is_no_wrong_metric(account: Account) -> None:
    stats = [
        {"MetricStat": {"Metric": {"Namespace": space, "MetricName": name, "Dimensions": []}}}
        for space, name in (("AWS/Lambda", "Errors"), ("shop", "FailedAnswers"))
    ]
    answers = Stubber(account.client("cloudwatch"))
    answers.add_response(
        "get_metric_statistics", {"Datapoints": [{"Timestamp": NOW, "SampleCount": 1.0}]}
    )
    alarm = {"Metrics": stats, "StateValue": "OK", "Threshold": 5.0, "StateReason": "so"}
    (function, *_) = config.load(DEMO, "dev").functions
    with answers:
        assert "the metrics have data" in diagnosis.silent_alarm(account, function, alarm)
