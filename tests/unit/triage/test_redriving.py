"""What the collector gave up on is given to it again, and nothing of it is lost."""

import io
import json

import pytest

from tests.conftest import DEMO
from tocsin import config, names
from tocsin.aws.account import Account, NotDeployed
from tocsin.triage import redrive, redriven_lines

DELIVERY = {"awslogs": {"data": "H4sI"}}


class Queues:
    """An SQS queue whose received messages are hidden."""

    class exceptions:
        class QueueDoesNotExist(Exception):
            pass

    def __init__(self, bodies) -> None:
        self.messages = [
            {"MessageId": str(index), "ReceiptHandle": f"r{index}", "Body": body}
            for index, body in enumerate(bodies)
        ]
        self.hidden: set[str] = set()

    def get_queue_url(self, QueueName):
        assert QueueName == names.dead_letters("dev")
        return {"QueueUrl": "http://queue"}

    def receive_message(self, MaxNumberOfMessages, **_):
        found = [
            message for message in self.messages if message["ReceiptHandle"] not in self.hidden
        ]
        found = found[:MaxNumberOfMessages]
        self.hidden |= {letter["ReceiptHandle"] for letter in found}
        return {"Messages": found} if found else {}

    def delete_message(self, QueueUrl, ReceiptHandle):
        self.messages = [
            message for message in self.messages if message["ReceiptHandle"] != ReceiptHandle
        ]

    def change_message_visibility(self, QueueUrl, ReceiptHandle, VisibilityTimeout):
        assert VisibilityTimeout == 0
        self.hidden.discard(ReceiptHandle)


class Lambdas:
    """A collector that fails from its ``fails_at``-th call on."""

    def __init__(self, fails_at=None) -> None:
        self.given, self.fails_at = [], fails_at

    def invoke(self, FunctionName, Payload):
        assert FunctionName == "collector-function-dev"
        if self.fails_at is not None and len(self.given) >= self.fails_at:
            said = {"errorType": "EndpointConnectionError", "errorMessage": "the store is down"}
            payload = io.BytesIO(json.dumps(said).encode())
            return {"FunctionError": "Unhandled", "Payload": payload}
        self.given.append(json.loads(Payload))
        return {"Payload": io.BytesIO(b"{}")}


@pytest.fixture
def stage():
    return config.load(DEMO, "dev")


@pytest.fixture
def run(stage, monkeypatch):
    def done(queues, lambdas):
        clients = {"sqs": queues, "lambda": lambdas}
        account = Account.__new__(Account)
        monkeypatch.setattr(Account, "client", lambda _, service: clients[service])
        return redrive(account, stage)

    return done


def test_all_of_them_are_taken_and_deleted(run, stage) -> None:
    queues, lambdas = Queues([json.dumps(DELIVERY)] * 23), Lambdas()
    done = run(queues, lambdas)
    assert (done.taken, done.strange, done.stopped) == (23, 0, "")
    assert lambdas.given == [DELIVERY] * 23
    assert queues.messages == []
    assert redriven_lines(done, stage) == ["23 deliveries taken by the collector"]


def test_the_envelope_of_a_destination_is_opened(run) -> None:
    queues, lambdas = Queues([json.dumps({"requestPayload": DELIVERY})]), Lambdas()
    assert run(queues, lambdas).taken == 1
    assert lambdas.given == [DELIVERY]


def test_it_stops_where_the_collector_fails_again_and_leaves_the_rest(run, stage) -> None:
    queues, lambdas = Queues([json.dumps(DELIVERY)] * 5), Lambdas(fails_at=2)
    done = run(queues, lambdas)
    assert (done.taken, done.stopped) == (2, "EndpointConnectionError: the store is down")
    assert [message["MessageId"] for message in queues.messages] == ["2", "3", "4"]
    assert queues.hidden.isdisjoint({"r2", "r3", "r4"})
    assert "the store is down" in redriven_lines(done, stage)[-1]


@pytest.mark.parametrize("body", ["no json", "[]", "{}", '{"requestPayload": 7}', "[" * 20_000])
def test_a_message_that_is_no_delivery_stays(run, stage, body) -> None:
    queues, lambdas = Queues([body, json.dumps(DELIVERY)]), Lambdas()
    done = run(queues, lambdas)
    assert (done.taken, done.strange) == (1, 1)
    assert [message["Body"] for message in queues.messages] == [body]
    assert "collector-dead-letters-dev" in redriven_lines(done, stage)[-1]


def test_a_stage_without_the_queue_is_named(run, monkeypatch) -> None:
    queues = Queues([])

    def missing(QueueName):
        raise queues.exceptions.QueueDoesNotExist

    monkeypatch.setattr(Account, "region", "us-east-1", raising=False)
    monkeypatch.setattr(queues, "get_queue_url", missing)
    with pytest.raises(NotDeployed, match="no queue collector-dead-letters-dev in us-east-1"):
        run(queues, Lambdas())
