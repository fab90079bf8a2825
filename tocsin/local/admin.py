"""The stage's own endpoint, beside AWS's on the same port: health and clock.

``GET /_tocsin/health``, ``GET /_tocsin/clock``, ``POST /_tocsin/clock/advance {"seconds": 300}``;
all but the first signed with the stage's root key, for the service ``tocsin``.
"""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import Awaitable, Callable
from typing import Any

from tocsin.local.access.door import CALLER
from tocsin.local.clock import LONGEST_ADVANCE
from tocsin.local.cloudwatch import CloudWatches
from tocsin.local.cloudwatch.alarm_service import Change

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

_PREFIX = "/_tocsin/"


class Admin:
    """An ASGI application: answers ``/_tocsin/``, hands everything else to ``app``."""

    def __init__(
        self, app: Any, clouds: CloudWatches, identity: dict[str, Any], root_key_id: str
    ) -> None:
        self._app = app
        self._root_key_id = root_key_id
        self._clouds = clouds
        self._identity = identity

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection event."""
        if scope["type"] != "http" or not scope["path"].startswith(_PREFIX):
            await self._app(scope, receive, send)
            return
        asked = scope["method"], scope["path"].removeprefix(_PREFIX)
        if asked != ("GET", "health") and scope[CALLER] != self._root_key_id:
            status, answer = 403, {"error": "the stage's root key is needed for its clock"}
        else:
            status, answer = await self._answer(*asked, await _body(receive))
        await send(
            {
                "type": "http.response.start",
                "status": status,
                "headers": [(b"content-type", b"application/json")],
            }
        )
        await send({"type": "http.response.body", "body": json.dumps(answer).encode()})

    async def _answer(self, method: str, path: str, body: bytes) -> tuple[int, dict[str, Any]]:
        match method, path:
            case "GET", "health":
                return 200, {"status": "ready"} | self._identity
            case "GET", "clock":
                return 200, self._reading([])
            case "POST", "clock/advance":
                seconds = _seconds(body)
                if seconds is None:
                    wanted = f'{{"seconds": n}} with 0 <= n <= {LONGEST_ADVANCE}'
                    return 400, {"error": f"accepted: a JSON body {wanted}"}
                return 200, self._reading(await asyncio.to_thread(self._clouds.advance, seconds))
        return 404, {"error": f"{method} {_PREFIX}{path} is not offered"}

    def _reading(self, changes: list[Change]) -> dict[str, Any]:
        return {
            "now": self._clouds.clock.now(),
            "offset": self._clouds.clock.offset,
            "changed": [
                {
                    "alarm": change.alarm,
                    "old": str(change.old.state),
                    "new": str(change.new.state),
                    "at": change.new.at,
                    "reason": change.new.reason,
                }
                for change in changes
            ],
        }


async def _body(receive: Receive) -> bytes:
    body: bytes = b""
    while True:
        event = await receive()
        body += bytes(event.get("body", b""))
        if event["type"] != "http.request" or not event.get("more_body"):
            return body


def _seconds(body: bytes) -> float | None:
    try:
        seconds = json.loads(body)["seconds"]
    except (ValueError, KeyError, TypeError):
        return None
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        return None
    return float(seconds) if math.isfinite(seconds) and 0 <= seconds <= LONGEST_ADVANCE else None
