"""What both servers answer before an application is asked: HTTP/1.1, and no other."""

import asyncio
import logging
import socket

import pytest

from tests.conftest import slow
from tocsin.http_serving import serve

pytestmark = slow

HOST = b"Host: 127.0.0.1\r\n"
REQUESTS = {
    "an upgrade to HTTP/2": (
        b"GET /a HTTP/1.1\r\n" + HOST + b"Connection: Upgrade, HTTP2-Settings, close\r\n"
        b"Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n"
    ),
    "an upgrade in other letters": (
        b"GET /a HTTP/1.1\r\n" + HOST + b"connection: close, upgrade\r\nUPGRADE: H2C\r\n"
        b"HTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n"
    ),
    "HTTP/2 at once": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00",
    "plain": b"GET /a HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n",
}


async def _application(scope, receive, send):
    if scope["type"] == "lifespan":
        while (await receive())["type"] != "lifespan.shutdown":
            await send({"type": "lifespan.startup.complete"})
        await send({"type": "lifespan.shutdown.complete"})
        return
    assert scope["type"] == "http"
    body = f"HTTP {scope['http_version']}".encode()
    headers = [(b"content-length", str(len(body)).encode()), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _answers() -> dict[str, bytes]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        ended = asyncio.Event()
        descriptor = listener.detach()
        served = asyncio.create_task(
            serve(_application, f"fd://{descriptor}", logging.getLogger("silent"), ended)
        )
        found = {}
        for name, request in REQUESTS.items():
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(request)
            found[name] = await reader.read()
            writer.close()
        ended.set()
        await served
    return found


@pytest.fixture(scope="module")
def answers():
    return asyncio.run(_answers())


@pytest.mark.parametrize("name", REQUESTS)
def test_nothing_is_taken_over_to_http_2(answers, name):
    answer = answers[name]
    assert answer.startswith(b"HTTP/1.1 "), answer
    assert not answer.startswith(b"HTTP/1.1 101"), answer


@pytest.mark.parametrize("name", ["plain", "an upgrade to HTTP/2", "an upgrade in other letters"])
def test_an_upgrade_is_passed_over_and_the_request_answered(answers, name):
    assert answers[name].startswith(b"HTTP/1.1 200")
    assert answers[name].endswith(b"HTTP 1.1")


def test_a_server_does_not_say_what_it_is(answers):
    assert not any(b"\r\nserver:" in answer.lower() for answer in answers.values())
