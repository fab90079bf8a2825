"""What makes a function do what a kind of the drill is about.

An event of its owner's from monitoring.yml where there is one; else an event that errorlog answers
in the handler's place, signed with the key in the function's configuration (``errorlog.drill``).
"""

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from errorlog import drill as answering
from errorlog.invocation import DRILL
from tocsin.alarms.kind import LONGEST_TIMEOUT_S
from tocsin.alarms.kinds.latency import KIND as LATENCY
from tocsin.aws.account import Account
from tocsin.config import ExternalFunction, Function, Watched
from tocsin.drill.checks import Kind

Event = Any
# Good for as long as a call may be on its way, turned away calls included.
_GOOD_FOR_S = 1_200

# Kind -> (the owner's event in monitoring.yml, where it has one; what errorlog is asked for).
_ASKED = {
    Kind.SUCCESS: ("success", answering.SUCCESS),
    Kind.TIMEOUT: ("timeout", answering.TIMEOUT),
    Kind.MEMORY: ("memory", answering.MEMORY),
    Kind.EXIT: ("exit", answering.EXIT),
    Kind.ANSWER: (None, answering.ANSWER),
    Kind.ITEMS: (None, answering.ITEMS),
    Kind.EXCEPTION: ("failure", answering.EXCEPTION),
    Kind.LATENCY: ("slow", answering.SLOW),
}


@dataclass(frozen=True)
class Cause:
    """``make`` gives the event of one call; ``forced``: errorlog answers it, not the handler."""

    make: Callable[[], Event]
    forced: bool

    @property
    def words(self) -> str:
        """What was sent, for whoever reads that it did not work."""
        if self.forced:
            return "an event that errorlog answers"
        return f"event {self.make()!r} of monitoring.yml"


class Causes:
    """The causes of each function; its key is read once."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._keys: dict[str, str | None] = {}
        self._deaf: dict[str, str] = {}

    def of(self, function: Watched, kind: Kind) -> Cause | str:
        """The cause of ``kind``, or why there is none.

        Raises:
            botocore's errors, where the function's configuration cannot be read.
        """
        if isinstance(function, Function) and function.keys.get("reservedConcurrency") == 0:
            return "its reservedConcurrency is 0, so that nobody can call it"
        field, asked = _ASKED[kind]
        event = None if field is None else getattr(function.drill, field)
        if event is not None:
            return Cause(lambda: event, forced=False)
        if isinstance(function, ExternalFunction) and not function.answers_drill:
            return "another stack's function: it is called with an event of its entry only"
        if function.name in self._deaf:
            return self._deaf[function.name]
        key = self._key(function)
        if key is None:
            return (
                f"the configuration of {function.name} has no {answering.KEY_VARIABLE} "
                "(drill.answer is false, or it was deployed before), and monitoring.yml no event"
            )
        pause_ms = _slow_ms(function) if kind is Kind.LATENCY else 0
        timeout = function.timeout or LONGEST_TIMEOUT_S
        if kind is Kind.LATENCY and pause_ms >= 1000 * timeout:
            return f"its time-out of {function.timeout} s ends a call before it is slow enough"
        return Cause(lambda: signed(key, function.name, asked, pause_ms), forced=True)

    def give_up(self, function: Watched, why: str) -> None:
        """``function`` does not answer: no more events are sent that its handler would get."""
        self._deaf[function.name] = why

    def _key(self, function: Watched) -> str | None:
        if function.name not in self._keys:
            found = self._account.client("lambda").get_function_configuration(
                FunctionName=function.name
            )
            variables = found.get("Environment", {}).get("Variables", {})
            self._keys[function.name] = variables.get(answering.KEY_VARIABLE)
        return self._keys[function.name]


def signed(key: str, function_name: str, asked: str, pause_ms: int = 0) -> Event:
    """An event that errorlog answers once."""
    request = {
        "kind": asked,
        "function": function_name,
        "expires": int(time.time()) + _GOOD_FOR_S,
        "nonce": secrets.token_hex(16),
        "milliseconds": pause_ms,
    }
    return {DRILL: {**request, "signature": answering.signature(key, request)}}


def _slow_ms(function: Watched) -> int:
    """Clearly above the threshold: what else is called meanwhile is quicker."""
    return int(1.2 * LATENCY.of(function).threshold) + 100
