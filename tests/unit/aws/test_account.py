"""Clients, as several threads ask for them."""

import threading

import boto3

from tocsin.aws.account import Account


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
