"""Clients of AWS's services, made once a process, by the first that asks."""

from __future__ import annotations

import threading
from typing import Any

_clients: dict[str, Any] = {}
# boto3's default session is made for one thread at a time.
_one = threading.Lock()


def client(service: str) -> Any:
    """The low-level client of ``service``: one attempt, for the caller knows when to ask again."""
    with _one:
        if service not in _clients:
            import boto3
            from botocore.config import Config

            config = Config(connect_timeout=2, read_timeout=5, retries={"total_max_attempts": 1})
            session: Any = boto3
            made = session.client(service, config=config)
            # botocore makes the classes of exceptions when they are first asked for; two threads
            # that ask at once get two of one name, and what one raises the other does not catch.
            _ = made.exceptions
            _clients[service] = made
        return _clients[service]


def forget() -> None:
    """Make all anew, as another process would."""
    with _one:
        _clients.clear()
