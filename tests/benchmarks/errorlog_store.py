"""A DynamoDB that takes everything or answers nothing, in a process of its own, on loopback."""

import asyncio
import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

ANSWER = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/x-amz-json-1.0\r\nContent-Length: 2\r\n\r\n{}"
)


@contextmanager
def store(latency_s: float = 0.0, *, hangs: bool = False) -> Iterator[str]:
    """The endpoint of a store that answers each request after ``latency_s``, or never."""
    ours, theirs = multiprocessing.Pipe()
    context = multiprocessing.get_context("spawn")
    process = context.Process(target=_serve, args=(theirs, latency_s, hangs), daemon=True)
    process.start()
    theirs.close()  # so that waiting for a process that did not start ends
    try:
        yield f"http://127.0.0.1:{ours.recv()}"
    finally:
        process.terminate()
        process.join()


def _serve(ready: Any, latency_s: float, hangs: bool) -> None:
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
        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        ready.send(server.sockets[0].getsockname()[1])
        async with server:
            await server.serve_forever()

    asyncio.run(serve())
