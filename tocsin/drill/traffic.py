"""Invocations that the drill makes: successes and failures on demand."""

import json
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from tocsin.account import Account
from tocsin.config import Function

_AT_ONCE = 8


@dataclass(frozen=True)
class Invocation:
    """One finished call. ``error`` is the FunctionError header, absent on success."""

    function: str
    request_id: str
    error: str | None
    payload: Any

    @property
    def error_type(self) -> str:
        return str(self.payload.get("errorType", "")) if isinstance(self.payload, dict) else ""


def invoke(account: Account, function: Function, event: dict[str, Any]) -> Invocation:
    answer = account.client("lambda").invoke(
        FunctionName=function.name, Payload=json.dumps(event).encode()
    )
    body = answer["Payload"].read()
    try:
        payload = json.loads(body)
    except ValueError:
        payload = body.decode(errors="replace")
    return Invocation(
        function=function.key,
        request_id=answer["ResponseMetadata"]["RequestId"],
        error=answer.get("FunctionError"),
        payload=payload,
    )


def invoke_many(
    account: Account, calls: Iterable[tuple[Function, dict[str, Any]]]
) -> list[Invocation]:
    """Make the calls side by side; the answers stand in the order of the calls."""
    account.client("lambda")  # boto3 makes clients safely on one thread only
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return list(pool.map(lambda call: invoke(account, *call), calls))
