"""The write: bounded in time, repeated with sense, left alone after a failure."""

import contextlib
import os
import socket
import subprocess
import sys

import pytest

from errorlog.dynamodb.background import NotStarted
from errorlog.dynamodb.deadline import Deadline
from errorlog.dynamodb.failure import NotConfigured, Refused, TimedOut, Unreachable, WriteFailed
from errorlog.table import MAX_ATTEMPTS, NotWritten, Table, first_write_s
from tests.unit.errorlog.dynamodb.servers import hangs, serving

RECORD = {"errorId": "1", "timestamp": "2026-11-23T12:00:00.000Z", "functionName": "orders"}
LONG_S = 60.0


class Clock:
    now = 1_000.0

    def __call__(self) -> float:
        return self.now


class Client:
    """Fails as often as told, as told."""

    def __init__(self, failures: int = 0, kind: type[WriteFailed] = TimedOut) -> None:
        self.failures = failures
        self.kind = kind
        self.calls = 0

    def put_item(self, table, item, deadline) -> None:
        self.calls += 1
        if self.failures:
            self.failures -= 1
            raise self.kind("Down: it is")


def put(table: Table, timeout_s: float = LONG_S, remaining_ms: int | None = 600_000) -> str | None:
    """None, or why the record was not written."""
    try:
        table.put("table", dict(RECORD), timeout_s, remaining_ms)
    except NotWritten as failure:
        return str(failure)
    return None


def test_after_a_failure_the_store_is_left_alone_then_tried_again() -> None:
    clock, client = Clock(), Client(failures=1)
    table = Table(clock, client)
    assert put(table) == "Down: it is"
    assert put(table) == "cooling down after Down: it is"
    assert client.calls == 1
    clock.now += 3
    assert put(table) is None
    assert put(table) is None
    assert client.calls == 3


def test_the_cool_down_grows_while_the_store_stays_down_up_to_a_bound() -> None:
    clock, client = Clock(), Client(failures=100)
    table = Table(clock, client)
    lengths = []
    assert put(table) == "Down: it is"
    for _ in range(8):
        began = clock.now
        while put(table).startswith("cooling down"):
            assert clock.now - began < 60
            clock.now += 0.25
        lengths.append(clock.now - began)
    assert 1.5 <= lengths[0] <= 2.75
    assert 3 <= lengths[1] <= 5.25
    assert all(22 <= length <= 38 for length in lengths[5:])


def test_it_is_2_s_doubled_up_to_30_and_a_quarter_of_it_more_or_less(monkeypatch) -> None:
    for drawn, share in ((b"\x80\0\0\0", 1.0), (b"\0\0\0\0", 0.75)):
        monkeypatch.setattr(os, "urandom", lambda _, drawn=drawn: drawn)
        clock = Clock()
        table = Table(clock, Client(failures=100))
        for length_s in (2, 4, 8, 16, 30, 30):
            assert put(table) == "Down: it is"
            clock.now += share * length_s - 0.001
            assert put(table).startswith("cooling down")
            clock.now += 0.002


def test_containers_do_not_all_come_back_at_the_same_moment() -> None:
    """A thousand of them have found the store down together."""
    lengths = set()
    for _ in range(10):
        clock = Clock()
        table = Table(clock, Client(failures=1_000))
        put(table)
        began = clock.now
        while put(table).startswith("cooling down"):
            clock.now += 0.01
        lengths.add(round(clock.now - began, 2))
    assert len(lengths) > 1
    assert all(1.5 <= length <= 2.51 for length in lengths)


@pytest.mark.parametrize("kind", [Refused, NotStarted], ids=lambda kind: kind.__name__)
def test_what_befell_one_write_does_not_keep_the_next_from_the_table(kind) -> None:
    client = Client(1, (lambda text: Refused("Down", "it is")) if kind is Refused else kind)
    table = Table(Clock(), client)
    assert put(table) == "Down: it is"
    assert put(table) is None


@pytest.mark.parametrize("kind", [TimedOut, Unreachable, NotConfigured])
def test_a_sign_that_the_store_is_down_does(kind) -> None:
    table = Table(Clock(), Client(MAX_ATTEMPTS, kind))
    assert put(table) == "Down: it is"
    assert put(table) == "cooling down after Down: it is"


def test_what_may_pass_is_tried_again_within_the_time_for_it() -> None:
    client = Client(MAX_ATTEMPTS - 1, Unreachable)
    assert put(Table(Clock(), client)) is None
    assert client.calls == MAX_ATTEMPTS == 3
    client = Client(MAX_ATTEMPTS - 1, Unreachable)
    assert put(Table(Clock(), client), timeout_s=0.009) == "Down: it is"  # less than any pause
    assert client.calls == 1


def test_without_a_table_nothing_is_tried() -> None:
    client = Client()
    with pytest.raises(NotWritten, match="ERROR_LOG_TABLE is not set"):
        Table(client=client).put("", {}, 1, None)
    assert client.calls == 0


class TestTheTimeLeft:
    @pytest.mark.parametrize(
        ("memory", "needed_s"),
        [("128", 0.829), ("256", 0.415), ("1769", 0.06), ("10240", 0.06), ("", 0.06), ("x", 0.06)],
    )
    def test_a_first_write_takes_longer_with_less_of_a_core(
        self, monkeypatch, memory, needed_s
    ) -> None:
        monkeypatch.setenv("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", memory)
        assert first_write_s() == pytest.approx(needed_s, abs=0.001)

    @pytest.mark.parametrize(("remaining_ms", "tried"), [(1_658, False), (1_659, True)])
    def test_it_is_not_begun_where_it_would_make_a_timeout_of_the_error(
        self, monkeypatch, remaining_ms, tried
    ) -> None:
        monkeypatch.setenv("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128")
        # Nothing is there, so that a write that is begun fails with another reason.
        monkeypatch.setenv("AWS_ENDPOINT_URL", "none")
        said = put(Table(), remaining_ms=remaining_ms)
        assert said.startswith("Endpoint: " if tried else "TimeLeft: the first write takes 0.83 s")

    def test_a_later_one_is(self, monkeypatch) -> None:
        monkeypatch.setenv("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128")
        assert put(Table(client=Client()), remaining_ms=100) is None

    def test_none_is_begun_without_any(self) -> None:
        client = Client()
        assert put(Table(client=client), remaining_ms=0).startswith("TimeLeft: ")
        assert client.calls == 0

    @pytest.mark.parametrize(
        ("timeout_s", "remaining_ms", "wait_s"), [(0.25, 6_000, 0.25), (5.0, 1_000, 0.5)]
    )
    def test_the_wait_ends_by_the_timeout_and_by_half_of_it(
        self, timeout_s, remaining_ms, wait_s
    ) -> None:
        seen = []

        class Looking(Client):
            def put_item(self, table, item, deadline):
                seen.append(deadline.left())

        put(Table(client=Looking()), timeout_s, remaining_ms)
        assert 0 < seen[0] <= wait_s

    def test_work_is_not_taken_for_waiting_but_ends_with_the_time(self) -> None:
        clock = Clock()
        deadline = Deadline(0.25, 1.0, clock)
        clock.now += 0.125
        with deadline.work:
            clock.now += 0.5
        assert deadline.left() == pytest.approx(0.125)
        with deadline.work:
            clock.now += 0.5
        assert deadline.total_left() < 0
        with pytest.raises(TimedOut, match=r"connection: nothing came within 1\.00 s"):
            deadline.left()


def hanging_store(step: str) -> contextlib.AbstractContextManager[str]:
    """The URL of a store that hangs at one step."""

    @contextlib.contextmanager
    def unaccepted():
        with socket.create_server(("127.0.0.1", 0), backlog=0) as listening:
            address = listening.getsockname()
            # With its queue full a listener answers no further SYN: as without a route.
            waiting = [socket.socket() for _ in range(4)]
            for connection in waiting:
                connection.setblocking(False)
                connection.connect_ex(address)
            yield f"http://127.0.0.1:{address[1]}"
            for connection in waiting:
                connection.close()

    @contextlib.contextmanager
    def accepting(scheme):
        with serving(hangs) as server:
            yield f"{scheme}://127.0.0.1:{server.port}"

    return (
        unaccepted()
        if step == "connection"
        else accepting("https" if step == "TLS handshake" else "http")
    )


@pytest.mark.parametrize("step", ["connection", "TLS handshake", "answer"])
def test_a_store_that_hangs_at_any_step_costs_the_timeout_once(step, monkeypatch) -> None:
    table = Table()
    with hanging_store(step) as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        # Of the time for three round trips, a connection has a third.
        reason = f"{step}: nothing came within {'0.02' if step == 'connection' else '0.06'} s"
        assert put(table, timeout_s=0.06) == reason
        assert put(table, timeout_s=0.06) == f"cooling down after {reason}"


@pytest.mark.parametrize(
    ("program", "absent"),
    [
        (
            "import errorlog",
            "boto3 botocore json traceback re functools collections contextlib "
            "logging typing threading datetime",
        ),
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
