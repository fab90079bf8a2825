"""Where a message may go: the host that was written down, on the internet, over TLS."""

import contextlib
import http.server
import socket
import threading
from collections.abc import Iterator

import pytest

from notifier import https_post
from notifier.https_post import NotSent, RefusedAddress, Unclear, post
from tests.conftest import slow


def resolving(monkeypatch, *addresses: str) -> list[str]:
    """Names resolve to ``addresses``; what is connected to is listed, and refused."""
    connected: list[str] = []

    def found(host, port, **_):
        return [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses
        ]

    def connect(address, timeout):
        connected.append(address[0])
        raise ConnectionRefusedError

    monkeypatch.setattr(https_post.socket, "getaddrinfo", found)
    monkeypatch.setattr(https_post.socket, "create_connection", connect)
    return connected


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/x", "ftp://example.com/x", "file:///etc/passwd", "//example.com", "",
        "https://", "https://user@example.com/", "https://:pass@example.com/", "https://a b/",
        "https://example.com/\r\nx: y", "https://example.com/\x00", "https://exämple.com/",
        "https://example.com:99999/", "https://" + "a" * 3_000, "http://127.0.0.1:8099/",
        "http://localhost/",
    ],
)  # fmt: skip
def test_an_address_of_another_form_is_refused_and_not_repeated(monkeypatch, url) -> None:
    monkeypatch.delenv(https_post.LOOPBACK, raising=False)
    connected = resolving(monkeypatch, "8.8.8.8")
    with pytest.raises(RefusedAddress) as refused:
        post(url, b"", {}, 1)
    assert connected == []
    assert url in ("", "https://") or url not in str(refused.value)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.0.0.1", "172.16.3.4", "192.168.1.1", "169.254.169.254", "100.64.0.1",
        "0.0.0.0", "224.0.0.1", "255.255.255.255", "::1", "fe80::1", "fd00:ec2::254", "::",  # noqa: S104
        "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "2002:7f00:1::", "ff02::1", "192.0.2.1",
        "::10.0.0.1", "fec0::1",
    ],
)  # fmt: skip
def test_a_host_that_is_within_a_network_is_not_spoken_to(monkeypatch, address) -> None:
    for addresses in ((address,), ("8.8.8.8", address)):
        connected = resolving(monkeypatch, *addresses)
        with pytest.raises(RefusedAddress):
            post("https://example.com/", b"", {}, 1)
        assert connected == []


def test_the_very_addresses_that_were_looked_at_are_connected_to(monkeypatch) -> None:
    connected = resolving(monkeypatch, "8.8.8.8", "8.8.4.4", "8.8.8.8")
    with pytest.raises(NotSent):
        post("https://example.com/", b"", {}, 1)
    assert connected == ["8.8.8.8", "8.8.4.4"]


def test_a_channel_has_hosts_of_its_own(monkeypatch) -> None:
    connected = resolving(monkeypatch, "8.8.8.8")
    with pytest.raises(RefusedAddress):
        post("https://hooks.slack.com.example.com/", b"", {}, 1, hosts=frozenset({"slack.com"}))
    with pytest.raises(NotSent):
        post("https://slack.com/", b"", {}, 1, hosts=frozenset({"slack.com"}))
    assert connected == ["8.8.8.8"]


class Receiver(http.server.BaseHTTPRequestHandler):
    """Answers as the path says."""

    def do_POST(self) -> None:
        self.server.seen.append(self.path)  # type: ignore[attr-defined]
        if self.path == "/hangs":
            self.server.stopped.wait(10)  # type: ignore[attr-defined]
            return
        if self.path == "/drips":
            self._drip()
            return
        status = {"/moved": 302, "/busy": 429}.get(self.path, 200)
        self.send_response(status)
        if status == 302:
            self.send_header("location", f"http://127.0.0.1:{self.server.server_port}/target")
        if status == 429:
            self.send_header("retry-after", "7")
        self.send_header("content-length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def _drip(self) -> None:
        """A byte now and then, for as long as somebody reads."""
        with contextlib.suppress(OSError):
            while not self.server.stopped.wait(0.05):  # type: ignore[attr-defined]
                self.wfile.write(b"x")

    def log_message(self, format: str, *values: object) -> None:
        pass


@pytest.fixture
def receiver(monkeypatch) -> Iterator[http.server.ThreadingHTTPServer]:
    monkeypatch.setenv(https_post.LOOPBACK, "allowed")
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    server.seen, server.stopped = [], threading.Event()
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server
    server.stopped.set()
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_receiver_of_this_machine_is_told_where_the_stage_is_local(receiver) -> None:
    base = f"http://127.0.0.1:{receiver.server_port}"
    assert post(f"{base}/x?y=1", b"{}", {}, 5).status == 200
    assert post(f"{base}/busy", b"{}", {}, 5).retry_after == 7
    assert receiver.seen == ["/x?y=1", "/busy"]


def test_a_redirect_is_an_answer_and_is_not_followed(receiver) -> None:
    assert post(f"http://127.0.0.1:{receiver.server_port}/moved", b"{}", {}, 5).status == 302
    assert receiver.seen == ["/moved"]


@slow
def test_no_answer_is_unclear_and_no_connection_is_not_sent(receiver) -> None:
    with pytest.raises(Unclear):
        post(f"http://127.0.0.1:{receiver.server_port}/hangs", b"{}", {}, 0.3)
    # A timeout of each byte would not end these.
    with pytest.raises(Unclear):
        post(f"http://127.0.0.1:{receiver.server_port}/drips", b"{}", {}, 0.3)
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        with pytest.raises(NotSent):
            post(f"http://127.0.0.1:{unused.getsockname()[1]}/", b"{}", {}, 1)
