"""What CloudWatch Logs sends to a subscribed function.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html
"""

from __future__ import annotations

import base64
import zlib
from dataclasses import dataclass
from typing import Any

from collector import json_text

# A delivery is at most 1 MB packed, as an asynchronous event is. What it unpacks to has no bound
# but this one, which leaves a function of 256 MB the room to read it.
MAX_UNPACKED = 24 * 1_048_576
MAX_NAME = 512
# The last day of the year 9999: a record's id holds such a time, and what is looked up around it is
# of four digits, too, so that times are in the order of their texts.
MAX_AT_MS = 253_402_214_400_000
_GZIP = 16 + zlib.MAX_WBITS


@dataclass(frozen=True, slots=True)
class Line:
    """One log event; ``at`` is its timestamp in epoch milliseconds."""

    at: int
    message: str


@dataclass(frozen=True, slots=True)
class Batch:
    """Some matching events of one log stream.

    ``skipped`` counts the events that are none: without a time or a text, or cut off where the
    delivery unpacks to more than can be read.
    """

    log_group: str
    log_stream: str
    lines: tuple[Line, ...]
    skipped: int = 0

    @property
    def function_name(self) -> str:
        """The group's name ends with it, but where the group is one of the team's own choice:

        then the stream's does, ``2026/11/23/<name>[$LATEST]0f3c...``, since several functions may
        log to the group. https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-loggroups.html
        """
        return self._in_stream or self.log_group.rpartition("/")[2]

    @property
    def names_its_function(self) -> bool:
        """Whether group or stream say whose log it is, rather than what the team called it."""
        return bool(self._in_stream) or self.log_group.startswith("/aws/lambda/")

    @property
    def function_version(self) -> str:
        """``2026/11/23/[$LATEST]0f3c...``: the version stands in brackets."""
        return self.log_stream.partition("[")[2].partition("]")[0]

    @property
    def _in_stream(self) -> str:
        return self.log_stream.rpartition("/")[2].partition("[")[0]


def decode(event: dict[str, Any]) -> Batch:
    """The batch in ``event``; one without lines where CloudWatch only tests the destination.

    Raises KeyError or ValueError for what is no delivery: it belongs in the dead letters. What
    is wrong with one of its events costs that event alone.
    """
    text, whole = _unpacked(event["awslogs"]["data"])
    data = json_text.loads(text) if whole else json_text.mended(text)
    if not isinstance(data, dict):
        raise ValueError(f"a delivery is a JSON object, found {type(data).__name__}")
    group, stream, events = data["logGroup"], data["logStream"], data["logEvents"]
    if not isinstance(group, str) or not isinstance(stream, str) or not isinstance(events, list):
        raise ValueError("a delivery has logGroup and logStream as texts and logEvents as list")
    if data["messageType"] != "DATA_MESSAGE":
        events = []
    lines = [line for given in events if (line := _line(given)) is not None]
    skipped = max(len(events) - len(lines), 0 if whole else 1)
    return Batch(
        json_text.valid(group)[:MAX_NAME], json_text.valid(stream)[:MAX_NAME], tuple(lines), skipped
    )


def _unpacked(packed: object) -> tuple[str, bool]:
    """The text in ``packed``, and whether that is all of it: a few bytes may unpack to gigabytes.

    Raises ValueError where it is no gzip in base64.
    """
    if not isinstance(packed, str):
        raise ValueError(f"awslogs.data is a text, found {type(packed).__name__}")
    unpacking = zlib.decompressobj(_GZIP)
    try:
        unpacked = unpacking.decompress(base64.b64decode(packed, validate=True), MAX_UNPACKED)
    except zlib.error as error:
        raise ValueError(f"awslogs.data is no gzip: {error}") from error
    return unpacked.decode("utf-8", "replace"), unpacking.eof


def _line(given: object) -> Line | None:
    if not isinstance(given, dict):
        return None
    at, message = given.get("timestamp"), given.get("message")
    if isinstance(at, bool) or not isinstance(at, int) or not 0 <= at <= MAX_AT_MS:
        return None
    return Line(at, json_text.valid(message)) if isinstance(message, str) else None
