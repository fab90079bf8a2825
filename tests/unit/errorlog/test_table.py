"""The write: bounded in time, repeated with sense, left alone after a failure."""

import os
import socket
import subprocess
import sys
import threading
import time

import pytest

from errorlog.table import SHARE_OF_REMAINING, NotWritten, Table

RECORD = {"errorId": "1", "timestamp": "2026-11-23T12:00:00.000Z", "functionName": "orders"}


class Clock:
    now = 1_000.0

    def __call__(self) -> float:
        return self.now


class Client:
    """Fails as often as told."""

    def __init__(self, failures: int = 0) -> None:
        self.failures = failures
        self.calls = 0

    def put_item(self, **_) -> None:
        self.calls += 1
        if self.failures:
            self.failures -= 1
            raise RuntimeError("down")


def put(table: Table, timeout_s: float = 5.0, remaining_ms: int = 60_000) -> str | None:
    """None, or why the record was not written."""
    try:
        table.put("table", dict(RECORD), timeout_s, remaining_ms)
    except NotWritten as failure:
        return str(failure)
    return None


def test_after_a_failure_the_store_is_left_alone_then_tried_again() -> None:
    clock, client = Clock(), Client(failures=1)
    table = Table(clock, client)
    assert put(table) == "RuntimeError: down"
    assert put(table) == "cooling down after RuntimeError: down"
    assert client.calls == 1
    clock.now += 3
    assert put(table) is None
    assert put(table) is None
    assert client.calls == 3


def test_the_cool_down_grows_while_the_store_stays_down_up_to_a_bound() -> None:
    clock, client = Clock(), Client(failures=100)
    table = Table(clock, client)
    lengths = []
    assert put(table) == "RuntimeError: down"
    for _ in range(8):
        began = clock.now
        while put(table).startswith("cooling down"):
            assert clock.now - began < 60
            clock.now += 0.25
        lengths.append(clock.now - began)
    assert 1.5 <= lengths[0] <= 2.75
    assert 3 <= lengths[1] <= 5.25
    assert all(22 <= each <= 38 for each in lengths[5:])


def test_without_a_table_nothing_is_tried() -> None:
    client = Client()
    with pytest.raises(NotWritten, match="ERROR_LOG_TABLE is not set"):
        Table(client=client).put("", {}, 1, None)
    assert client.calls == 0


@pytest.fixture
def silent(monkeypatch):
    """A store that accepts connections and never answers."""
    server = socket.create_server(("127.0.0.1", 0))
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{server.getsockname()[1]}")
    yield server
    server.close()


def test_a_store_that_hangs_is_waited_for_no_longer_than_allowed(silent) -> None:
    table = Table()
    table.client(0.2)
    began = time.monotonic()
    assert "Timeout" in put(table, timeout_s=0.2)
    assert 0.15 < time.monotonic() - began < 0.45
    began = time.monotonic()
    assert put(table, timeout_s=0.2).startswith("cooling down after ReadTimeout")
    assert time.monotonic() - began < 0.05


def test_recording_takes_no_more_than_a_share_of_the_time_left(silent) -> None:
    table = Table()
    table.client(5)
    began = time.monotonic()
    assert put(table, timeout_s=5, remaining_ms=1_000)
    assert time.monotonic() - began < SHARE_OF_REMAINING + 0.15


def test_even_an_sdk_that_hangs_is_left_behind() -> None:
    release = threading.Event()

    class Hanging(Table):
        def client(self, timeout_s):
            release.wait(10)
            return Client()

    table = Hanging()
    began = time.monotonic()
    assert put(table, remaining_ms=500).startswith("TimeLeft: the SDK took more than 0.25 s")
    assert time.monotonic() - began < 0.5
    # Nor does the next record wait for the one that still hangs.
    table._cool_until = 0
    began = time.monotonic()
    assert put(table).startswith("an earlier write still hangs: TimeLeft")
    assert time.monotonic() - began < 0.1
    release.set()
    assert table._running.done.wait(5)
    assert put(table) is None


def test_one_client_serves_all_writes(monkeypatch) -> None:
    table = Table()
    assert table.client(1) is table.client(1)


@pytest.mark.parametrize(
    ("program", "absent"),
    [
        ("import errorlog", "boto3 botocore json traceback re logging typing threading datetime"),
        (
            "import errorlog\nf = errorlog.record_errors(lambda e, c: 1)\nassert f({}, None) == 1",
            "boto3 botocore json errorlog.recorder errorlog.redaction",
        ),
    ],
)
def test_without_an_error_nothing_is_loaded(program, absent) -> None:
    check = f"import sys\n{program}\nprint([m for m in {absent.split()} if m in sys.modules])"
    # -S: what a site hook loads is not ours.
    environment = {**os.environ, "PYTHONPATH": os.getcwd()}
    done = subprocess.run(
        [sys.executable, "-S", "-c", check],
        env=environment, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.strip() == "[]"
