"""Clients, as several threads ask for them."""

import threading

import boto3
import pytest
from moto import mock_aws
from moto.core.utils import get_service_model

from tocsin.aws.account import Account


def test_an_error_has_its_class_whatever_moto_adds_to_the_services_description(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """SQS's own name of it is looked up, and not the older one that moto puts there."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    get_service_model("sqs")  # as the mock of an earlier test has
    with mock_aws():
        client = Account("us-east-1", boto3.Session(region_name="us-east-1"), {}).client("sqs")
        with pytest.raises(client.exceptions.QueueDoesNotExist):
            client.get_queue_url(QueueName="orders-dev")


def test_threads_that_ask_at_once_get_one_client_with_one_class_of_each_exception() -> None:
    account = Account("us-east-1", boto3.Session(region_name="us-east-1"), {})
    together = threading.Barrier(8)
    clients = []

    def ask() -> None:
        together.wait()
        clients.append(account.client("dynamodb"))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({id(client) for client in clients}) == 1
    # Made with the client, not by the thread that needs them first.
    assert clients[0]._exceptions is not None
