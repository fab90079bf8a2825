"""How long the drill waits for a record, and which ones it takes for its own."""

import json
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.conftest import DEMO, slow
from tocsin import config, names
from tocsin.aws.account import Account
from tocsin.drill import WallClock, record_checks
from tocsin.drill.causes import Cause
from tocsin.drill.checks import Kind
from tocsin.drill.context import Bench, Subject
from tocsin.drill.probe import Probe
from tocsin.drill.topics import Topics
from tocsin.drill.traffic import FinishedCall

MINUTE_S = 60


@pytest.fixture
def bench(account: Account) -> Bench:
    stage = config.load(DEMO, "dev")
    account.client("dynamodb").create_table(
        TableName=names.table("dev"), BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[
            {"AttributeName": name, "AttributeType": "S"}
            for name in ("errorId", "timestamp", "functionName")
        ],
        KeySchema=[
            {"AttributeName": "errorId", "KeyType": "HASH"},
            {"AttributeName": "timestamp", "KeyType": "RANGE"},
        ],
        GlobalSecondaryIndexes=[{
            "IndexName": names.FUNCTION_NAME_INDEX,
            "KeySchema": [
                {"AttributeName": "functionName", "KeyType": "HASH"},
                {"AttributeName": "timestamp", "KeyType": "RANGE"},
            ],
            "Projection": {"ProjectionType": "ALL"},
        }],
    )  # fmt: skip
    account.client("logs").create_log_group(logGroupName="/aws/lambda/orders-function-dev")
    return Bench(account, stage, Topics("", ""), WallClock(), Probe(account, ""))


@pytest.fixture
def orders(bench: Bench) -> Subject:
    (function,) = (function for function in bench.stage.functions if function.key == "orders")
    return Subject(function, ())


CAUSE = Cause(dict, forced=True)


def failed(request_id: str, seconds_ago: float = 0, error_type: str = "KeyError") -> FinishedCall:
    return FinishedCall(
        "orders",
        request_id,
        "Unhandled",
        {"errorType": error_type},
        answered=time.monotonic() - seconds_ago,
    )


def write(account: Account, request_id: str, at: datetime, error_type: str = "KeyError") -> None:
    account.client("dynamodb").put_item(
        TableName=names.table("dev"),
        Item={
            "errorId": {"S": request_id},
            "timestamp": {"S": at.isoformat(timespec="milliseconds").replace("+00:00", "Z")},
            "functionName": {"S": "orders-function-dev"},
            "requestId": {"S": request_id},
            "errorType": {"S": error_type},
        },
    )


def test_a_record_is_found_though_its_functions_clock_is_behind(
    account: Account, bench: Bench, orders: Subject
) -> None:
    """AWS answers requests from a clock that is up to five minutes off."""
    write(account, "r", datetime.now(UTC) - timedelta(minutes=4))
    orders.failures.append(failed("r", seconds_ago=60 * MINUTE_S))
    assert not record_checks.of_handler(bench, orders, CAUSE).failed


@slow
def test_what_comes_by_a_log_is_waited_for_as_long_as_logs_may_take(
    bench: Bench, orders: Subject, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ten minutes from the failure on, not from when somebody looks: all are late at once."""
    monkeypatch.setattr(record_checks, "_POLL_S", 0)
    monkeypatch.setattr(record_checks.diagnosis, "subscription", lambda *_: "the collector")
    clock = iter(range(0, 10_000, 10))
    began = time.monotonic()
    monkeypatch.setattr(record_checks.time, "monotonic", lambda: began + next(clock))
    looked = []
    monkeypatch.setattr(record_checks, "_recorded", lambda *_: looked.append(1) or {})

    assert record_checks.of_platform(bench, orders.function, Kind.MEMORY, failed("r")).failed
    waited_minutes = len(looked) * 10 / MINUTE_S
    assert 10 <= waited_minutes <= 11

    looked.clear()
    record_checks.of_platform(bench, orders.function, Kind.MEMORY, failed("r", 20 * MINUTE_S))
    assert len(looked) * 10 <= 2 * record_checks.PATIENCE_S


@slow
@pytest.mark.parametrize(
    ("kind", "slow_s", "waited_s"),
    [
        (Kind.EXIT, 0.2, 620),
        (Kind.EXIT, 50, 820),  # a machine with much else to do
        (Kind.TIMEOUT, 0, 620),  # as long as its time-out
        (Kind.TIMEOUT, 50, 820),
    ],
)
def test_where_calls_are_slow_their_records_are_waited_for_longer(
    bench: Bench, orders: Subject, monkeypatch, kind: Kind, slow_s: float, waited_s: int
) -> None:
    monkeypatch.setattr(record_checks, "_POLL_S", 0)
    monkeypatch.setattr(record_checks.diagnosis, "subscription", lambda *_: "the collector")
    clock = iter(range(0, 10_000, 10))
    began = time.monotonic()
    monkeypatch.setattr(record_checks.time, "monotonic", lambda: began + next(clock))
    looked = []
    monkeypatch.setattr(record_checks, "_recorded", lambda *_: looked.append(1) or {})
    bench.answered(0.5)
    given_s = orders.function.timeout if kind is Kind.TIMEOUT else 0
    call = replace(failed("r"), seconds=given_s + slow_s)
    assert record_checks.of_platform(bench, orders.function, kind, call).failed
    assert abs(len(looked) * 10 - waited_s) <= 30


def log(account: Account, message: str) -> None:
    logs, group = account.client("logs"), "/aws/lambda/orders-function-dev"
    logs.create_log_stream(logGroupName=group, logStreamName="1")
    logs.put_log_events(
        logGroupName=group,
        logStreamName="1",
        logEvents=[{"timestamp": int(time.time() * 1000), "message": message}],
    )


def fallback_line(reason: str) -> str:
    return json.dumps(
        {"error_log_fallback": {"requestId": "r", "errorType": "KeyError"}, "reason": reason}
    )


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever waits has waited long enough."""
    monkeypatch.setattr(record_checks, "PATIENCE_S", -1000)
    monkeypatch.setattr(record_checks, "_POLL_S", 0)


def test_a_record_that_is_in_the_log_only_is_recorded(
    account: Account, bench: Bench, orders: Subject, impatient: None
) -> None:
    log(account, fallback_line("ReadTimeout: no answer within 0.05 s"))
    orders.failures.append(failed("r"))
    assert not record_checks.of_handler(bench, orders, CAUSE).failed
    ended = failed("r", error_type="Runtime.ExitError")
    log_line = fallback_line("ReadTimeout").replace("KeyError", "SystemExit")
    account.client("logs").put_log_events(
        logGroupName="/aws/lambda/orders-function-dev",
        logStreamName="1",
        logEvents=[{"timestamp": int(time.time() * 1000), "message": log_line}],
    )
    assert record_checks.of_platform(bench, orders.function, Kind.EXIT, ended).detail == ""


@slow
@pytest.mark.parametrize("in_table", [False, True])
def test_a_table_that_refuses_for_good_is_named(
    account: Account, bench: Bench, orders: Subject, impatient: None, in_table: bool
) -> None:
    """The collector may have brought the record into the table."""
    log(account, fallback_line("AccessDeniedException: not authorized to perform PutItem"))
    if in_table:
        write(account, "r", datetime.now(UTC))
    orders.failures.append(failed("r"))
    check = record_checks.of_handler(bench, orders, CAUSE)
    said = "1 of 1 recorded by way of the log" if in_table else "error log -> table: the store"
    assert check.failed == (not in_table)
    assert check.detail.startswith(said)
    assert "AccessDeniedException" in check.detail


@pytest.mark.parametrize("subscription", ["the collector", None])
def test_what_was_refused_for_good_is_waited_for_where_the_collector_hears_of_it(
    account: Account,
    bench: Bench,
    orders: Subject,
    monkeypatch: pytest.MonkeyPatch,
    subscription: str | None,
) -> None:
    monkeypatch.setattr(record_checks, "_POLL_S", 0)
    monkeypatch.setattr(record_checks.diagnosis, "subscription", lambda *_: subscription)
    log(account, fallback_line("AccessDeniedException: not authorized to perform PutItem"))
    orders.failures.append(failed("r"))
    answers = iter([{}, {}, {"r": {"KeyError"}}])
    monkeypatch.setattr(record_checks, "_recorded", lambda *_: next(answers))
    assert record_checks.of_handler(bench, orders, CAUSE).failed == (subscription is None)
    assert len(list(answers)) == (0 if subscription else 2)


def test_a_log_that_the_collector_does_not_get_is_not_waited_for(
    bench: Bench, orders: Subject, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(record_checks.diagnosis, "subscription", lambda *_: None)
    monkeypatch.setattr(record_checks, "_pause", lambda _: pytest.fail("waits"))
    timed_out = failed("r", error_type="Sandbox.Timedout")
    check = record_checks.of_platform(bench, orders.function, Kind.TIMEOUT, timed_out)
    assert check.failed
    assert "1 of 1 records missing" in check.detail


def test_a_record_of_another_type_is_not_that_of_the_kind(
    account: Account, bench: Bench, orders: Subject, impatient: None
) -> None:
    write(account, "r", datetime.now(UTC), "KeyError")
    timed_out = failed("r", error_type="Sandbox.Timedout")
    check = record_checks.of_platform(bench, orders.function, Kind.TIMEOUT, timed_out)
    assert check.detail == (
        "failure -> record: request r is recorded as KeyError, not as Sandbox.Timedout"
    )
