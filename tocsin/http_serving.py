"""An ASGI application served on loopback by Hypercorn, in HTTP/1.1 and nothing else.

Hypercorn takes every connection over to HTTP/2 that asks for it, before the application has seen
who asks. Nothing here needs HTTP/2, and what stands before the application was made for one request
after the other: the one door to that part of Hypercorn, which has no setting for it.
https://www.rfc-editor.org/rfc/rfc9110#name-upgrade: a server may pass over an Upgrade.
"""

from __future__ import annotations

import asyncio
import logging
import signal
from typing import Any

KEEP_ALIVE_S = 75.0
"""How long a connection may be without a request; also how long its first headers may take."""
GRACE_S = 1.0


async def serve(
    application: Any,
    bind: str,
    errors: logging.Logger | str,
    ended: asyncio.Event | None = None,
) -> None:
    """Serve on ``bind`` (an address and port, or ``fd://N``), logging what goes wrong to ``errors``
    (``-``: stderr), until ``ended``; without it, until SIGTERM or SIGINT.
    """
    from hypercorn.asyncio import serve as hypercorn_serve
    from hypercorn.config import Config
    from hypercorn.protocol.h11 import H11Protocol

    H11Protocol._check_protocol = _stay
    config = Config()
    config.bind = [bind]
    config.graceful_timeout = GRACE_S
    config.keep_alive_timeout = KEEP_ALIVE_S
    config.include_server_header = False
    config.accesslog = None
    config.errorlog = errors
    await hypercorn_serve(application, config, shutdown_trigger=(ended or _signalled()).wait)


def _signalled() -> asyncio.Event:
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    return ended


async def _stay(_protocol: object, _request: object) -> None:
    """In place of Hypercorn's look for a request to go over to HTTP/2."""
