"""Receivers that answer badly, late or not at all: what is known of a message that was sent there.

``NotSent`` where nothing can have arrived, ``Unclear`` where it may have, a status where it was
told; each within the time that it was given.
"""

import datetime as dt
import math
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from notifier import https_post
from notifier.https_post import HttpAnswer, NotSent, RefusedAddress, Unclear, post
from notifier.sending import ChannelFailed, _accepted
from tests.conftest import slow

NOW = dt.datetime(2026, 11, 28, 10, 30, tzinfo=dt.UTC)
LONG_S = 60.0
BODY = b"{}"


class Patience:
    """Stands in for ``threading.Timer``: the time of a request is over when a receiver says so."""

    def __init__(self) -> None:
        self.begun = threading.Event()
        self._ends: list[Callable[[], None]] = []

    def timer(self, seconds: float, end: Callable[..., None], arguments: tuple) -> "Patience":
        assert 0 < seconds <= LONG_S
        self._ends = [lambda: end(*arguments)]
        return self

    daemon = True

    def start(self) -> None:
        self.begun.set()

    def cancel(self) -> None:
        self._ends = []

    def end(self) -> None:
        assert self.begun.wait(LONG_S)
        for end in self._ends:
            end()


Behaviour = Callable[[socket.socket, Patience], None]


def says(first: bytes, again: bytes = b"", *, ends: bool = False) -> Behaviour:
    """Reads the request and writes ``first``, then ``again`` for as long as somebody reads; or the
    time is over then."""

    def behave(line: socket.socket, patience: Patience) -> None:
        _ = b"".join(iter(lambda: line.recv(1), BODY[-1:]))
        line.sendall(first)
        if ends:
            patience.end()
        while again:
            line.sendall(again)

    return behave


def waits(first: bytes) -> Behaviour:
    """Writes ``first``, and no more for as long as somebody listens."""

    def behave(line: socket.socket, patience: Patience) -> None:
        line.sendall(first)
        while line.recv(100):
            pass

    return behave


def resets(line: socket.socket, patience: Patience) -> None:
    line.recv(1)
    line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def hangs(line: socket.socket, patience: Patience) -> None:
    patience.end()


def self_signed(folder) -> ssl.SSLContext:
    """A server's context with a certificate that nobody vouches for."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(1).not_valid_before(NOW - dt.timedelta(days=3_650))
        .not_valid_after(NOW + dt.timedelta(days=3_650))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), False)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    file = folder / "key.pem"
    encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    private = key.private_bytes(encoding, form, serialization.NoEncryption())
    file.write_bytes(private + made.public_bytes(encoding))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context


@contextmanager
def receiver(behave: Behaviour, patience: Patience) -> Iterator[int]:
    """Somebody who takes one connection; the port."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            line, _ = server.accept()
            with line, suppress(OSError):
                behave(line, patience)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield server.getsockname()[1]
        thread.join(LONG_S)


OK = b"HTTP/1.1 200 OK\r\n"
ANSWERS: dict[str, tuple[Behaviour, int | type[Exception]]] = {
    "says nothing": (says(b"", ends=True), Unclear),
    "reads nothing": (hangs, Unclear),
    "closes at once": (says(b""), Unclear),
    "resets": (resets, Unclear),
    "speaks something else": (says(b"SSH-2.0-OpenSSH_9.6\r\n"), Unclear),
    "a status that is none": (says(b"HTTP/1.1 abc\r\n\r\n"), Unclear),
    "a status beyond all": (says(b"HTTP/1.1 99999 x\r\n\r\n"), Unclear),
    "half a status": (says(b"HTTP/1.1 20", ends=True), Unclear),
    "to be continued for ever": (says(b"HTTP/1.1 100 x\r\n\r\n" * 99, ends=True), Unclear),
    "a header without end": (says(OK + b"x: " + b"a" * 100_000), Unclear),
    "more headers than one reads": (says(OK + b"a: b\r\n" * 200 + b"\r\n"), Unclear),
    "a body without end": (says(OK + b"\r\n", b"x" * 65_536), 200),
    "a body that drips": (says(OK + b"content-length: 99\r\n\r\n", b"x"), 200),
    "a body that does not come": (waits(OK + b"content-length: 9\r\n\r\n"), 200),
    "less than it says": (says(OK + b"content-length: 9\r\n\r\nok"), 200),
    "a length that is none": (says(OK + b"content-length: -9x\r\n\r\nok"), 200),
    "chunks that are none": (says(OK + b"transfer-encoding: chunked\r\n\r\nzz\r\nok"), 200),
    "a chunk that drips": (says(OK + b"transfer-encoding: chunked\r\n\r\n9\r\n", b"x"), 200),
    "a chunk of all memory": (
        says(OK + b"transfer-encoding: chunked\r\n\r\nffffffffffffff\r\nok"), 200,
    ),
    "packed zeros, left packed": (says(OK + b"content-encoding: gzip\r\n\r\n\x1f\x8b\x08"), 200),
    "moved": (says(b"HTTP/1.1 301 x\r\nlocation: http://127.0.0.1/\r\n\r\n"), 301),
    "moved for now": (says(b"HTTP/1.1 307 x\r\nlocation: //169.254.169.254/\r\n\r\n"), 307),
    "moved for ever": (says(b"HTTP/1.1 308 x\r\nlocation: file:///etc/passwd\r\n\r\n"), 308),
    "another protocol": (says(b"HTTP/1.1 101 x\r\nupgrade: h2c\r\n\r\n"), 101),
}  # fmt: skip


SLOW = ("a body that drips", "a body that does not come", "a chunk that drips")


@pytest.fixture
def patience(monkeypatch) -> Patience:
    monkeypatch.setenv(https_post.LOOPBACK, "allowed")
    made = Patience()
    monkeypatch.setattr(https_post.threading, "Timer", made.timer)
    return made


@pytest.mark.parametrize("answer", ANSWERS)
def test_what_is_known_after_an_answer(patience, monkeypatch, answer) -> None:
    behave, expected = ANSWERS[answer]
    body = https_post._body

    def ends_in_the_body(received: Any) -> bytes:
        patience.end()
        return body(received)

    if answer in SLOW:
        monkeypatch.setattr(https_post, "_body", ends_in_the_body)
    with receiver(behave, patience) as port:
        url = f"http://127.0.0.1:{port}/"
        if isinstance(expected, int):
            answered = post(url, BODY, {}, LONG_S)
            assert answered.status == expected
            assert len(answered.body) <= 64_000
        else:
            with pytest.raises(expected):
                post(url, BODY, {}, LONG_S)


@slow
def test_without_tls_or_with_a_certificate_of_nobody_nothing_is_sent(patience, tmp_path) -> None:
    context = self_signed(tmp_path)
    read: list[bytes] = []

    def greets(line: socket.socket, patience: Patience) -> None:
        with suppress(OSError), context.wrap_socket(line, server_side=True) as secured:
            read.append(secured.recv(100))

    def speaks_plainly(line: socket.socket, patience: Patience) -> None:
        line.sendall(b"HTTP/1.1 400 x\r\n\r\n")

    for behave in (hangs, speaks_plainly, greets, resets):
        with receiver(behave, patience) as port, pytest.raises(NotSent):
            post(f"https://localhost:{port}/", BODY, {}, LONG_S)
    assert b"".join(read) == b""


def test_a_resolver_that_does_not_answer_is_left_behind(monkeypatch) -> None:
    over = threading.Event()
    monkeypatch.setattr(https_post.socket, "getaddrinfo", lambda *_, **__: over.wait(LONG_S))
    with pytest.raises(NotSent, match="no address"):
        post("https://example.com/", b"", {}, 0.05)
    over.set()


@pytest.mark.parametrize(
    ("fails", "raised"),
    [(socket.gaierror(-2, "unknown"), NotSent), (OSError(), NotSent),
     (UnicodeError("label too long"), RefusedAddress)],
)  # fmt: skip
def test_a_name_that_leads_nowhere(monkeypatch, fails, raised) -> None:
    def found(*_: object, **__: object) -> None:
        raise fails

    monkeypatch.setattr(https_post.socket, "getaddrinfo", found)
    with pytest.raises(raised):
        post("https://example.com/", b"", {}, 1)


def test_an_address_that_does_not_answer_leaves_time_for_the_next(patience, monkeypatch) -> None:
    """As where the first is one of IPv6, which nothing here leads to."""
    given: list[float] = []

    def connected(address, timeout):
        given.append(timeout)
        if address[0] == "::1":
            raise TimeoutError
        line = socket.socket()
        line.connect(address)
        return line

    with receiver(says(OK + b"content-length: 2\r\n\r\nok"), patience) as port:
        found = [(0, 0, 0, "", (address, port)) for address in ("::1", "127.0.0.1")]
        monkeypatch.setattr(https_post.socket, "getaddrinfo", lambda *_, **__: found)
        monkeypatch.setattr(https_post.socket, "create_connection", connected)
        assert post(f"http://localhost:{port}/", BODY, {}, LONG_S).body == b"ok"
    assert given[0] <= LONG_S / 2


@pytest.mark.parametrize(
    ("given", "seconds"),
    [
        (None, None), ("", None), ("soon", None), ("-5", None), ("1.5", None), ("\u0663", None),
        ("7" * 1_000, None), ("0", 0), (" 7 ", 7), ("120", 120), ("9999999999", math.inf),
        ("Sat, 28 Nov 2026 10:31:00 GMT", 60), ("Sat, 28 Nov 2026 11:31:00 +0100", 60),
        ("Saturday, 28-Nov-26 10:31:00 GMT", 60), ("Sat Nov 28 10:31:00 2026", 60),
        ("Sat, 28 Nov 2026 10:29:00 GMT", 0), ("Sat, 99 Nov 2026 10:31:00 GMT", None),
        ("Sat, 28 Nov 99999 10:31:00 GMT", None),
    ],
)  # fmt: skip
def test_how_long_a_receiver_asks_to_wait(given, seconds) -> None:
    assert https_post._seconds(given, NOW) == seconds


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_refused_in_words(status) -> None:
    with pytest.raises(ChannelFailed, match="redirect, which is not followed") as failed:
        _accepted(HttpAnswer(status, b""))
    assert not failed.value.again
