"""Everybody whom monitoring.yml declares is subscribed and confirmed, or named."""

import io
import json
from dataclasses import replace

import pytest
from botocore.stub import Stubber

from tests.conftest import DEMO
from tocsin import config
from tocsin.aws.account import Account
from tocsin.config import Stage
from tocsin.drill.subscribers import subscribers
from tocsin.drill.topics import Topics

MAIL = ("email", "oncall@example.com")
HOOK = ("https", "https://example.com/hook")


@pytest.fixture
def topic(account: Account) -> str:
    return str(account.client("sns").create_topic(Name="people-topic-dev")["TopicArn"])


def declaring(*notified: tuple[str, str]) -> Stage:
    declared = [{"protocol": protocol, "endpoint": endpoint} for protocol, endpoint in notified]
    return replace(
        config.load(DEMO, "dev"),
        notifications=tuple(
            config.Notification.model_validate(notification) for notification in declared
        ),
    )


def subscribe(account: Account, topic: str, notified: tuple[str, str]) -> str:
    protocol, endpoint = notified
    return str(
        account.client("sns").subscribe(TopicArn=topic, Protocol=protocol, Endpoint=endpoint)[
            "SubscriptionArn"
        ]
    )


def broken(account: Account, topic: str, *notified: tuple[str, str]) -> list[str]:
    return [
        subscriber.detail
        for subscriber in subscribers(account, declaring(*notified), Topics(alerts="", pages=topic))
    ]


def test_who_is_subscribed_passes(account: Account, topic: str) -> None:
    subscribe(account, topic, MAIL)
    assert broken(account, topic, MAIL) == [""]


def test_who_is_not_declared_is_no_concern(account: Account, topic: str) -> None:
    subscribe(account, topic, MAIL)
    assert broken(account, topic) == []


def test_who_ended_the_subscription_is_named(account: Account, topic: str) -> None:
    account.client("sns").unsubscribe(SubscriptionArn=subscribe(account, topic, MAIL))
    (detail,) = broken(account, topic, MAIL)
    assert detail.startswith("topic -> subscriber: email oncall@example.com is not subscribed to")


def test_who_has_not_confirmed_is_named(account: Account, topic: str) -> None:
    # As AWS answers; moto confirms every subscription by itself.
    listed = {"SubscriptionArn": "PendingConfirmation", "Protocol": HOOK[0], "Endpoint": HOOK[1]}
    with Stubber(account.client("sns")) as answers:
        answers.add_response("list_subscriptions_by_topic", {"Subscriptions": [listed]})
        (detail,) = broken(account, topic, HOOK)
    assert detail.startswith(
        "topic -> subscriber: https https://example.com/hook has not confirmed its subscription"
    )


CHANNEL = {"protocol": "slack", "secret": "ssm:/shop/slack"}


def answered(account: Account, monkeypatch, answer: object) -> list[str]:
    """What is said of a Slack channel, where the notifier answers ``answer``."""
    stage = replace(
        config.load(DEMO, "dev"), notifications=(config.Notification.model_validate(CHANNEL),)
    )
    client = account.client("lambda")
    monkeypatch.setattr(
        client, "invoke", lambda **_: {"Payload": io.BytesIO(json.dumps(answer).encode())}
    )
    topics = Topics(alerts="", pages="arn:aws:sns:us-east-1:123456789012:pages-topic-dev")
    return [check.detail for check in subscribers(account, stage, topics)]


ROUTE = f"slack-{config.Notification.model_validate(CHANNEL).digest}"


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ({"routes": [{"route": ROUTE, "failed": ""}]}, ""),
        ({"routes": [{"route": ROUTE, "failed": "Slack answers invalid_auth"}]}, "invalid_auth"),
        ({"routes": []}, "the notifier does not know it; deploy"),
        ({"errorMessage": "x", "errorType": "KeyError"}, "does not say (KeyError)"),
        (None, "does not say (TypeError)"),
    ],
)
def test_whom_the_notifier_tells_it_is_asked_about(account, monkeypatch, answer, said) -> None:
    (detail,) = answered(account, monkeypatch, answer)
    assert said in detail
    assert bool(detail) == bool(said)


def test_people_are_looked_for_where_the_notifier_tells_them(account: Account) -> None:
    topic = account.client("sns").create_topic(Name="people-topic-dev")["TopicArn"]
    subscribe(account, topic, MAIL)
    pages = topic.replace("people-", "pages-")
    assert broken(account, pages, MAIL) == [""]
