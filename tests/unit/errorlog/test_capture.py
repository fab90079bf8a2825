"""Errors that the function handles itself."""

import pytest
from aws_lambda_powertools.utilities.batch import (
    BatchProcessor,
    EventType,
    process_partial_response,
)

import errorlog
from tests.unit.errorlog.surroundings import Context, Stage, Store


def metrics(outcome) -> list[str]:
    return [line["_aws"]["CloudWatchMetrics"][0]["Metrics"][0]["Name"] for line in outcome.lines]


def test_a_handled_error_has_a_record_and_a_metric_of_its_own(stage) -> None:
    @errorlog.record_errors
    def handler(event, context):
        try:
            raise ConnectionError("card network down")
        except ConnectionError as error:
            return errorlog.capture_exception(error, attempt=2, apiKey="Zq9-mine")

    with stage.watch() as outcome:
        error_id = handler({"orderId": "o-1"}, Context())
    (record,) = outcome.stored
    assert record["errorId"] == error_id
    assert (record["handled"], record["source"]) == (True, "handler")
    assert record["context"] == {"attempt": 2, "apiKey": "[redacted]"}
    assert record["event"] == {"orderId": "o-1"}
    assert record["requestId"] == Context().aws_request_id
    assert metrics(outcome) == ["HandledErrors"]
    assert outcome.lines[0]["errorId"] == error_id
    assert outcome.lines[0]["errorType"] == "ConnectionError"


def test_it_works_outside_a_handler(stage) -> None:
    with stage.watch() as outcome:
        assert errorlog.capture_exception(ValueError("never raised"))
    (record,) = outcome.stored
    assert record["stackTrace"] == "ValueError: never raised"
    assert "requestId" not in record


def test_captured_and_raised_is_one_record(stage) -> None:
    @errorlog.record_errors
    def handler(event, context):
        try:
            raise ValueError("x")
        except ValueError as error:
            errorlog.capture_exception(error)
            raise

    with stage.watch() as outcome:
        for _ in range(2):
            with pytest.raises(ValueError, match="x"):
                handler({}, Context())
    assert len(outcome.stored) == 2


def test_it_never_raises(monkeypatch) -> None:
    def broken():
        raise RuntimeError("a bug of ours")

    monkeypatch.setattr("errorlog.recorder.default", broken)
    assert errorlog.capture_exception(ValueError("x")) is None


def test_a_handled_error_beyond_the_budget_is_still_counted() -> None:
    stage = Stage(Store(), burst=1)
    with stage.watch() as outcome:
        ids = [errorlog.capture_exception(ValueError("x")) for _ in range(3)]
    assert [error_id is None for error_id in ids] == [False, True, True]
    assert metrics(outcome).count("HandledErrors") == 3
    assert metrics(outcome).count("ErrorLogSuppressed") == 2


SQS = {
    "Records": [
        {"messageId": f"m-{n}", "body": body, "eventSource": "aws:sqs", "attributes": {}}
        for n, body in enumerate(["fine", "bad", '{"password": "Zq9-mine"}'])
    ]
}


def test_failed_items_of_a_batch_through_powertools(stage) -> None:
    @errorlog.record_item_errors
    def one(record):
        if record.body != "fine":
            raise ValueError(f"cannot read {record.body}")

    @errorlog.record_errors
    def handler(event, context):
        processor = BatchProcessor(event_type=EventType.SQS)
        return process_partial_response(event, one, processor, context)

    with stage.watch() as outcome:
        answer = handler(SQS, Context())
    assert answer == {"batchItemFailures": [{"itemIdentifier": "m-1"}, {"itemIdentifier": "m-2"}]}
    assert [record["itemId"] for record in outcome.stored] == ["m-1", "m-2"]
    assert all(record["handled"] for record in outcome.stored)
    assert outcome.stored[0]["event"]["body"] == "bad"
    assert "Zq9-mine" not in str(outcome.stored[1])
    assert metrics(outcome) == ["HandledErrors"] * 2 + ["FailedAnswers"]


def test_failed_items_of_a_batch_without_powertools(stage) -> None:
    @errorlog.record_item_errors
    def one(item):
        raise KeyError(item["kinesis"]["sequenceNumber"])

    with stage.watch() as outcome, pytest.raises(KeyError):
        one({"kinesis": {"sequenceNumber": "495", "data": "Zm9v"}})
    assert outcome.stored[0]["itemId"] == "495"
