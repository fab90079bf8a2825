"""One record for one failure: whatever CloudWatch redelivers, and whatever the handler wrote."""

import base64
import gzip
import json
import re

import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from errorlog.attributes import item
from errorlog.ulid import ulid
from tests.unit.collector.conftest import GROUP, START_MS, STREAM, TABLE, event

REQUEST = "3f2b1c9e-0000-4000-8000-000000000001"
TIMED_OUT = f"2026-11-23T14:00:03.001Z {REQUEST} Task timed out after 3.00 seconds"
REPORT = (
    f"REPORT RequestId: {REQUEST}\tDuration: 3000.00 ms\tBilled Duration: 3000 ms\t"
    "Memory Size: 128 MB\tMax Memory Used: 64 MB\tStatus: {}"
)
TIMEOUT = [(START_MS, TIMED_OUT), (START_MS + 1, REPORT.format("timeout"))]
EXIT = [(START_MS, REPORT.format("error\tError Type: Runtime.ExitError"))]


@pytest.fixture
def collect(collector, settings, dynamodb):
    """``collect(lines)``: what the handler answers for a delivery of them."""
    store = collector.error_table.Store(TABLE, dynamodb)

    def run(lines, **where):
        batch = collector.batch.decode(event(lines, **where))
        return collector.handler.collect(batch, settings, store)

    return run


def through_the_index(dynamodb, function="orders-function-dev"):
    return dynamodb.query(
        TableName=TABLE,
        IndexName="FunctionNameIndex",
        KeyConditionExpression="functionName = :f",
        ExpressionAttributeValues={":f": {"S": function}},
    )["Items"]


def of_the_handler(dynamodb, at, **changes):
    record = {
        "errorId": "01HANDLER",
        "timestamp": at,
        "functionName": "orders-function-dev",
        "requestId": REQUEST,
        "logStream": STREAM,
        "errorType": "SystemExit",
        "source": "handler",
        "handled": False,
    }
    dynamodb.put_item(TableName=TABLE, Item=item(record | changes))


def test_a_failure_becomes_a_record(collect, dynamodb) -> None:
    assert collect(TIMEOUT) == {"failures": 1, "recorded": 1}
    (record,) = through_the_index(dynamodb)
    assert record["errorType"] == {"S": "Sandbox.Timedout"}
    assert record["source"] == {"S": "platform"}
    assert record["expiresAt"] == {"N": str(START_MS // 1000 + 30 * 86_400)}


def test_redelivery_writes_nothing_new(collect, dynamodb) -> None:
    for _ in range(3):
        collect(TIMEOUT)
    assert len(through_the_index(dynamodb)) == 1


def test_a_delivery_at_the_same_moment_writes_nothing_new(
    collect, collector, dynamodb, monkeypatch
) -> None:
    """Two deliveries that both looked before either wrote: the condition decides."""
    monkeypatch.setattr(collector.error_table.Store, "has_record", lambda *_: False)
    answers = [collect(TIMEOUT)["recorded"] for _ in range(2)]
    assert answers == [1, 0]
    assert len(through_the_index(dynamodb)) == 1


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_lines_split_over_two_deliveries_give_one_record(collect, dynamodb, order) -> None:
    for index in order:
        collect([TIMEOUT[index]])
    assert len(through_the_index(dynamodb)) == 1


def test_a_retry_of_the_same_request_is_a_failure_of_its_own(collect, dynamodb) -> None:
    collect(TIMEOUT)
    collect([(at + 63_000, text) for at, text in TIMEOUT])
    assert len(through_the_index(dynamodb)) == 2


def test_what_the_handler_recorded_is_not_recorded_again(collect, dynamodb, collector) -> None:
    of_the_handler(dynamodb, collector.records.iso(START_MS - 500))
    assert collect(EXIT) == {"failures": 1, "recorded": 0}


NOT_OF_THIS_FAILURE = [
    {"requestId": "8c1d2e3f-0000-4000-8000-000000000002"},
    {"logStream": "2026/11/23/[$LATEST]another"},
    {"handled": True},
    {"functionName": "payments-function-dev"},
    {"timestamp": "2026-11-23T00:00:00.000Z"},
]


@pytest.mark.parametrize("changes", NOT_OF_THIS_FAILURE)
def test_another_failures_record_does_not_hide_this_one(
    collect, dynamodb, collector, changes
) -> None:
    of_the_handler(dynamodb, collector.records.iso(START_MS - 500), **changes)
    assert collect(EXIT) == {"failures": 1, "recorded": 1}


def test_a_full_page_of_other_records_does_not_hide_the_handlers(
    collect, dynamodb, collector
) -> None:
    """The filter is applied after a page of 1 MB is read, so an empty page is not the end."""
    at = collector.records.iso(START_MS - 800)
    for number in range(12):
        of_the_handler(
            dynamodb, at, errorId=f"01OTHER{number}", requestId="other", event="x" * 100_000
        )
    of_the_handler(dynamodb, collector.records.iso(START_MS - 500))
    assert collect(EXIT) == {"failures": 1, "recorded": 0}


def test_same_moment_in_two_streams_is_two_failures(collect, dynamodb) -> None:
    for stream in (STREAM, "2026/11/23/[$LATEST]another"):
        collect(TIMEOUT, stream=stream)
    assert len(through_the_index(dynamodb)) == 2


def test_the_id_sorts_by_the_time_of_the_failure(collector, settings) -> None:
    ids = []
    for at in (START_MS, START_MS + 1, START_MS + 10_000_000):
        batch = collector.batch.decode(event([(at, EXIT[0][1])]))
        (failure,) = collector.failures.failures(batch)
        ids.append(collector.records.error_id(failure, batch))
    assert ids == sorted(ids)


def test_secrets_in_messages_stay_out(collector, settings) -> None:
    line = (
        "[ERROR] Runtime.ImportModuleError: Unable to import module 'handler': "
        "cannot connect to postgres://shop:hunter2-secret@db/orders\nTraceback:"
    )
    batch = collector.batch.decode(
        event([line, REPORT.format("error\tError Type: Runtime.ImportModuleError")])
    )
    (failure,) = collector.failures.failures(batch)
    made = collector.records.record(failure, batch, settings)
    assert "hunter2-secret" not in json.dumps(made)


def test_of_a_failed_import_the_lines_of_the_program_stay(collector, settings) -> None:
    """``API_TOKEN = ...`` in a traceback tells no secret, but where its value is written there."""
    line = (
        "[ERROR] KeyError: 'API_TOKEN'\rTraceback (most recent call last):\r"
        '\u00a0\u00a0File "/var/lang/lib/python3.13/importlib/__init__.py", line 88, in '
        "import_module\r\u00a0\u00a0\u00a0\u00a0return _bootstrap._gcd_import(name)\r"
        '\u00a0\u00a0File "/var/task/handler.py", line 5, in <module>\r'
        '\u00a0\u00a0\u00a0\u00a0API_TOKEN = os.environ["API_TOKEN"]; PASSWORD = "hunter2-Zq9"'
    )
    lines = [line, REPORT.format("error\tError Type: KeyError")]
    (fact, report) = map(collector.lines.read, collector.batch.decode(event(lines)).lines)
    kept = collector.evidence.clean(fact, settings)
    (failure,) = collector.failures.found([kept, report])
    made = collector.records.record(failure, collector.batch.decode(event(lines)), settings)
    for stack in (kept.stack, made["stackTrace"]):
        assert 'API_TOKEN = os.environ["API_TOKEN"]; PASSWORD = "[redacted]"' in stack


def test_fingerprints_group_what_is_one_bug(collector, settings) -> None:
    def fingerprint(lines, group=GROUP):
        batch = collector.batch.decode(event(lines, group=group))
        (failure,) = collector.failures.failures(batch)
        return collector.records.record(failure, batch, settings)["fingerprint"]

    other_request = [
        (at + 5, text.replace("3f2b1c9e", "8c1d2e3f").replace("3.00", "3.01"))
        for at, text in TIMEOUT
    ]
    assert fingerprint(TIMEOUT) == fingerprint(other_request)
    assert fingerprint(TIMEOUT) != fingerprint(TIMEOUT, "/aws/lambda/payments-function-dev")
    assert fingerprint(TIMEOUT) != fingerprint(EXIT)


def test_a_refused_write_fails_the_delivery_so_that_lambda_repeats_it(
    collector, settings, dynamodb
) -> None:
    store = collector.error_table.Store("no-such-table", dynamodb)
    batch = collector.batch.decode(event(TIMEOUT))
    with pytest.raises(ClientError, match="ResourceNotFound"):
        collector.handler.collect(batch, settings, store)


def test_the_test_message_of_a_new_subscription_is_nothing(collect) -> None:
    lines = ["CWL CONTROL MESSAGE: Checking health of destination Lambda function"]
    assert collect(lines, kind="CONTROL_MESSAGE") == {"failures": 0, "recorded": 0}


@pytest.mark.parametrize(
    "payload",
    [
        {},
        {"awslogs": {"data": "no base64!"}},
        {"awslogs": {"data": base64.b64encode(b"no gzip").decode()}},
        {"awslogs": {"data": base64.b64encode(gzip.compress(b"no json")).decode()}},
        {"awslogs": {"data": base64.b64encode(gzip.compress(b"{}")).decode()}},
    ],
)
def test_what_is_no_delivery_ends_in_the_dead_letters(collector, payload) -> None:
    with pytest.raises((KeyError, ValueError, OSError)):
        collector.batch.decode(payload)


def test_the_handler_reads_the_table_from_the_environment(
    collector, dynamodb, monkeypatch, capsys
) -> None:
    monkeypatch.setenv("ERROR_LOG_TABLE", TABLE)
    with mock_aws():
        assert collector.handler.handler(event(TIMEOUT), None) == {"failures": 1, "recorded": 1}
    said = json.loads(capsys.readouterr().out)
    assert (said["message"], said["requestId"]) == ("recorded", REQUEST)


@pytest.mark.parametrize(
    ("group", "stream", "function"),
    [
        ("/aws/lambda/shop-cart", "2026/11/23/[$LATEST]0f3c", "shop-cart"),
        ("/shop/all", "2026/11/23/shop-cart[$LATEST][0f3c]", "shop-cart"),
        ("/shop/all", "2026/11/23/shop_till[7][0f3c]", "shop_till"),
    ],
)
def test_a_record_is_of_the_function_whichever_group_it_logs_to(
    collector, group, stream, function
) -> None:
    batch = collector.batch.decode(event(TIMEOUT, group=group, stream=stream))
    assert batch.function_name == function
    assert batch.function_version in ("$LATEST", "7")


def test_an_id_of_the_collectors_can_be_told_from_errorlogs_own(collect, dynamodb) -> None:
    """Its role may delete ids of this form only; the time still sorts them among the others."""
    collect(TIMEOUT)
    (record,) = through_the_index(dynamodb)
    error_id = record["errorId"]["S"]
    assert re.fullmatch(r"[0-9A-HJKMNP-TV-Z]{10}TCN[0-9A-HJKMNP-TV-Z]{13}", error_id)
    assert error_id[:10] == ulid(START_MS + 1)[:10]
