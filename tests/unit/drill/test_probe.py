"""The probe listens for the length of a block and leaves nothing, however the block ends."""

import json

import pytest

from tests.conftest import DEMO, slow
from tocsin import config
from tocsin.drill import probe


@pytest.fixture(autouse=True)
def usable_at_once(monkeypatch):
    monkeypatch.setattr(probe, "_USABLE_AFTER_S", 0)  # moto's queues are
    monkeypatch.setattr(probe, "_LONG_POLL_S", 0)


@pytest.fixture
def topic(account):
    return account.client("sns").create_topic(Name="alerts-topic-dev")["TopicArn"]


@pytest.fixture
def stage():
    return config.load(DEMO, "dev")


def left_behind(account):
    return (
        account.client("sqs").list_queues().get("QueueUrls", []),
        account.client("sns").list_subscriptions()["Subscriptions"],
    )


def publish(account, topic, **message):
    account.client("sns").publish(TopicArn=topic, Message=json.dumps(message))


def test_it_finds_the_notification_of_an_alarm_and_a_state(account, stage, topic) -> None:
    with probe.subscribed(account, stage, topic) as listening:
        publish(account, topic, AlarmName="a", NewStateValue="ALARM", NewStateReason="why")
        publish(account, topic, AlarmName="b", NewStateValue="OK")
        found = listening.find("a", "ALARM")
        assert found is not None
        assert found.message["NewStateReason"] == "why"
        assert listening.find("b", "OK") is not None
        assert listening.find("b", "ALARM", patience_s=0) is None


def test_a_queue_is_not_given_up_before_it_had_nothing_several_times(
    account, stage, topic, monkeypatch
) -> None:
    answers = [[], [], [{"AlarmName": "a", "NewStateValue": "OK"}]]

    def receive(self) -> bool:
        found = answers.pop(0)
        self.received += [probe.ReceivedNotification("a", "OK", message) for message in found]
        return bool(found)

    monkeypatch.setattr(probe.Probe, "_receive", receive)
    with probe.subscribed(account, stage, topic) as listening:
        assert listening.find("a", "OK", patience_s=0) is not None


@slow
def test_a_message_that_is_no_alarm_is_kept_apart(account, stage, topic) -> None:
    with probe.subscribed(account, stage, topic) as listening:
        account.client("sns").publish(TopicArn=topic, Message="not JSON")
        publish(account, topic, AlarmName="a", NewStateValue="OK")
        assert listening.find("a", "OK") is not None
        assert len(listening.malformed) == 1


@slow
@pytest.mark.parametrize("how", [KeyboardInterrupt, RuntimeError, SystemExit])
def test_it_leaves_nothing_when_the_drill_is_interrupted(account, stage, topic, how) -> None:
    def interrupted() -> None:
        with probe.subscribed(account, stage, topic):
            queues, subscriptions = left_behind(account)
            assert (len(queues), len(subscriptions)) == (1, 1)
            raise how

    with pytest.raises(how):
        interrupted()
    assert left_behind(account) == ([], [])


def test_it_leaves_nothing_when_it_cannot_subscribe(account, stage) -> None:
    def nowhere() -> None:
        with probe.subscribed(account, stage, "arn:aws:sns:us-east-1:123456789012:no-such-topic"):
            pytest.fail("subscribed to a topic that is not there")

    with pytest.raises(account.client("sns").exceptions.NotFoundException):
        nowhere()
    assert left_behind(account) == ([], [])


def test_the_queue_is_made_with_its_policy(account, stage, topic) -> None:
    """One that is set afterwards takes a minute to hold, and SNS gives up on what is refused."""
    called = []
    account.client("sqs").meta.events.register(
        "before-call.sqs", lambda model, params, **_: called.append((model.name, params["body"]))
    )
    with probe.subscribed(account, stage, topic):
        ((first, sent), *_) = called
        assert first == "CreateQueue"
        assert (
            topic
            in json.loads(json.loads(sent)["Attributes"]["Policy"])["Statement"][0]["Condition"][
                "ArnEquals"
            ]["aws:SourceArn"]
        )
        assert "SetQueueAttributes" not in [name for name, _ in called]


def test_a_notification_may_take_longer_where_it_has_a_way_to_go(account, topic) -> None:
    patience_s = {}
    for name in ("dev", "local"):
        with probe.subscribed(account, config.load(DEMO, name), topic) as listening:
            patience_s[name] = listening.patience_s
    assert patience_s["dev"] >= 3 * patience_s["local"]


def test_only_the_topic_may_send_to_the_queue(account, stage, topic) -> None:
    with probe.subscribed(account, stage, topic) as listening:
        attributes = account.client("sqs").get_queue_attributes(
            QueueUrl=listening.queue_url, AttributeNames=["Policy"]
        )["Attributes"]
    (statement,) = json.loads(attributes["Policy"])["Statement"]
    assert statement["Action"] == "sqs:SendMessage"
    assert statement["Condition"] == {"ArnEquals": {"aws:SourceArn": [topic]}}
