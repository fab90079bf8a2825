"""Asynchronous calls on the stage: those that Lambda takes, and those that it gives up on.

https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from ministack.services import lambda_svc

Config = dict[str, Any]
# (the function's configuration, metric): one event.
Count = Callable[[Config, str], None]

_DEFAULT_RETRIES = 2


@dataclass
class _Tries:
    """How many of one event are left; ministack makes them one after the other, on one thread."""

    left: int


_under_way: ContextVar[_Tries | None] = ContextVar("_under_way", default=None)


def install(count: Count) -> None:
    """Have ``count`` told of each event that came, and of each whose last try failed."""
    call, execute = lambda_svc.invoke_async_with_retry, lambda_svc._execute_function

    def counted(func: dict[str, Any], event: Any) -> None:
        count(_config(func), "AsyncEventsReceived")
        # The thread that makes the tries has a copy of what holds here.
        token = _under_way.set(_Tries(_retries(func) + 1))
        try:
            call(func, event)
        finally:
            _under_way.reset(token)

    def executed(func: dict[str, Any], event: Any) -> dict[str, Any]:
        result: dict[str, Any] = execute(func, event)
        tries = _under_way.get()
        if tries is not None:
            tries.left -= 1
            if result.get("error") and tries.left == 0:
                count(_config(func), "AsyncEventsDropped")
        return result

    lambda_svc.invoke_async_with_retry = counted
    lambda_svc._execute_function = executed


def _config(func: dict[str, Any]) -> Config:
    found: Config = func.get("config") or func
    return found


def _retries(func: dict[str, Any]) -> int:
    settings = (
        func.get("event_invoke_config")
        or (func.get("event_invoke_configs") or {}).get("$LATEST")
        or {}
    )
    given = settings.get("MaximumRetryAttempts")
    return _DEFAULT_RETRIES if given is None else int(given)
