"""What CloudWatch Logs sends to a subscribed function.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html
"""

from __future__ import annotations

import base64
import gzip
import json
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Line:
    """One log event; ``at`` is its timestamp in epoch milliseconds."""

    at: int
    message: str


@dataclass(frozen=True, slots=True)
class Batch:
    """Some consecutive matching events of one log stream, oldest first."""

    log_group: str
    log_stream: str
    lines: tuple[Line, ...]

    @property
    def function_name(self) -> str:
        """The group's name ends with it, but where the group is one of the team's own choice:

        then the stream's does, ``2026/11/23/<name>[$LATEST]0f3c...``, since several functions may
        log to the group. https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-loggroups.html
        """
        in_stream = self.log_stream.rpartition("/")[2].partition("[")[0]
        return in_stream or self.log_group.rpartition("/")[2]

    @property
    def function_version(self) -> str:
        """``2026/11/23/[$LATEST]0f3c...``: the version stands in brackets."""
        return self.log_stream.partition("[")[2].partition("]")[0]


def decode(event: dict[str, Any]) -> Batch:
    """The batch in ``event``; one without lines where CloudWatch only tests the destination.

    Raises KeyError or ValueError for anything else: such an event belongs in the dead letters.
    """
    packed = base64.b64decode(event["awslogs"]["data"], validate=True)
    data = json.loads(gzip.decompress(packed))
    events = data["logEvents"] if data["messageType"] == "DATA_MESSAGE" else ()
    return Batch(
        data["logGroup"],
        data["logStream"],
        tuple(Line(int(each["timestamp"]), each["message"]) for each in events),
    )
