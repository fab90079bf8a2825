"""A function whose network lets out nothing but a proxy writes its records through it."""

import contextlib
import socket
import threading

import pytest

from errorlog.dynamodb.client import Client
from errorlog.dynamodb.deadline import Deadline
from errorlog.dynamodb.failure import WriteFailed
from tests.unit.errorlog.dynamodb.servers import OK, answering, authority, serving, tls_context

LONG_S = 60.0


def put(client=None) -> str | None:
    try:
        (client or Client()).put_item("errors", "{}", Deadline(LONG_S, LONG_S))
    except WriteFailed as failure:
        return str(failure)
    return None


def tunnel_to(port: int):
    """A proxy that opens a tunnel to ``port``, whatever it is asked for."""

    def script(conversation):
        conversation.request()
        with socket.create_connection(("127.0.0.1", port)) as beyond:
            conversation.say(b"HTTP/1.1 200 Connection established\r\n\r\n")
            back = threading.Thread(target=_copy, args=(beyond, conversation.connection))
            back.start()
            _copy(conversation.connection, beyond)
            back.join()

    return script


def _copy(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65_536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)


@pytest.fixture
def store(tmp_path, monkeypatch):
    (tmp_path / "ca.pem").write_bytes(authority()[0])
    monkeypatch.setenv("AWS_CA_BUNDLE", str(tmp_path / "ca.pem"))
    with serving(answering(OK), tls_context(tmp_path)) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL", server.url.replace("127.0.0.1", "localhost"))
        yield server


@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "https_proxy"])
def test_tls_goes_through_a_tunnel(store, monkeypatch, variable) -> None:
    with serving(tunnel_to(store.port)) as proxy:
        monkeypatch.setenv(variable, f"http://us%3Aer:pass@127.0.0.1:{proxy.port}")
        client = Client()
        assert [put(client), put(client)] == [None, None]
        client._idle.pop().close()
    assert len(store.requests) == 2
    (request,) = proxy.requests
    assert request.startswith(f"CONNECT localhost:{store.port} HTTP/1.1\r\n".encode())
    assert b"proxy-authorization: Basic dXM6ZXI6cGFzcw==" in request
    assert b"Signature" not in request


@pytest.mark.parametrize("none", ["localhost", "*", ".localhost,localhost"])
def test_no_proxy_is_heeded(store, monkeypatch, none) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", none)
    assert put() is None


def test_http_goes_to_the_proxy_with_the_whole_url(monkeypatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://dynamodb.example:8000")
    with serving(answering(OK)) as proxy:
        monkeypatch.setenv("http_proxy", f"127.0.0.1:{proxy.port}")
        assert put() is None
    (request,) = proxy.requests
    assert request.startswith(b"POST http://dynamodb.example:8000/ HTTP/1.1\r\n")


def test_a_proxy_that_opens_no_tunnel_is_named(store, monkeypatch) -> None:
    refusal = b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"
    with serving(answering(refusal)) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy.port}")
        assert put() == "Proxy407: the proxy opens no tunnel"
    assert store.requests == []


def test_a_proxy_reached_by_https_is_named_as_not_supported(store, monkeypatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "https://proxy.example")
    assert put().startswith("Proxy: a proxy that is itself reached by https")
