"""The short drill leaves every alarm in the state that it found it in."""

import json

import pytest

from tests.conftest import DEMO
from tocsin import config, names
from tocsin.aws.account import Account
from tocsin.drill import LocalClock, Topics, check_wiring
from tocsin.drill.checks import Kind
from tocsin.drill.context import Bench
from tocsin.drill.probe import Probe
from tocsin.drill.wiring import check_alarm
from tocsin.local import LocalStage, RootKey

NOWHERE = Topics("", "")
CLOCK = LocalClock(LocalStage(0, 0, "", "", RootKey("", "")))
"""Of no stage: nothing here lets time pass."""


def notified(account: Account, queue_url: str, *changes: tuple[str, str]) -> Probe:
    """A probe that has been told of ``changes``, since moto's alarms have no actions."""
    for name, state in changes:
        message = json.dumps({"AlarmName": name, "NewStateValue": state})
        account.client("sqs").send_message(
            QueueUrl=queue_url, MessageBody=json.dumps({"Message": message})
        )
    return Probe(account, queue_url)


@pytest.mark.parametrize(
    ("before", "after"), [("OK", "OK"), ("ALARM", "ALARM"), ("INSUFFICIENT_DATA", "OK")]
)
def test_an_alarm_ends_in_the_state_that_it_was_found_in(
    account: Account, before: str, after: str
) -> None:
    cloudwatch = account.client("cloudwatch")
    cloudwatch.put_metric_alarm(
        AlarmName="a", Namespace="n", MetricName="m", Statistic="Sum", Period=60,
        EvaluationPeriods=1, Threshold=0, ComparisonOperator="GreaterThanThreshold",
    )  # fmt: skip
    cloudwatch.set_alarm_state(AlarmName="a", StateValue=before, StateReason="so it was")
    queue_url = account.client("sqs").create_queue(QueueName="probe")["QueueUrl"]
    probe = notified(account, queue_url, ("a", "ALARM"), ("a", "OK"))
    bench = Bench(account, config.load(DEMO, "dev"), NOWHERE, CLOCK, probe)

    assert not check_alarm(bench, "orders", Kind.WIRING, "a").failed

    (described,) = cloudwatch.describe_alarms(AlarmNames=["a"])["MetricAlarms"]
    assert described["StateValue"] == after


def test_the_page_is_looked_at_before_the_alarms_behind_it_are_disturbed(account: Account) -> None:
    stage = config.load(DEMO, "dev")
    sns = account.client("sns")
    topics = Topics(
        sns.create_topic(Name="alerts-topic-dev")["TopicArn"],
        sns.create_topic(Name="pages-topic-dev")["TopicArn"],
    )
    first, *_ = check_wiring(account, stage, topics, CLOCK, stage.functions)
    assert first.detail == f"stack -> alarm: {names.stage_health('dev')} is not deployed"
