"""Invocations that the drill makes: successes and failures on demand."""

import json
import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from tocsin.aws.account import Account
from tocsin.drill.side_by_side import side_by_side
from tocsin.drill.trouble import AWS_ERRORS
from tocsin.exceptions import TocsinError

_AT_ONCE = 4
# How long to make a call again that was turned away, beside the time-out of the function, whose
# place an earlier call may have. Each attempt is a throttle more, so they become rare soon.
_THROTTLED_S = 60
_LONGEST_PAUSE_S = 20.0
_LONGEST_CALL_S = 900


class Throttled(TocsinError):
    """Lambda turned every attempt to call a function away."""


class Called(Protocol):
    """What can be called: a function of the stage, or the drill's own. Timeout in seconds."""

    @property
    def key(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def timeout(self) -> int | None: ...
    @property
    def log_group(self) -> str: ...


@dataclass(frozen=True)
class FinishedCall:
    """One finished call. ``error`` is the FunctionError header, absent on success.

    ``seconds`` is how long the answer took, ``answered`` when it came (monotonic). ``refused`` is
    what AWS said where the function was not called at all, and empty where it was.
    """

    function: str
    request_id: str
    error: str | None
    payload: Any
    seconds: float = 0.0
    answered: float = 0.0
    refused: str = ""

    @property
    def error_type(self) -> str:
        return self._said("errorType")

    @property
    def message(self) -> str:
        return self._said("errorMessage")

    def _said(self, name: str) -> str:
        return str(self.payload.get(name) or "") if isinstance(self.payload, dict) else ""


def invoke(account: Account, function: Called, event: Any) -> FinishedCall:
    """Call a function and wait for its answer.

    Raises:
        Throttled: it was turned away for more than a minute.
    """
    began = time.monotonic()
    answer = _answer(
        account,
        function,
        FunctionName=function.name,
        Payload=json.dumps(event).encode(),
    )
    body = answer["Payload"].read()
    try:
        payload = json.loads(body)
    except ValueError:
        payload = body.decode(errors="replace")
    return FinishedCall(
        function=function.key,
        request_id=answer["ResponseMetadata"]["RequestId"],
        error=answer.get("FunctionError"),
        payload=payload,
        seconds=time.monotonic() - began,
        answered=time.monotonic(),
    )


def _answer(account: Account, function: Called, **request: Any) -> dict[str, Any]:
    """Lambda's answer; a call that was turned away never ran, so it is made again."""
    client = account.client("lambda", invoking=True)
    deadline = time.monotonic() + _THROTTLED_S + (function.timeout or _LONGEST_CALL_S)
    pause_s = 1.0
    while True:
        try:
            answer: dict[str, Any] = client.invoke(**request)
            return answer
        except client.exceptions.TooManyRequestsException as error:
            if time.monotonic() >= deadline:
                raise Throttled(f"{function.name} is not called: {error}") from error
        time.sleep(random.uniform(0.5, 1.0) * pause_s)
        pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)


def attempt(account: Account, function: Called, event: Any) -> FinishedCall:
    """As :func:`invoke`; a call that AWS did not take is an invocation that says so."""
    try:
        return invoke(account, function, event)
    except (Throttled, *AWS_ERRORS) as error:
        return FinishedCall(function.key, "", None, None, refused=f"{error}")


def attempt_many(
    account: Account, calls: Sequence[tuple[Called, Callable[[], Any]]], at_once: int = _AT_ONCE
) -> list[FinishedCall]:
    """Make the calls, functions side by side; the answers stand in the order of the calls.

    The calls of one function follow each other, so that one execution environment serves them:
    the drill should prove the alarms, not how many cold starts the stage bears at once, nor does
    it know how many executions a function may have. Each event is made when it is sent.
    """
    by_function: dict[str, list[int]] = {}
    for index, (function, _) in enumerate(calls):
        by_function.setdefault(function.name, []).append(index)

    def job(indexes: list[int]) -> Callable[[], Iterator[tuple[int, FinishedCall]]]:
        def one_after_the_other() -> Iterator[tuple[int, FinishedCall]]:
            for index in indexes:
                function, make = calls[index]
                yield index, attempt(account, function, make())

        return one_after_the_other

    answered = dict(side_by_side([job(calls) for calls in by_function.values()], at_once))
    return [answered[index] for index in range(len(calls))]
