"""What drills that were killed have left is cleared; what another is using, and others', is not."""

from collections.abc import Callable
from types import ModuleType

import pytest

from tests.conftest import DEMO
from tocsin import config
from tocsin.aws.account import Account
from tocsin.config import Stage
from tocsin.drill import probe
from tocsin.drill.leftovers import clear_probes
from tocsin.drill.resource_tags import EXPIRES_TAG, is_over, tags


@pytest.fixture
def stage() -> Stage:
    return config.load(DEMO, "dev")


def queue(account: Account, name: str, given: dict[str, str]) -> str:
    """Its ARN."""
    sqs = account.client("sqs")
    url = sqs.create_queue(QueueName=name, tags=given)["QueueUrl"]
    answer = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    return str(answer["Attributes"]["QueueArn"])


def names_of(account: Account) -> set[str]:
    urls = account.client("sqs").list_queues().get("QueueUrls", [])
    return {url.rpartition("/")[2] for url in urls}


def test_queues_of_drills_that_are_over_go_with_their_subscriptions(
    account: Account, stage: Stage
) -> None:
    running, over = tags(stage), tags(stage) | {EXPIRES_TAG: "0"}
    sns = account.client("sns")
    topic = sns.create_topic(Name="alerts-topic-dev")["TopicArn"]
    given = {
        "drill-probe-1-dev": over,
        "drill-probe-2-dev": running,
        "drill-probe-3-prod": over,
        "orders-dev": {},
    }
    for name, tagged in given.items():
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue(account, name, tagged))
    cleared = clear_probes(account, stage, (topic,))
    # Nothing is delivered to a queue that is gone.
    assert cleared[0].startswith(f"{topic}:")
    assert cleared[1:] == ["drill-probe-1-dev"]
    assert names_of(account) == given.keys() - {"drill-probe-1-dev"}
    listed = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    ends = {subscription["Endpoint"].rpartition(":")[2] for subscription in listed}
    assert ends == given.keys() - {"drill-probe-1-dev"}


@pytest.mark.parametrize(("name", "waits"), [("dev", True), ("local", False)])
def test_the_queue_of_a_drill_says_whose_it_is_and_is_waited_for_on_aws(
    account: Account, slept: Callable[[ModuleType], list[float]], name: str, waits: bool
) -> None:
    waited = slept(probe)
    stage = config.load(DEMO, name)
    topic = account.client("sns").create_topic(Name="alerts")["TopicArn"]
    with probe.subscribed(account, stage, topic) as made:
        found = account.client("sqs").list_queue_tags(QueueUrl=made.queue_url)["Tags"]
        assert found.keys() == tags(stage).keys()
        assert not is_over(found, stage)
    assert bool(waited) is waits


def test_a_subscription_of_somebody_elses_queue_that_is_gone_is_left_alone(
    account: Account, stage: Stage
) -> None:
    sns = account.client("sns")
    topic = sns.create_topic(Name="alerts-topic-dev")["TopicArn"]
    gone = queue(account, "orders-dev", {})
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=gone)
    sqs = account.client("sqs")
    sqs.delete_queue(QueueUrl=sqs.get_queue_url(QueueName="orders-dev")["QueueUrl"])
    assert clear_probes(account, stage, (topic,)) == []


@pytest.mark.parametrize("call", ["list_queue_tags", "delete_queue"])
def test_a_queue_that_another_clears_meanwhile_is_no_error(
    account: Account, stage: Stage, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    queue(account, "drill-probe-1-dev", tags(stage))
    sqs = account.client("sqs")

    def gone(**_: str) -> None:
        raise sqs.exceptions.QueueDoesNotExist({"Error": {"Code": "QueueDoesNotExist"}}, "AnyCall")

    monkeypatch.setattr(sqs, call, gone)
    assert list(probe.clear_queues(account, stage)) == []
