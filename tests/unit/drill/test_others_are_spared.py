"""Who would hear of a drill, how their alarms are muted, and what a killed drill leaves."""

import json
import os
import socket
import time
from typing import Any

import pytest
from botocore.exceptions import (
    ClientError,
    EndpointConnectionError,
    NoCredentialsError,
    ReadTimeoutError,
)

from tests.conftest import DEMO
from tocsin import config, names
from tocsin.aws.account import Account
from tocsin.config.notification import NEWS
from tocsin.drill import Topics
from tocsin.drill.audience import Audience, told_past
from tocsin.drill.checks import Kind, Link, Result
from tocsin.drill.resource_tags import EXPIRES_TAG, HOLDER_TAG, STAGE_TAG, is_over, tags
from tocsin.drill.trouble import guarded, passes
from tocsin.exceptions import TocsinError

STAGE = config.load(DEMO, "dev")
SPARED = {
    "FilterPolicyScope": "MessageBody",
    "FilterPolicy": json.dumps(NEWS),
}


@pytest.fixture
def topics(account: Account) -> Topics:
    sns = account.client("sns")
    alerts, pages = (sns.create_topic(Name=name)["TopicArn"] for name in ("alerts", "pages"))
    return Topics(alerts, pages)


def subscribed(account: Account, topic: str, queue: str, **attributes: str) -> None:
    arn = f"arn:aws:sqs:us-east-1:123456789012:{queue}"
    account.client("sns").subscribe(
        TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes=attributes
    )


def test_nobody_is_there_where_only_the_probe_listens(account: Account, topics: Topics) -> None:
    subscribed(account, topics.alerts, f"{names.PROBE_QUEUE_PREFIX}1234-dev")
    found = Audience.of(account, topics)
    assert (found.subscribed, found.unspared, found.why_not_set) == (frozenset(), frozenset(), "")


def test_who_leaves_out_drills_is_there_and_is_spared(account: Account, topics: Topics) -> None:
    subscribed(account, topics.pages, "people", **SPARED)
    found = Audience.of(account, topics)
    assert found.subscribed == {"sqs arn:aws:sqs:us-east-1:123456789012:people"}
    assert found.why_not_set == ""


@pytest.mark.parametrize(
    "attributes",
    [
        {},
        {"FilterPolicy": SPARED["FilterPolicy"]},  # of the attributes, which alarms have none of
        {**SPARED, "FilterPolicy": json.dumps({"NewStateValue": ["ALARM"]})},
    ],
    ids=["no filter", "another scope", "another filter"],
)
def test_who_does_not_is_named(account: Account, topics: Topics, attributes: Any) -> None:
    subscribed(account, topics.alerts, "people", **attributes)
    assert ":people would be told" in Audience.of(account, topics).why_not_set


class Subscriptions:
    """An account whose topics have one subscription, by e-mail and under this ARN."""

    def __init__(self, arn: str, **attributes: str) -> None:
        self._arn, self._attributes = arn, attributes

    def client(self, service: str) -> "Subscriptions":
        return self

    def get_paginator(self, operation: str) -> "Subscriptions":
        return self

    def paginate(self, **_: str) -> list[dict[str, Any]]:
        found = {"SubscriptionArn": self._arn, "Protocol": "email", "Endpoint": "a@example.org"}
        return [{"Subscriptions": [found]}]

    def get_subscription_attributes(self, SubscriptionArn: str) -> dict[str, Any]:
        assert SubscriptionArn.startswith("arn:"), "AWS refuses what is no ARN"
        return {"Attributes": self._attributes}


@pytest.mark.parametrize(
    ("there", "hears"),
    [
        (Subscriptions("PendingConfirmation"), False),
        (Subscriptions("Deleted"), False),
        (Subscriptions("arn:aws:sns:x:1:alerts:1", PendingConfirmation="true"), False),
        (Subscriptions("arn:aws:sns:x:1:alerts:1", PendingConfirmation="false"), True),
    ],
    ids=["pending", "deleted", "pending with an ARN", "confirmed"],
)
def test_who_has_not_confirmed_hears_nothing(there: Any, hears: bool) -> None:
    found = Audience.of(there, Topics("alerts", "pages"))
    assert found.subscribed == ({"email a@example.org"} if hears else set())


@pytest.mark.parametrize(("attributes", "named"), [({}, True), (SPARED, False)])
def test_who_is_told_past_the_stages_topics_is_named(
    account: Account, topics: Topics, attributes: dict[str, str], named: bool
) -> None:
    texts = account.client("sns").create_topic(Name="texts")["TopicArn"]
    alarm = {"AlarmName": "notifier", "AlarmActions": [topics.alerts], "OKActions": [texts]}
    subscribed(account, topics.alerts, "alerts-people")
    assert told_past(account, topics, alarm) == ""
    subscribed(account, texts, "people", **attributes)
    said = told_past(account, topics, alarm)
    assert (":people would be told: notifier" in said) is named
    assert "alerts-people" not in said


def holder(process: int, host: str = socket.gethostname()) -> str:
    return f"{host}/{process}"


def of_a_drill(**changed: str) -> dict[str, str]:
    return {**tags(STAGE), **changed}


def test_what_a_drill_under_way_has_made_is_its_own() -> None:
    assert is_over(of_a_drill(), STAGE) is False


@pytest.mark.parametrize(
    ("changed", "over"),
    [
        ({EXPIRES_TAG: str(int(time.time()) - 1)}, True),
        ({EXPIRES_TAG: "soon"}, True),
        ({HOLDER_TAG: holder(2**22 + 1)}, True),  # beyond the largest process id
        ({HOLDER_TAG: holder(2**22 + 1, "another-machine")}, False),
        ({HOLDER_TAG: "nonsense"}, False),
        ({HOLDER_TAG: holder(os.getpid())}, False),
        ({STAGE_TAG: "tocsin-prod", EXPIRES_TAG: "0"}, False),
    ],
)
def test_a_drill_is_over_when_its_process_is_gone_or_its_time(
    changed: dict[str, str], over: bool
) -> None:
    assert is_over(of_a_drill(**changed), STAGE) is over


def test_what_a_drill_makes_is_its_own_for_hours_and_not_for_days() -> None:
    """On another machine nobody can ask for its process."""
    left_s = int(tags(STAGE)[EXPIRES_TAG]) - time.time()
    assert 2 * 3600 < left_s < 24 * 3600


def test_what_no_drill_has_made_is_left_alone() -> None:
    assert is_over({}, STAGE) is False


def refused(code: str, status: int) -> ClientError:
    answer: Any = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(answer, "DescribeAlarms")


@pytest.mark.parametrize(
    ("error", "goes_by"),
    [
        (refused("InternalFailure", 500), True),
        (refused("ServiceUnavailable", 503), True),
        (refused("Throttling", 400), True),
        (refused("ThrottlingException", 400), True),
        (refused("AccessDenied", 403), False),
        (refused("ExpiredToken", 403), False),
        (EndpointConnectionError(endpoint_url="https://monitoring"), True),
        (ReadTimeoutError(endpoint_url="https://monitoring"), True),
        (NoCredentialsError(), False),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_passes_is_tried_again(error: Exception, goes_by: bool) -> None:
    assert passes(error) is goes_by


@pytest.mark.parametrize(
    "error", [refused("ServiceUnavailable", 503), NoCredentialsError(), TocsinError("not so")]
)
def test_what_aws_gives_up_on_fails_its_check_and_not_the_drill(error: Exception) -> None:
    def checks() -> Any:
        yield from ()
        raise error

    (check,) = guarded("orders", Kind.TIMEOUT, Link.RECORDED, checks())
    assert (check.function, check.kind, check.link) == ("orders", Kind.TIMEOUT, Link.RECORDED)
    assert check.result is Result.FAILED
    assert check.detail.startswith("not looked at: ")


def test_a_mistake_of_ours_ends_the_drill() -> None:
    def checks() -> Any:
        yield from ()
        raise KeyError("ours")

    with pytest.raises(KeyError):
        list(guarded("orders", Kind.TIMEOUT, Link.RECORDED, checks()))
