"""What a Lambda function has around it, for tests: a context, a store, a log."""

import contextlib
import json
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from unittest import mock

import errorlog.printed_lines
import errorlog.recorder
from errorlog.dynamodb.client import Client
from errorlog.dynamodb.connection import Answer
from errorlog.recorder import Recorder
from errorlog.storms import Budget
from errorlog.table import Table

UNLIMITED = 10**6


@dataclass
class Context:
    """Lambda's context object, as far as records read it."""

    function_name: str = "orders-function-dev"
    function_version: str = "$LATEST"
    aws_request_id: str = "3f2b1c9e-0000-4000-8000-000000000001"
    memory_limit_in_mb: str = "256"
    log_group_name: str = "/aws/lambda/orders-function-dev"
    log_stream_name: str = "2026/11/23/[$LATEST]0123456789abcdef"
    left_ms: int = 60_000

    def get_remaining_time_in_millis(self) -> int:
        return self.left_ms


@dataclass
class Store:
    """DynamoDB at the other end of the connection: keeps items, after the faults it was given.

    A fault is called and raises or returns an answer; each is used once.
    """

    faults: list[Callable[[], Answer]] = field(default_factory=list)
    items: list[dict[str, Any]] = field(default_factory=list)
    requests: int = 0

    def send(self, body: bytes) -> Answer:
        self.requests += 1
        if self.faults:
            return self.faults.pop(0)()
        self.items.append(json.loads(body)["Item"])
        return Answer(200, {}, b"{}")


@dataclass
class Outcome:
    """What is left of one or more failures."""

    stored: list[dict[str, Any]]
    lines: list[dict[str, Any]]

    @property
    def fallen_back(self) -> list[dict[str, Any]]:
        return [line["error_log_fallback"] for line in self.lines if "error_log_fallback" in line]

    @property
    def records(self) -> list[dict[str, Any]]:
        return [*self.stored, *self.fallen_back]


class Stage:
    """One container with a store; :meth:`watch` says what a block of calls left behind."""

    def __init__(self, store: Store, burst: int = UNLIMITED) -> None:
        self.store = store
        self.recorder = Recorder(Table(client=Client()), Budget(burst, 10))

    @contextlib.contextmanager
    def watch(self) -> Iterator[Outcome]:
        outcome = Outcome([], [])
        before = len(self.store.items)
        with (
            tempfile.TemporaryFile() as printed,
            mock.patch.object(Client, "_exchange", _sending_to(self.store)),
            mock.patch.object(errorlog.recorder, "_default", self.recorder),
            # The process's own output, as it is on Lambda, and not what a test makes of it.
            mock.patch.object(errorlog.printed_lines, "_STDOUT", printed.fileno()),
        ):
            yield outcome
            printed.seek(0)
            outcome.lines += [json.loads(line) for line in printed.read().splitlines()]
        outcome.stored += [plain({"M": item}) for item in self.store.items[before:]]


def _sending_to(store: Store) -> Callable[..., Answer]:
    return lambda client, endpoint, proxy, headers, body, deadline: store.send(body)


def plain(value: dict[str, Any]) -> Any:
    """The plain form of a DynamoDB attribute value."""
    ((kind, held),) = value.items()
    match kind:
        case "M":
            return {name: plain(member) for name, member in held.items()}
        case "L":
            return [plain(member) for member in held]
        case "N":
            return float(held)
        case "NULL":
            return None
    return held
