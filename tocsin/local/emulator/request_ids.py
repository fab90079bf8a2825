"""One request id for an invocation: the answer's header, the handler's context and its log.

ministack makes one up for the HTTP answer and another for the invocation. On AWS they are the
same, and that is how a caller finds what it caused: in the log, and in the error log's records.
https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from typing import Any

_INVOKE = re.compile(r"^/\d{4}-\d{2}-\d{2}/functions/[^/]+/invocations$")
_HEADER = b"x-amzn-requestid"

_chosen: ContextVar[str | None] = ContextVar("invocation_request_id", default=None)


def of_this_invocation(otherwise: str) -> str:
    """The id that the caller will be told; ``otherwise`` for an invocation without a caller."""
    return _chosen.get() or otherwise


def telling(app: Any) -> Any:
    """``app``, with each Invoke answered under the id that the invocation had."""

    async def told(
        scope: dict[str, Any],
        receive: Callable[[], Awaitable[dict[str, Any]]],
        send: Callable[[dict[str, Any]], Awaitable[None]],
    ) -> None:
        if scope["type"] != "http" or not _INVOKE.match(scope["path"]):
            await app(scope, receive, send)
            return
        chosen = str(uuid.uuid4())

        async def send_with_id(event: dict[str, Any]) -> None:
            if event["type"] == "http.response.start":
                kept = [
                    (key, value)
                    for key, value in event.get("headers", [])
                    if key.lower() != _HEADER
                ]
                event = {**event, "headers": [*kept, (_HEADER, chosen.encode())]}
            await send(event)

        token = _chosen.set(chosen)
        try:
            await app(scope, receive, send_with_id)
        finally:
            _chosen.reset(token)

    return told
