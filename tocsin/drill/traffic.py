"""Invocations that the drill makes: successes and failures on demand."""

import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from tocsin.account import Account
from tocsin.config import Watched

_AT_ONCE = 4


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


def invoke(
    account: Account, function: Watched, event: dict[str, Any], version: str | None = None
) -> Invocation:
    """Call a function and wait for its answer.

    Raises:
        botocore's TooManyRequestsException: the call was throttled.
    """
    answer = account.client("lambda").invoke(
        FunctionName=function.name,
        Payload=json.dumps(event).encode(),
        **({"Qualifier": version} if version else {}),
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
    account: Account, calls: Sequence[tuple[Watched, dict[str, Any]]]
) -> list[Invocation]:
    """Make the calls, functions side by side; the answers stand in the order of the calls.

    The calls of one function follow each other, so that one execution environment serves them:
    the drill should prove the alarms, not how many cold starts the stage bears at once.
    """
    account.client("lambda")  # boto3 makes clients safely on one thread only
    by_function: dict[str, list[int]] = {}
    for index, (function, _) in enumerate(calls):
        by_function.setdefault(function.name, []).append(index)

    def one_after_the_other(indexes: list[int]) -> list[tuple[int, Invocation]]:
        return [(index, invoke(account, *calls[index])) for index in indexes]

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        answered = dict(
            pair for pairs in pool.map(one_after_the_other, by_function.values()) for pair in pairs
        )
    return [answered[index] for index in range(len(calls))]
