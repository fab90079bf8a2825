"""Answers that report a failure are records, and go on as they are."""

import asyncio
import copy
import json
from decimal import Decimal
from http import HTTPStatus

import pytest
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver
from aws_lambda_powertools.event_handler.exceptions import InternalServerError
from aws_lambda_powertools.utilities.data_classes import SQSEvent, event_source

import errorlog
from tests.unit.errorlog.surroundings import Context, Stage, Store


def metrics(outcome) -> list[tuple[str, float]]:
    names = [line["_aws"]["CloudWatchMetrics"][0]["Metrics"][0]["Name"] for line in outcome.lines]
    return [(name, line[name]) for name, line in zip(names, outcome.lines, strict=True)]


def ending(answer, stage, event=None, **options):
    @errorlog.record_errors(**options)
    def handler(event, context):
        return answer

    before = copy.deepcopy(answer)
    with stage.watch() as outcome:
        assert handler({"orderId": "o-1"} if event is None else event, Context()) is answer
    assert answer == before
    return outcome


class Own(dict):
    pass


FAILURES = [
    # answer, errorType, errorMessage
    ({"statusCode": 500}, "StatusCode500", "the answer has no text"),
    ({"statusCode": "502", "body": "bad gateway"}, "StatusCode502", "bad gateway"),
    ({"statusCode": 503.0, "body": '{"message": "no stock"}'}, "StatusCode503", "no stock"),
    ({"statusCode": Decimal("504"), "body": ""}, "StatusCode504", "the answer has no text"),
    ({"statusCode": HTTPStatus.BAD_GATEWAY, "body": "[1]"}, "StatusCode502", "[1]"),
    ({"statusCode": 599, "body": '{"error": {"code": 1}}'}, "StatusCode599",
     '{"error": {"code": 1}}'),
    ({"statusCode": 500, "body": "bm8=", "isBase64Encoded": True}, "StatusCode500",
     "the answer has no text"),
    ({"statusCode": 500, "body": "[" * 60_000}, "StatusCode500", "[" * 300),
    ({"statusCode": 500, "body": {"message": "no text"}}, "StatusCode500",
     "the answer has no text"),
    (Own(statusCode=500), "StatusCode500", "the answer has no text"),
    # Of the message 300 characters, out of a body of JSON of 64 K at most.
    ({"statusCode": 500, "body": json.dumps({"message": "x" * 301})}, "StatusCode500", "x" * 300),
    ({"statusCode": 500, "body": '{"message": "no stock"}'.ljust(65_536)}, "StatusCode500",
     "no stock"),
    ({"statusCode": 500, "body": '{"message": "no stock"}'.ljust(65_537)}, "StatusCode500",
     '{"message": "no stock"}'.ljust(300)),
]  # fmt: skip


@pytest.mark.parametrize(("answer", "error_type", "message"), FAILURES)
def test_an_answer_of_5xx_is_one_record_and_one_in_its_own_metric(
    answer, error_type, message, stage
) -> None:
    outcome = ending(answer, stage)
    (record,) = outcome.stored
    assert (record["errorType"], record["errorMessage"]) == (error_type, message)
    assert record["handled"] is True
    assert record["event"] == {"orderId": "o-1"}
    assert record["requestId"] == Context().aws_request_id
    assert record["topFrame"].startswith("tests/unit/errorlog/test_answers.py:")
    assert "statusCode" in record["context"]["answer"]
    assert metrics(outcome) == [("FailedAnswers", 1)]
    assert outcome.lines[0]["requestId"] == Context().aws_request_id
    assert outcome.lines[0]["statusCode"] == int(error_type.removeprefix("StatusCode"))


@pytest.mark.parametrize(
    "answer",
    [
        None, "500", 500, [{"statusCode": 500}], {"statusCode": 200, "body": "500"}, {},
        {"statusCode": 404}, {"statusCode": "499"}, {"statusCode": 600}, {"statusCode": 5000},
        {"statusCode": True}, {"statusCode": None}, {"statusCode": "5 0"}, {"statusCode": "٥٠٠"},
        {"statusCode": float("nan")}, {"statusCode": [500]}, {"statuscode": 500},
        {"batchItemFailures": []}, {"batchItemFailures": None}, {"batchItemFailures": "m-1"},
        {"Status": "FAILED"}, {"Status": "FAILED", "Error": {"ErrorType": "ValueError"}},
    ],
)  # fmt: skip
def test_any_other_answer_leaves_nothing(answer, stage) -> None:
    @errorlog.record_errors
    def handler(event, context):
        return answer

    with stage.watch() as outcome:
        assert handler({}, Context()) is answer
    assert outcome.records == outcome.lines == []


class Hostile:
    def __bool__(self):
        raise RuntimeError("bool")

    def __eq__(self, other):
        raise SystemExit("eq")

    def __str__(self):
        raise KeyboardInterrupt("str")

    __hash__ = None


class HostileDict(dict):
    def __getitem__(self, key):
        raise RuntimeError("getitem")

    def get(self, key, default=None):
        raise RuntimeError("get")


@pytest.mark.parametrize(
    "answer",
    [
        {"statusCode": Hostile()},
        {"batchItemFailures": Hostile()},
        {"batchItemFailures": [Hostile()]},
        {"batchItemFailures": [{"itemIdentifier": Hostile()}]},
        {"Status": Hostile()},
        {"statusCode": 500, "body": Hostile()},
        HostileDict(statusCode=500),
        {"statusCode": 10**5000},
    ],
)
def test_no_answer_breaks_the_call(answer, stage) -> None:
    @errorlog.record_errors
    def handler(event, context):
        return answer

    with stage.watch():
        assert handler({}, Context()) is answer


@pytest.mark.parametrize(
    ("answers", "counted"),
    [
        (None, {500, 503}),
        ("5xx,items", {500, 503}),
        ("503", {503}),
        ("4xx , 500", {404, 429, 500}),
        ("5XX,429", {429, 500, 503}),
        ("items", set()),
        ("none", set()),
    ],
)
def test_a_setting_says_which_answers_count(answers, counted, stage, monkeypatch) -> None:
    if answers is not None:
        monkeypatch.setenv("ERROR_LOG_ANSWERS", answers)
    for status in (200, 404, 429, 500, 503):
        outcome = ending({"statusCode": status}, stage)
        assert len(outcome.stored) == len(outcome.lines) == (status in counted)


def test_items_count_where_the_setting_has_them(stage, monkeypatch) -> None:
    monkeypatch.setenv("ERROR_LOG_ANSWERS", "5xx")
    outcome = ending({"batchItemFailures": [{"itemIdentifier": "m-1"}]}, stage)
    assert outcome.records == outcome.lines == []


def test_statuses_and_messages_are_bugs_of_their_own_and_numbers_in_them_are_not(stage) -> None:
    def fingerprint(status, body):
        (record,) = ending({"statusCode": status, "body": body}, stage).stored
        return record["fingerprint"]

    same = {fingerprint(500, "no stock for order-1"), fingerprint(500, "no stock for order-2")}
    assert len(same) == 1
    others = {fingerprint(502, "no stock for order-1"), fingerprint(500, "no route")}
    assert len(same | others) == 3


def test_what_the_answer_tells_is_redacted(stage) -> None:
    answer = {
        "statusCode": 500,
        "headers": {"Set-Cookie": "session=Zq9-mine-1"},
        "body": '{"message": "no user for Zq9-mine-2"}',
    }
    event = {"headers": {"Authorization": "Bearer Zq9-mine-2"}}
    (record,) = ending(answer, stage, event).stored
    assert "Zq9-mine" not in str(record)


def test_powertools_answers_for_its_exceptions(stage) -> None:
    app = APIGatewayHttpResolver()

    @app.get("/orders")
    def orders():
        raise InternalServerError("no route to the store")

    @errorlog.record_errors
    def handler(event, context):
        return app.resolve(event, context)

    http = {"method": "GET", "path": "/orders"}
    event = {"rawPath": "/orders", "requestContext": {"http": http, "stage": "$default"}}
    with stage.watch() as outcome:
        assert handler(event, Context())["statusCode"] == 500
    (record,) = outcome.stored
    assert record["errorMessage"] == "no route to the store"


def test_a_coroutines_answer_counts_as_well(stage) -> None:
    @errorlog.record_errors
    async def handler(event, context):
        return {"statusCode": 500}

    with stage.watch() as outcome:
        asyncio.run(handler({}, Context()))
    assert len(outcome.stored) == 1


def test_of_nested_handlers_the_outermost_answers(stage) -> None:
    @errorlog.record_errors
    def inner(event, context):
        return {"statusCode": 500}

    @errorlog.record_errors
    def outer(event, context):
        return {**inner(event, context), "statusCode": event["status"]}

    for status, count in ((200, 0), (502, 1)):
        with stage.watch() as outcome:
            outer({"status": status}, Context())
        assert len(outcome.stored) == count


def test_an_error_captured_on_the_way_to_the_answer_is_its_record(stage) -> None:
    @errorlog.record_errors
    def handler(event, context):
        try:
            raise ConnectionError("card network down")
        except ConnectionError as error:
            errorlog.capture_exception(error)
            return {"statusCode": 502}

    with stage.watch() as outcome:
        handler({}, Context())
    (record,) = outcome.stored
    assert record["errorType"] == "ConnectionError"
    assert metrics(outcome) == [("HandledErrors", 1), ("FailedAnswers", 1)]


def sqs(count):
    return {"Records": [{"messageId": f"m-{n}", "body": f"b-{n}"} for n in range(count)]}


def kinesis(count):
    return {"Records": [{"kinesis": {"sequenceNumber": f"m-{n}"}} for n in range(count)]}


def dynamodb(count):
    return {"Records": [{"dynamodb": {"SequenceNumber": f"m-{n}"}} for n in range(count)]}


def failed(*names):
    return {"batchItemFailures": [{"itemIdentifier": name} for name in names]}


@pytest.mark.parametrize("batch", [sqs, kinesis, dynamodb])
def test_each_reported_item_is_one_record_with_its_id(batch, stage) -> None:
    event = batch(4)
    outcome = ending(failed("m-1", "m-3", "m-1"), stage, event)
    assert [(record["itemId"], record["event"]) for record in outcome.stored] == [
        ("m-1", event["Records"][1]),
        ("m-3", event["Records"][3]),
    ]
    assert {record["errorType"] for record in outcome.stored} == {"FailedItem"}
    assert metrics(outcome) == [("FailedAnswers", 1)]


def test_items_of_a_data_class_are_found(stage) -> None:
    @errorlog.record_errors
    @event_source(data_class=SQSEvent)
    def handler(event, context):
        return failed(next(event.records).message_id)

    with stage.watch() as outcome:
        handler(sqs(2), Context())
        handler(SQSEvent(sqs(2)), Context())
    assert [record["event"]["body"] for record in outcome.stored] == ["b-0", "b-0"]


def test_an_item_that_is_not_in_the_event_has_its_record_all_the_same(stage) -> None:
    (record,) = ending(failed("elsewhere"), stage, sqs(2)).stored
    assert record["itemId"] == "elsewhere"


@pytest.mark.parametrize(
    "entries", [[{}], [{"itemIdentifier": ""}], [{"itemIdentifier": None}], [{"id": "m-1"}], ["m"]]
)
def test_an_entry_that_names_no_item_fails_the_batch(entries, stage) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html"""
    (record,) = ending({"batchItemFailures": entries}, stage, sqs(2)).stored
    assert record["errorType"] == "FailedBatch"
    assert record["event"] == sqs(2)


def test_an_item_with_a_record_gets_no_other_one(stage) -> None:
    @errorlog.record_item_errors
    def one(item):
        raise ValueError("bad")

    @errorlog.record_errors
    def handler(event, context):
        with pytest.raises(ValueError, match="bad"):
            one(event["Records"][0])
        return failed("m-0", "m-2")

    with stage.watch() as outcome:
        handler(sqs(3), Context())
    assert [(record["itemId"], record["errorType"]) for record in outcome.stored] == [
        ("m-0", "ValueError"),
        ("m-2", "FailedItem"),
    ]


def test_events_that_stay_out_of_records_stay_out_of_those_of_items(stage) -> None:
    (record,) = ending(failed("m-0"), stage, sqs(1), record_event=False).stored
    assert record["itemId"] == "m-0"
    assert "event" not in record


def test_ten_thousand_failed_items_are_counted_and_cost_no_more_than_the_budget(
    monkeypatch,
) -> None:
    stage, count, made = Stage(Store(), burst=20), 10_000, []
    monkeypatch.setattr("errorlog.recorder.build", _counting(made))
    outcome = ending(failed(*(f"m-{n}" for n in range(count))), stage, sqs(count))
    assert len(outcome.stored) == 20
    assert metrics(outcome) == [("ErrorLogSuppressed", count - 20), ("FailedAnswers", 1)]
    assert len(made) == 21
    fingerprint = outcome.stored[0]["fingerprint"]
    assert stage.recorder._budget.take(fingerprint, 1e9) == count - 20


def _counting(made):
    from errorlog.record import build

    def counted(*args, **kwargs):
        made.append(1)
        return build(*args, **kwargs)

    return counted


def test_every_line_is_of_a_level_that_lambda_keeps(stage, monkeypatch) -> None:
    monkeypatch.delenv("ERROR_LOG_TABLE")
    outcome = ending({"statusCode": 500}, stage)
    assert [next(iter(line)) for line in outcome.lines] == ["level", "level"]
    assert {line["level"] for line in outcome.lines} == {"ERROR"}
    for line in outcome.lines:
        assert line["timestamp"].endswith("Z")
        assert len(line["timestamp"]) == len("2026-11-23T10:00:00Z")
