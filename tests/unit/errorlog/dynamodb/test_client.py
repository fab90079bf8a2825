"""PutItem as the store sees it, and what becomes of the connection."""

import json
import subprocess
import sys
import threading

import pytest

from errorlog.dynamodb import background
from errorlog.dynamodb import client as clients
from errorlog.dynamodb.background import Background, NotStarted
from errorlog.dynamodb.client import Client
from errorlog.dynamodb.deadline import Deadline
from errorlog.dynamodb.failure import Unreachable
from tests.unit.errorlog.dynamodb.servers import OK, answering, serving

LONG_S = 60.0
ITEM = {"errorId": {"S": "1"}, "message": {"S": "ünïcode \U0001f600"}}


@pytest.fixture
def put(monkeypatch):
    """``put(server, client)``: one write to it."""

    def write(server, client) -> None:
        monkeypatch.setenv("AWS_ENDPOINT_URL", server.url)
        client.put_item("errors", json.dumps(ITEM), Deadline(LONG_S, LONG_S))

    return write


def test_the_request_is_one_put_item(put) -> None:
    with serving(answering(OK)) as server:
        put(server, Client())
    (request,) = server.requests
    head, _, body = request.partition(b"\r\n\r\n")
    first, *headers = head.decode().split("\r\n")
    named = dict(line.split(": ", 1) for line in headers)
    assert first == "POST / HTTP/1.1"
    assert named["x-amz-target"] == "DynamoDB_20120810.PutItem"
    assert named["content-type"] == "application/x-amz-json-1.0"
    assert named["content-length"] == str(len(body))
    assert named["authorization"].startswith("AWS4-HMAC-SHA256 Credential=testing/")
    assert json.loads(body) == {"TableName": "errors", "Item": ITEM}


def test_writes_share_a_connection(put) -> None:
    client = Client()
    with serving(answering(OK)) as server:
        for _ in range(5):
            put(server, client)
        assert (server.connections, len(server.requests)) == (1, 5)


def test_one_that_was_closed_meanwhile_is_made_anew(put) -> None:
    """As after a freeze: nothing is lost, and no attempt is spent on the dead one."""

    def once(conversation):
        conversation.request()
        conversation.say(OK)

    client = Client()
    with serving(once) as server:
        for number in range(1, 4):
            put(server, client)
            server.closed.acquire()
            assert (server.connections, len(server.requests)) == (number, number)


def test_one_that_dies_under_the_request_is_made_anew(put, monkeypatch) -> None:
    """Closed in the moment between the look at it and the request."""

    def one_answer(conversation):
        conversation.request()
        conversation.say(OK)
        conversation.request()  # and hangs up

    client = Client()
    with serving(one_answer) as server:
        put(server, client)
        put(server, client)
        assert (server.connections, len(server.requests)) == (2, 3)


def test_a_new_one_that_dies_is_the_stores_failure(put) -> None:
    with serving(lambda conversation: conversation.request()) as server:
        with pytest.raises(Unreachable):
            put(server, Client())
        assert server.connections == 1


def test_threads_never_share_one_at_the_same_time(put) -> None:
    client, both = Client(), threading.Barrier(2, timeout=LONG_S)

    def script(conversation):
        while True:
            conversation.request()
            both.wait()  # answers only when the other thread's request is here too
            conversation.say(OK)

    with serving(script) as server:
        threads = [threading.Thread(target=put, args=(server, client)) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert (server.connections, len(server.requests)) == (2, 2)
        assert len(client._idle) == 1


def test_without_a_thread_this_call_alone_fails(monkeypatch) -> None:
    def none(*_):
        raise RuntimeError("can't start new thread")

    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://localhost:9")
    monkeypatch.setattr(background, "start_new_thread", none)
    with pytest.raises(NotStarted, match="ThreadNotStarted: can't start new thread") as caught:
        Client().put_item("errors", json.dumps(ITEM), Deadline(LONG_S, LONG_S))
    assert not caught.value.down


def test_what_a_thread_raises_is_raised_where_it_is_waited_for() -> None:
    def fail():
        raise KeyError("x")

    with pytest.raises(KeyError):
        Background(fail).result(LONG_S)


def test_a_first_failure_loads_no_sdk_and_nothing_heavy() -> None:
    """Record, write and TLS, in a fresh process: each millisecond of CPU is 14 with 128 MB."""
    program = """
import sys
import errorlog.recorder, errorlog.dynamodb.client, errorlog.dynamodb.trust
print(*sorted({name.partition(".")[0] for name in sys.modules}))
"""
    done = subprocess.run(
        [sys.executable, "-S", "-c", program], cwd=clients.__file__.rsplit("/", 3)[0],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    loaded = set(done.stdout.split())
    heavy = "botocore boto3 urllib3 http email asyncio dataclasses inspect random logging"
    assert not loaded & set(heavy.split())
    assert {"ssl", "socket", "hmac"} <= loaded
