"""What changes, as server-sent events: names alone, never what a record says.

One stream serves a browser (static/console.js); the account is asked only while somebody listens.
https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

import asyncio
from collections.abc import AsyncIterator, Iterable
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from tocsin.web.console import Console
from tocsin.web.snapshots import Source

KEEP_ALIVE_S = 15.0
MOST_STREAMS = 40
"""Of one console: a browser opens one, however many tabs it has."""
_LONGEST_QUEUE = 32


class Events:
    """Handler of /events; ``tell`` tells every stream, from any thread."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._streams: set[asyncio.Queue[str]] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._watch: asyncio.Task[None] | None = None

    def tell(self, name: str) -> None:
        """Say that what ``name`` shows is another one now."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._tell, name)

    async def handle(self, request: Request) -> Response:
        """A stream that stays open until the browser, or the console, goes away."""
        if len(self._streams) >= MOST_STREAMS:
            return Response("too many streams are open\n", 503, {"Retry-After": "60"})
        return StreamingResponse(self.stream(), media_type="text/event-stream")

    async def stream(self) -> AsyncIterator[str]:
        """The text of a stream."""
        self._loop = asyncio.get_running_loop()
        queue: asyncio.Queue[str] = asyncio.Queue(_LONGEST_QUEUE)
        self._streams.add(queue)
        if self._watch is None or self._watch.done():
            self._watch = asyncio.create_task(self._look())
        try:
            yield ": open\n\n"
            while True:
                try:
                    name = await asyncio.wait_for(queue.get(), KEEP_ALIVE_S)
                except TimeoutError:
                    yield ": still there\n\n"
                else:
                    yield f"event: {name}\ndata:\n\n"
        finally:
            self._streams.discard(queue)
            if not self._streams and self._watch is not None:
                self._watch.cancel()

    async def _look(self) -> None:
        """Read the lists as often as they may be, and tell when they changed."""
        views = self._console.sources
        seen = {name: _versions(sources) for name, sources in views.items()}
        while True:
            await asyncio.sleep(self._console.fresh_s)
            for name, sources in views.items():
                for source in sources:
                    await run_in_threadpool(source.get)
                found = _versions(sources)
                if found != seen[name]:
                    seen[name] = found
                    self._tell(name)

    def _tell(self, name: str) -> None:
        for queue in self._streams:
            # A browser that reads nothing is told once it does; names may be missing then.
            if not queue.full():
                queue.put_nowait(name)


def _versions(sources: Iterable[Source[Any]]) -> list[int]:
    return [source.latest.version for source in sources]
