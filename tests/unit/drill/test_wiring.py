"""The short drill leaves every alarm in the state that it found it in."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.conftest import DEMO, slow
from tocsin import config, names
from tocsin.aws.account import Account
from tocsin.drill import LocalClock, Topics, check_wiring, wiring
from tocsin.drill.audience import Audience
from tocsin.drill.checks import Kind, Result
from tocsin.drill.context import Bench
from tocsin.drill.probe import Probe
from tocsin.drill.wiring import REASON, check_alarm, checked
from tocsin.local import LocalStage, RootKey

NOWHERE = Topics("", "")
CLOCK = LocalClock(LocalStage(0, 0, "", "", RootKey("", "")))
"""Of no stage: nothing here lets time pass."""


@pytest.fixture(autouse=True)
def muted(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The rule that mutes an alarm, by the alarm's name: moto knows none."""
    rules: dict[str, str] = {}
    monkeypatch.setattr(wiring, "muted_by", lambda account, alarm: rules.get(alarm, ""))
    return rules


def with_alarm(account: Account, state: str, reason: str) -> Any:
    """The client of an account whose one alarm, ``a``, is in ``state`` for ``reason``."""
    cloudwatch = account.client("cloudwatch")
    cloudwatch.put_metric_alarm(
        AlarmName="a", Namespace="n", MetricName="m", Statistic="Sum", Period=60,
        EvaluationPeriods=1, Threshold=0, ComparisonOperator="GreaterThanThreshold",
    )  # fmt: skip
    cloudwatch.set_alarm_state(AlarmName="a", StateValue=state, StateReason=reason)
    return cloudwatch


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
    cloudwatch = with_alarm(account, before, "so it was")
    queue_url = account.client("sqs").create_queue(QueueName="probe")["QueueUrl"]
    probe = notified(account, queue_url, ("a", "ALARM"), ("a", "OK"))
    bench = Bench(account, config.load(DEMO, "dev"), NOWHERE, CLOCK, probe)

    assert not check_alarm(bench, "orders", Kind.WIRING, "a").failed

    (described,) = cloudwatch.describe_alarms(AlarmNames=["a"])["MetricAlarms"]
    assert described["StateValue"] == after


@pytest.mark.parametrize(
    ("reason", "before", "after"),
    [
        (REASON, "ALARM", "OK"),
        (REASON, "OK", "ALARM"),
        (f"{REASON}, the state that was found", "ALARM", "ALARM"),
        ("Threshold Crossed", "ALARM", "ALARM"),
    ],
)
def test_a_state_that_a_killed_drill_has_left_is_not_the_one_that_was_found(
    account: Account, reason: str, before: str, after: str
) -> None:
    """An alarm without data keeps it, and a next drill would put it back."""
    cloudwatch = with_alarm(account, before, reason)
    queue_url = account.client("sqs").create_queue(QueueName="probe")["QueueUrl"]
    probe = notified(account, queue_url, ("a", "ALARM"), ("a", "OK"))
    bench = Bench(account, config.load(DEMO, "dev"), NOWHERE, CLOCK, probe)
    assert not check_alarm(bench, "orders", Kind.WIRING, "a").failed
    (described,) = cloudwatch.describe_alarms(AlarmNames=["a"])["MetricAlarms"]
    assert described["StateValue"] == after
    assert described["StateReason"] != REASON


def test_no_state_is_set_of_an_alarm_that_is_muted(account: Account, muted: dict[str, str]) -> None:
    """By a drill that was killed, say: it tells nobody, the probe included."""
    cloudwatch = with_alarm(account, "OK", "so it was")
    muted["a"] = "drill-mute-killed-dev"
    bench = Bench(account, config.load(DEMO, "dev"), NOWHERE, CLOCK, Probe(account, ""))
    check = check_alarm(bench, "orders", Kind.WIRING, "a")
    assert (check.result, check.detail) == (
        Result.NOT_SHOWN,
        "a is muted by drill-mute-killed-dev",
    )
    assert cloudwatch.describe_alarms()["MetricAlarms"][0]["StateReason"] == "so it was"


@slow
def test_the_page_is_looked_at_before_the_alarms_behind_it_are_disturbed(account: Account) -> None:
    stage = config.load(DEMO, "dev")
    sns = account.client("sns")
    topics = Topics(
        sns.create_topic(Name="alerts-topic-dev")["TopicArn"],
        sns.create_topic(Name="pages-topic-dev")["TopicArn"],
    )
    first, *_ = check_wiring(account, stage, topics, CLOCK, stage.functions)
    assert first.detail == f"stack -> alarm: {names.stage_health('dev')} is not deployed"


class Busy:
    """A CloudWatch that refuses the first calls with ``code``."""

    def __init__(self, code: str, refusals: int) -> None:
        self.states: list[str] = []
        self._code, self._refusals = code, refusals

    def client(self, _: str) -> "Busy":
        return self

    def set_alarm_state(self, **given: str) -> None:
        if self._refusals:
            self._refusals -= 1
            raise ClientError({"Error": {"Code": self._code}}, "SetAlarmState")
        self.states.append(given["StateValue"])


def bench_on(busy: Busy) -> Bench:
    account: Any = busy
    return Bench(account, config.load(DEMO, "dev"), NOWHERE, CLOCK, Probe(account, ""))


def test_a_state_is_set_also_where_aws_is_busy_for_a_while() -> None:
    busy = Busy("ThrottlingException", refusals=3)
    bench_on(busy).set_state("a", "OK", "so it was")
    assert busy.states == ["OK"]


def test_no_state_is_set_where_somebody_would_be_told() -> None:
    busy = Busy("", refusals=0)
    people = Audience(frozenset({"email people"}), frozenset({"email people"}))
    (check,) = checked(bench_on(busy), people, "orders", Kind.WIRING, "a")
    assert (check.result, check.detail) == (Result.NOT_SHOWN, people.why_not_set)
    assert busy.states == []


@pytest.mark.parametrize("confirmed", [True, False])
def test_no_state_is_set_of_an_alarm_that_tells_people_past_the_notifier(
    account: Account, confirmed: bool
) -> None:
    """Their topic has texts, which no filter reads: they would be woken by the drill."""
    sns = account.client("sns")
    topics = Topics(*(sns.create_topic(Name=name)["TopicArn"] for name in ("alerts", "pages")))
    people = sns.create_topic(Name="people")["TopicArn"]
    if confirmed:
        sns.subscribe(TopicArn=people, Protocol="email", Endpoint="team@example.com")
    cloudwatch = account.client("cloudwatch")
    cloudwatch.put_metric_alarm(
        AlarmName="a", Namespace="n", MetricName="m", Statistic="Sum", Period=60,
        EvaluationPeriods=1, Threshold=0, ComparisonOperator="GreaterThanThreshold",
        AlarmActions=[topics.alerts, people],
    )  # fmt: skip
    cloudwatch.set_alarm_state(AlarmName="a", StateValue="OK", StateReason="so it was")
    queue_url = account.client("sqs").create_queue(QueueName="probe")["QueueUrl"]
    probe = notified(account, queue_url, ("a", "ALARM"), ("a", "OK"))
    bench = Bench(account, config.load(DEMO, "dev"), topics, CLOCK, probe)

    check = check_alarm(bench, "orders", Kind.WIRING, "a")

    history = cloudwatch.describe_alarms(AlarmNames=["a"])["MetricAlarms"][0]["StateReason"]
    if confirmed:
        assert check.result is Result.NOT_SHOWN
        assert check.detail.startswith("email team@example.com would be told: a tells people past")
        assert history == "so it was"
    else:
        assert check.result is Result.PASSED
        assert history == "tocsin drill: wiring, the state that was found"


@pytest.mark.parametrize(("code", "refusals"), [("ThrottlingException", 4), ("AccessDenied", 1)])
def test_what_does_not_pass_is_said(code: str, refusals: int) -> None:
    busy = Busy(code, refusals)
    with pytest.raises(ClientError, match=code):
        bench_on(busy).set_state("a", "OK", "so it was")
    assert busy.states == []
