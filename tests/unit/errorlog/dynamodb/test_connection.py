"""One exchange over a real socket: whatever the other end does, it ends by the deadline."""

import os
import select
import socket
import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from errorlog.dynamodb import connection as connections
from errorlog.dynamodb.connection import MAX_IDLE_S, Connection, connect
from errorlog.dynamodb.deadline import Deadline
from errorlog.dynamodb.endpoint import Endpoint
from errorlog.dynamodb.failure import TimedOut, Unreachable
from tests.conftest import examples
from tests.unit.errorlog.dynamodb.servers import OK, answering, hangs, serving

LONG_S = 60.0


class Steps:
    """A clock that goes on by ``step_s`` each time it is asked."""

    def __init__(self, step_s: float) -> None:
        self._step_s = step_s
        self._now = 0.0

    def __call__(self) -> float:
        self._now += self._step_s
        return self._now


def exchange(server, method="POST", deadline=None, endpoint=None):
    deadline = deadline or Deadline(LONG_S, LONG_S)
    endpoint = endpoint or Endpoint(server.url, "us-east-1")
    opened = Connection(endpoint, connect(endpoint.host, endpoint.port, deadline))
    return opened, opened.exchange(
        method, "/", {"host": "h", "content-length": "2"}, b"{}", deadline
    )


ANSWERS = {
    "with a length": (OK, b"{}", True),
    "in chunks": (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"1\r\n{\r\n1;x=y\r\n}\r\n0\r\nTrailer: t\r\n\r\n", b"{}", True,
    ),
    "up to the end of the connection": (b"HTTP/1.1 200 OK\r\n\r\n{}", b"{}", False),
    "and closes": (
        b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}", b"{}", False,
    ),
    "of HTTP/1.0": (b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\n{}", b"{}", False),
    "after a 100": (b"HTTP/1.1 100 Continue\r\n\r\n" + OK, b"{}", True),
    "without a body": (b"HTTP/1.1 204 No Content\r\n\r\n", b"", True),
    "without a reason": (b"HTTP/1.1 200\r\nContent-Length: 2\r\n\r\n{}", b"{}", True),
    "with names in any case": (b"HTTP/1.1 200 OK\r\ncONTENT-lENGTH:2\r\n\r\n{}", b"{}", True),
}  # fmt: skip


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
def test_an_answer_is_read_as_it_ends(answer) -> None:
    said, body, kept = answer

    def script(conversation):
        conversation.request()
        conversation.say(said)
        if kept:
            conversation.wait_for_the_end()

    with serving(script) as server:
        opened, found = exchange(server)
        assert (found.status, found.body) == (204 if b" 204 " in said else 200, body)
        assert opened.usable(Endpoint(server.url, "us-east-1")) == kept
        opened.close()


GARBAGE = {
    "no HTTP": (b"SSH-2.0-OpenSSH\r\n\r\n", "answer begins with"),
    "no status": (b"HTTP/1.1 abc\r\n\r\n", "answer begins with"),
    "a head without an end": (b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 20_000, "does not end"),
    "cut off in the head": (b"HTTP/1.1 200", "hung up before it answered"),
    "nothing": (b"", "hung up before it answered"),
    "cut off in the body": (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}", "cut off"),
    "a length that is none": (b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", "Content-Length"),
    "an endless length": (
        b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999\r\n\r\n", "bytes",
    ),
    "a chunk that is none": (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "chunk",
    ),
    "an endless chunk": (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffff\r\n", "does not end",
    ),
}  # fmt: skip


@pytest.mark.parametrize("garbage", GARBAGE.values(), ids=GARBAGE)
def test_what_is_no_answer_is_a_broken_connection(garbage) -> None:
    said, reason = garbage

    def script(conversation):
        conversation.request()
        conversation.say(said)

    with serving(script) as server, pytest.raises(Unreachable, match=reason):
        exchange(server)


MEGABYTE = 1_048_576
ENDS = {
    "with a length": lambda size: (b"Content-Length: %d\r\n\r\n" % size, b""),
    "in chunks": lambda size: (
        b"Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n%x\r\n" % (size - 1), b"\r\n0\r\n\r\n",
    ),
    "up to the end of the connection": lambda _: (b"\r\n", b""),
}  # fmt: skip


@pytest.mark.parametrize("ends", ENDS)
@pytest.mark.parametrize(("size", "read"), [(MEGABYTE, True), (MEGABYTE + 1, False)])
def test_an_answer_has_a_megabyte_at_most(ends, size, read) -> None:
    """What says more is no DynamoDB; the function's memory is not for it."""

    def script(conversation):
        conversation.request()
        before, behind = ENDS[ends](size)
        body = b"x" * (size - (ends == "in chunks"))
        conversation.say(b"HTTP/1.1 200 OK\r\n" + before + body + behind)

    with serving(script) as server:
        if read:
            assert exchange(server)[1].body == b"x" * size
        else:
            with pytest.raises(Unreachable, match="NoHttp: "):
                exchange(server)


def test_an_answer_without_an_end_is_read_no_further() -> None:
    """At most so many times as it has pieces, which no wait tells."""

    def script(conversation):
        conversation.request()
        conversation.say(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:  # until the client has gone
            conversation.say(b"x" * MEGABYTE)

    with serving(script) as server, pytest.raises(Unreachable, match=r"NoHttp: an answer of \d+ b"):
        exchange(server, deadline=Deadline(2_000.0, 2_000.0, Steps(1.0)))


def test_a_reset_is_a_broken_connection() -> None:
    def script(conversation):
        conversation.request()
        # SO_LINGER of 0: closing sends a reset
        conversation.connection.setsockopt(
            socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0" + bytes(4)
        )

    with serving(script) as server, pytest.raises(Unreachable, match="ConnectionClosed"):
        exchange(server)


def test_a_refused_connection_is_unreachable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with pytest.raises(Unreachable, match=r"ConnectionRefused: 127\.0\.0\.1"):
        connect("127.0.0.1", port, Deadline(LONG_S, LONG_S))


def test_a_store_that_never_answers_ends_at_the_deadline() -> None:
    with (
        serving(hangs) as server,
        pytest.raises(TimedOut, match=r"answer: nothing came within 0\.05"),
    ):
        exchange(server, deadline=Deadline(0.05, LONG_S))


def test_the_time_of_the_function_ends_the_wait_too() -> None:
    with (
        serving(hangs) as server,
        pytest.raises(TimedOut, match=r"answer: nothing came within 0\.05"),
    ):
        exchange(server, deadline=Deadline(LONG_S, 0.05))


def test_an_answer_that_trickles_in_does_not_begin_the_time_anew() -> None:
    """Each look at the clock takes a tenth of the time there is: the tenth byte or so is the last.

    A time-out that began anew with each byte would wait for as long as the store has bytes.
    """

    def script(conversation):
        conversation.request()
        conversation.say(b"HTTP/1.1 200 OK\r\nendless: ")
        while True:  # until the client has gone
            conversation.say(b"x")

    with serving(script) as server, pytest.raises(TimedOut, match="answer"):
        exchange(server, deadline=Deadline(1.0, LONG_S, Steps(0.1)))


def test_a_store_that_does_not_read_ends_at_the_deadline() -> None:
    done = threading.Event()
    with serving(lambda _: done.wait(LONG_S)) as server:
        endpoint, deadline = Endpoint(server.url, "us-east-1"), Deadline(0.1, LONG_S)
        opened = Connection(endpoint, connect(endpoint.host, endpoint.port, deadline))
        with pytest.raises(TimedOut):
            opened.exchange("POST", "/", {}, b"x" * 50_000_000, deadline)
        done.set()


def test_a_name_that_is_not_resolved_ends_at_the_deadline(monkeypatch) -> None:
    release, real = threading.Event(), socket.getaddrinfo

    def asks(host, port, *args, flags=0, **named):
        if flags & socket.AI_NUMERICHOST:
            return real(host, port, *args, flags=flags, **named)
        release.wait(LONG_S)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", asks)
    with pytest.raises(TimedOut, match=r"name resolution: nothing came within 0\.05"):
        connect("store.example", 80, Deadline(0.05, LONG_S))
    # The one that still hangs is in nobody's way.
    monkeypatch.setattr(socket, "getaddrinfo", real)
    with serving(answering(OK)) as server:
        connect("localhost", server.port, Deadline(LONG_S, LONG_S)).close()
    release.set()


@pytest.mark.parametrize("host", ["no-such-name.invalid", "a" * 300])
def test_a_name_that_is_none_is_unreachable(host) -> None:
    with pytest.raises(Unreachable, match="NameResolution"):
        connect(host, 80, Deadline(LONG_S, LONG_S))


def test_the_next_address_is_tried_where_one_refuses(monkeypatch) -> None:
    with serving(answering(OK)) as server, socket.create_server(("127.0.0.1", 0)) as closed:
        refused = closed.getsockname()
        closed.close()
        found = [
            (socket.AF_INET, socket.SOCK_STREAM, 0, "", address)
            for address in (refused, ("127.0.0.1", server.port))
        ]
        monkeypatch.setattr(connections, "_addresses", lambda *_: found)
        connect("store", 80, Deadline(LONG_S, LONG_S)).close()


@pytest.mark.parametrize(("addresses", "share_s"), [(1, 10.0), (2, 10.0), (3, 10.0)])
def test_one_that_hangs_takes_the_part_of_one_round_trip(addresses, share_s, monkeypatch) -> None:
    """Of three that there are with TLS and the answer, and of what is left."""
    waited = []

    def hanging(family, kind, protocol, address, timeout_s):
        waited.append(timeout_s)
        clock.now += timeout_s
        raise TimeoutError

    clock = Clock()
    found = [(socket.AF_INET, socket.SOCK_STREAM, 0, "", ("192.0.2.1", 443))] * addresses
    monkeypatch.setattr(connections, "_addresses", lambda *_: found)
    monkeypatch.setattr(connections, "_opened", hanging)
    with pytest.raises(TimedOut, match=r"connection: nothing came within 10\.00 s"):
        connect("store", 443, Deadline(30.0, LONG_S, clock))
    assert waited == pytest.approx([share_s] * addresses)
    with pytest.raises(TimedOut, match=r"connection: nothing came within 0\.50 s"):
        connect("store", 443, Deadline(30.0, 1.5, clock))


class Clock:
    now = 1_000.0

    def __call__(self) -> float:
        return self.now


pieces = st.one_of(
    st.binary(max_size=40),
    st.sampled_from(
        [
            b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.0 500 x\r\n",
            b"Content-Length: 2\r\n", b"Content-Length: 5\r\n", b"Transfer-Encoding: chunked\r\n",
            b"Connection: close\r\n", b"\r\n", b"2\r\n", b"{}", b"0\r\n\r\n", b"-1\r\n", b"\0",
        ]
    ),
)  # fmt: skip


@settings(max_examples=examples(2_000))
@given(st.lists(pieces, max_size=8).map(b"".join))
def test_whatever_comes_is_an_answer_or_a_broken_connection(said) -> None:
    """Never another exception, never a body longer than what came."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(said)
        theirs.shutdown(socket.SHUT_WR)
        opened = Connection(Endpoint("http://127.0.0.1", "us-east-1"), ours)
        try:
            found = opened.exchange("POST", "/", {}, b"", Deadline(LONG_S, LONG_S))
        except Unreachable:
            return
        assert len(found.body) <= len(said)
        assert 200 <= found.status <= 999


class TestWhetherAConnectionIsUsedAgain:
    @pytest.fixture
    def server(self):
        with serving(answering(OK)) as server:
            yield server

    @pytest.fixture
    def endpoint(self, server):
        return Endpoint(server.url, "us-east-1")

    @pytest.fixture
    def opened(self, server):
        opened, _ = exchange(server)
        yield opened
        opened.close()

    def test_at_once_it_is(self, opened, endpoint) -> None:
        assert opened.usable(endpoint)

    def test_not_for_another_endpoint(self, opened, endpoint) -> None:
        assert not opened.usable(Endpoint("http://127.0.0.1:9", "us-east-1"))
        assert not opened.usable(endpoint, "http://proxy/")

    @pytest.mark.parametrize("clock", ["monotonic", "time"])
    def test_not_after_a_while_by_either_clock(self, opened, endpoint, monkeypatch, clock) -> None:
        later = getattr(connections.time, clock)() + MAX_IDLE_S + 1
        monkeypatch.setattr(connections.time, clock, lambda: later)
        assert not opened.usable(endpoint)

    def test_not_in_a_forked_process(self, opened, endpoint, monkeypatch) -> None:
        monkeypatch.setattr(os, "getpid", lambda: 1)
        assert not opened.usable(endpoint)

    def test_not_after_the_other_end_hung_up(self, server, opened, endpoint) -> None:
        server.close()
        assert not opened.usable(endpoint)

    def test_not_after_more_came_than_was_asked_for(self, endpoint) -> None:
        ours, theirs = socket.socketpair()
        with ours, theirs:
            theirs.sendall(OK + OK)
            opened = Connection(endpoint, ours)
            opened.exchange("POST", "/", {}, b"", Deadline(LONG_S, LONG_S))
            assert not opened.usable(endpoint)

    def test_not_after_all_descriptors_were_closed_as_a_daemon_does(self, endpoint) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            opened = Connection(endpoint, ours)
            os.close(ours.fileno())
            assert not opened.usable(endpoint)
            opened.close()

    def test_not_where_nothing_tells_as_under_eventlet(self, opened, endpoint, monkeypatch) -> None:
        monkeypatch.delattr(select, "poll")
        assert not opened.usable(endpoint)
