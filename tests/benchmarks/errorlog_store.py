"""A DynamoDB that takes everything or answers nothing, in a process of its own, on loopback."""

import asyncio
import multiprocessing
import ssl
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.unit.errorlog.dynamodb.servers import authority

# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.LowLevelAPI.html
ANSWER = (
    b"HTTP/1.1 200 OK\r\n"
    b"Server: Server\r\n"
    b"Date: Sat, 28 Nov 2026 12:00:00 GMT\r\n"
    b"Content-Type: application/x-amz-json-1.0\r\n"
    b"Content-Length: 2\r\n"
    b"Connection: keep-alive\r\n"
    b"x-amzn-RequestId: 8VQ2T5R1K0N4M7C3X9B6Z0P1LJVV4KQNSO5AEMVJF66Q9ASUAAJG\r\n"
    b"x-amz-crc32: 2745614147\r\n"
    b"\r\n{}"
)


@contextmanager
def store(latency_s: float = 0.0, *, hangs: bool = False, pem: bytes = b"") -> Iterator[str]:
    """The endpoint of a store that answers each request after ``latency_s``, or never.

    Over TLS with the certificate and key ``pem``, where they are given.
    """
    ours, theirs = multiprocessing.Pipe()
    context = multiprocessing.get_context("spawn")
    process = context.Process(target=_serve, args=(theirs, latency_s, hangs, pem), daemon=True)
    process.start()
    theirs.close()  # so that waiting for a process that did not start ends
    try:
        yield f"{'https' if pem else 'http'}://127.0.0.1:{ours.recv()}"
    finally:
        process.terminate()
        process.join()


@contextmanager
def tls_store(latency_s: float = 0.0) -> Iterator[tuple[str, str]]:
    """The same over TLS, and the file with the certificate to believe in."""
    with tempfile.TemporaryDirectory() as folder:
        bundle = Path(folder) / "bundle.pem"
        bundle.write_bytes(authority()[0])
        with store(latency_s, pem=b"".join(authority())) as endpoint:
            yield endpoint, str(bundle)


def _context(pem: bytes) -> ssl.SSLContext | None:
    if not pem:
        return None
    with tempfile.NamedTemporaryFile() as file:
        file.write(pem)
        file.flush()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file.name)
        return context


def _serve(ready: Any, latency_s: float, hangs: bool, pem: bytes) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                fields = dict(
                    line.lower().split(b": ", 1) for line in head.split(b"\r\n") if b": " in line
                )
                await reader.readexactly(int(fields[b"content-length"]))
                if hangs:
                    await reader.read()  # until the client gives up
                if latency_s:
                    await asyncio.sleep(latency_s)
                writer.write(ANSWER)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    async def serve() -> None:
        server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=_context(pem))
        ready.send(server.sockets[0].getsockname()[1])
        async with server:
            await server.serve_forever()

    asyncio.run(serve())
