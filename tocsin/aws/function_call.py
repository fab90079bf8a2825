"""Calling one function of a stage once, and what it said: its answer and the end of its log.

https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
"""

import base64
import json
from dataclasses import asdict, dataclass
from typing import Any

from tocsin import documents
from tocsin.aws.account import Account
from tocsin.config import Watched
from tocsin.exceptions import InputError, TocsinError

LONGEST_EVENT = 6 * 1024 * 1024
"""Bytes; what Lambda takes of a call that waits for its answer."""


@dataclass(frozen=True)
class FunctionAnswer:
    """What came back. ``error`` is how it failed (``Unhandled``), empty where it did not; ``log``
    the last 4 KB of the call's log."""

    status: int
    error: str
    payload: Any
    log: str

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


class NotDeployedFunction(TocsinError):
    """The function is not there, or nobody here may call it."""


def event_of(text: str) -> Any:
    """The event that was typed; null where nothing was.

    Raises:
        InputError: it is no JSON, or more than Lambda takes.
    """
    if not text.strip():
        return None
    if len(text.encode()) > LONGEST_EVENT:
        accepted = f"at most {LONGEST_EVENT:,} bytes, which is what Lambda takes"
        raise InputError(f"--data: found {len(text.encode()):,} bytes; accepted: {accepted}")
    try:
        return documents.json_value(text)
    except documents.DocumentError as error:
        raise InputError(f"--data: found {error}; accepted: one JSON value, in quotes") from None


def invoke(account: Account, function: Watched, event: Any) -> FunctionAnswer:
    """Call the function, and wait for its answer.

    Raises:
        NotDeployedFunction: there is none of this name.
    """
    client = account.client("lambda", invoking=True)
    try:
        answer = client.invoke(
            FunctionName=function.name, LogType="Tail", Payload=json.dumps(event).encode()
        )
    except client.exceptions.ResourceNotFoundException:
        raise NotDeployedFunction(f"{function.name} is not deployed in {account.region}") from None
    body = answer["Payload"].read()
    try:
        payload = json.loads(body) if body else None
    except ValueError:
        payload = body.decode(errors="replace")
    return FunctionAnswer(
        status=int(answer["StatusCode"]),
        error=str(answer.get("FunctionError", "")),
        payload=payload,
        log=base64.b64decode(answer.get("LogResult", "")).decode(errors="replace"),
    )
