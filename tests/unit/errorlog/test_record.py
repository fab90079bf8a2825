"""What a record says, in the table and in the log."""

import json
import re
import time

import boto3
import moto
import pytest

import errorlog
from errorlog import invocation, settings, ulid
from errorlog.bounds import line_size
from errorlog.record import redacted_again, redacted_text
from tests import error_log_table
from tests.conftest import slow, some
from tests.unit.errorlog.carried_secrets import CARRIED
from tests.unit.errorlog.surroundings import Context


@errorlog.record_errors
def handler(event, context):
    """Reserves stock."""
    raise ValueError(f"no stock for {event['orderId']}")


def fail(event=None, decorated=handler) -> None:
    with pytest.raises(Exception, match=r"[\s\S]*"):
        decorated(event or {"orderId": "o-1"}, Context())


def test_all_fields(stage, monkeypatch) -> None:
    monkeypatch.setenv("_X_AMZN_TRACE_ID", "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1")
    monkeypatch.setattr(invocation, "_warm", False)
    with stage.watch() as outcome:
        fail()
    (record,) = outcome.stored
    assert outcome.lines == []
    assert re.fullmatch(r"[0-9A-HJKMNP-TV-Z]{26}", record.pop("errorId"))
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", record.pop("timestamp"))
    assert record.pop("durationMs") >= 0
    assert 0 <= record.pop("expiresAt") - time.time() - 30 * 86_400 + 5 < 10
    assert record.pop("fingerprint").startswith("v1:")
    assert re.fullmatch(r"[0-9a-f]{16}\.\d+", record.pop("counter"))
    assert record.pop("counted") >= 1
    stack = record.pop("stackTrace")
    assert stack.startswith("Traceback (most recent call last):")
    assert stack.endswith("ValueError: no stock for o-1")
    assert "errorlog/handler.py" not in stack
    assert re.fullmatch(
        r"tests/unit/errorlog/test_record.py:\d+ in handler", record.pop("topFrame")
    )
    assert record == {
        "functionName": "orders-function-dev",
        "functionVersion": "$LATEST",
        "requestId": Context().aws_request_id,
        "traceId": "1-5759e988-bd862e3fe1be46a994272793",
        "errorType": "ValueError",
        "errorMessage": "no stock for o-1",
        "remainingMs": 60_000,
        "memoryMb": 256,
        "coldStart": True,
        "event": {"orderId": "o-1"},
        "logGroup": "/aws/lambda/orders-function-dev",
        "logStream": "2026/11/23/[$LATEST]0123456789abcdef",
        "release": "1.2.3",
        "stage": "dev",
        "source": "handler",
        "handled": False,
    }


def test_the_line_in_the_log_holds_the_same_record_and_counts_itself(stage, monkeypatch) -> None:
    with stage.watch() as there:
        fail()
    monkeypatch.delenv("ERROR_LOG_TABLE")
    with stage.watch() as outcome:
        fail()
    (line,) = outcome.lines
    assert line["reason"] == "ERROR_LOG_TABLE is not set"
    assert set(line["error_log_fallback"]) == set(there.stored[0])
    (directive,) = line["_aws"]["CloudWatchMetrics"]
    assert directive == {
        "Namespace": "shop",
        "Dimensions": [["FunctionName"], ["Stage"]],
        "Metrics": [{"Name": "ErrorLogFailures", "Unit": "Count"}],
    }
    assert (line["FunctionName"], line["ErrorLogFailures"]) == ("orders-function-dev", 1)
    assert line["Stage"] == there.stored[0]["stage"]


def test_only_the_first_invocation_is_a_cold_start(stage, monkeypatch) -> None:
    monkeypatch.setattr(invocation, "_warm", False)
    with stage.watch() as outcome:
        fail()
        fail()
    assert [record["coldStart"] for record in outcome.stored] == [True, False]


def test_ids_ascend_and_tell_the_time() -> None:
    ids = [ulid.ulid(1_700_000_000_000 + step // 100) for step in range(500)]
    assert ids == sorted(set(ids))
    value = 0
    for character in ids[0][:10]:
        value = value * 32 + ulid.ALPHABET.index(character)
    assert value == 1_700_000_000_000


def test_threads_that_fail_at_the_same_moment_have_ids_of_their_own(monkeypatch) -> None:
    """The id is the record's key: one of two alike would take the other's place."""
    seen = "ZZZZZZZYZZZZZZZZ"
    ids = []
    for _ in range(2):
        monkeypatch.setattr(ulid, "_last", (1_795_441_912_209, seen))  # as both have seen it
        ids.append(ulid.ulid(1_795_441_912_209))
    assert len(set(ids)) == 2
    assert all(last[10:] > seen for last in ids)


def test_the_handler_keeps_its_name_and_words() -> None:
    assert (handler.__name__, handler.__doc__) == ("handler", "Reserves stock.")


def test_the_event_can_be_left_out(stage) -> None:
    @errorlog.record_errors(record_event=False)
    def private(event, context):
        raise ValueError("x")

    with stage.watch() as outcome:
        fail({"orderId": "o-1"}, private)
    assert "event" not in outcome.stored[0]


def test_the_event_is_recorded_as_the_handler_left_it(stage) -> None:
    @errorlog.record_errors
    def changing(event, context):
        event["orderId"] = "o-2"
        del event["lines"]
        raise ValueError("x")

    with stage.watch() as outcome:
        fail({"orderId": "o-1", "lines": [1]}, changing)
    assert outcome.stored[0]["event"] == {"orderId": "o-2"}


def test_a_handler_within_a_handler_is_one_record(stage) -> None:
    outer = errorlog.record_errors(lambda event, context: handler(event, context))
    with stage.watch() as outcome:
        fail(decorated=outer)
        fail(decorated=outer)
    assert len(outcome.stored) == 2
    assert invocation.current() is None


def test_what_holds_where_a_function_sets_nothing(monkeypatch) -> None:
    for name in ("TTL_DAYS", "TIMEOUT_MS", "BURST", "REFILL_SECONDS", "ANSWERS", "REDACT_EMAILS"):
        monkeypatch.delenv(f"ERROR_LOG_{name}", raising=False)
    held = settings.from_environment()
    assert (held.ttl_days, held.timeout_s, held.burst, held.refill_s) == (30, 0.3, 20, 10)
    assert (held.answers, held.redact_emails) == (("5xx", "items"), False)
    monkeypatch.delenv("POWERTOOLS_METRICS_NAMESPACE")
    assert settings.from_environment().namespace == "errorlog"


@pytest.mark.parametrize("value", ["x", "-3", "nan", "1e99", ""])
def test_a_setting_out_of_range_gives_way_to_the_default(stage, monkeypatch, value) -> None:
    monkeypatch.setenv("ERROR_LOG_TTL_DAYS", value)
    with stage.watch() as outcome:
        fail()
    assert abs(outcome.stored[0]["expiresAt"] - time.time() - 30 * 86_400) < 10


def test_a_huge_failure_fits_into_an_item_and_into_a_log_line(stage) -> None:
    @errorlog.record_errors
    def huge(event, context):
        raise ValueError("\x00é" * 500_000)

    event = {f"key-{n}": ["\x00" * 9_000, "é" * 9_000, {"n": n}] for n in range(500)}
    with stage.watch() as outcome:
        fail(event, huge)
    (record,) = outcome.stored
    assert len(json.dumps(record)) < 256 * 1024
    assert "[cut]" in record["event"] or "[cut" in json.dumps(record["event"])
    assert "[cut 995904 of 1000000 characters]" in record["errorMessage"]
    assert re.search(r"\[cut \d+ of \d+ characters\]", record["stackTrace"])
    assert len(record["stackTrace"]) < 20_000


def test_dynamodb_takes_it(stage, monkeypatch) -> None:
    """Into moto's rather than our own store, so that the item is checked."""
    event = {"orderId": "o-1", "n": 1.5e300, "big": 10**37, "deep": [[[{"": None}]]], "b": b"\xff"}
    with moto.mock_aws():
        dynamodb = boto3.client("dynamodb")
        error_log_table.create(dynamodb, "error-log-table-dev")
        monkeypatch.setattr("errorlog.recorder._default", None)
        with error_log_table.written_through(dynamodb):
            fail(event)
        monkeypatch.setattr("errorlog.recorder._default", None)
        (item,) = boto3.resource("dynamodb").Table("error-log-table-dev").scan()["Items"]
    assert item["event"] == {
        "orderId": "o-1",
        "n": "1.5e+300",
        "big": 10**37,
        "deep": [[[{"[empty key]": None}]]],
        "b": "[1 bytes]",
    }


@pytest.mark.parametrize("label", some(sorted(CARRIED), 4))
def test_a_record_redacted_again_stays_as_it_is(label, stage) -> None:
    event, text, _ = CARRIED[label]

    @errorlog.record_errors
    def carrying(event, context):
        token = {"of": event}  # a line of code that looks like an assignment of a secret
        raise ValueError(text, token["of"] is None)

    with stage.watch() as outcome:
        fail(event, carrying)
    (record,) = outcome.records
    assert redacted_again(record, settings.from_environment()) == record


def _is_json(event) -> bool:
    try:
        return bool(json.dumps(event))
    except TypeError:
        return False


@slow
@pytest.mark.parametrize(
    "label",
    some([label for label, carried in sorted(CARRIED.items()) if _is_json(carried.event)], 4),
)
def test_a_forged_record_is_redacted_and_bounded(label) -> None:
    event, text, traces = CARRIED[label]
    forged = {
        "event": event,
        "errorMessage": text,
        "stackTrace": f"Traceback (most recent call last):\nValueError: {text}",
        "errorType": "x" * 10_000,
        "functionName": "\ud800\x00" * 1_000,
        "further": [text] * 10_000,
        "n": 10**400,
    }
    made = redacted_again(forged, settings.from_environment())
    told = f"{made['errorMessage']} {made['stackTrace']}"
    assert [trace for trace in traces if trace in told] == []
    assert line_size(made) < 256 * 1024


def test_a_text_from_elsewhere_is_redacted_and_bounded() -> None:
    configured = settings.from_environment()
    clean = redacted_text("no " + "x" * 9_000 + " password=hunter2", configured, most=100)
    assert clean == "no " + "x" * 97 + "[cut 8920 of 9020 characters]"
    assert redacted_text("password=hunter2", configured) == "password=[redacted]"
