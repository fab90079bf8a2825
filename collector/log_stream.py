"""The log stream itself: what stands around the lines that a subscription let through.

The filter keeps the lines of calls that succeed to the function's own log, and with them what
tells a line of the platform's from one that was printed: START, END and REPORT of the call.
https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetLogEvents.html
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from collector import evidence, json_text
from collector.batch import Batch, Line
from collector.failures import REACH_MS
from collector.lines import Ended, Fact, Finished, Report, read
from errorlog.settings import Settings

# A call takes at most 15 minutes, so its START is not further back.
_LONGEST_MS = 15 * 60_000 + REACH_MS
_MAX_PAGES = 4  # of 10,000 lines or 1 MB
# A line is delivered some moments before it can be read.
_PAUSES_S = (0.3, 0.7, 1.5)
_CONFIG = Config(
    connect_timeout=2, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 2}
)


class LogStreams:
    """``client`` is a CloudWatch Logs client; without one, it is made when it is needed."""

    def __init__(self, client: Any | None = None, sleep: Callable[[float], None] = time.sleep):
        self._client = client
        self._sleep = sleep

    def around(self, batch: Batch, facts: Collection[Fact], settings: Settings) -> frozenset[Fact]:
        """What the stream says around ``facts``; empty where that cannot be read.

        Only a stream that has come as far as ``facts`` is an answer. One that was deleted
        meanwhile, or is asked for too often in a storm, is none: then the lines that were
        delivered are believed, for a failure that is lost is worse than one too many.
        """
        if not facts:
            return frozenset()
        first, last = min(fact.at for fact in facts), max(fact.at for fact in facts)
        said: frozenset[Fact] = frozenset()
        for pause in (0.0, *_PAUSES_S):
            if pause:
                self._sleep(pause)
            try:
                found = self._facts(batch, first - _LONGEST_MS, last + REACH_MS)
                said = frozenset(evidence.clean(fact, settings) for fact in found)
            except (ClientError, BotoCoreError):
                return frozenset()
            if said.issuperset(facts) and all(_is_over(fact, said) for fact in facts):
                break
        if not said.issuperset(facts):
            return frozenset()
        # Which call was under way is told from far; what became of it, from near.
        near = range(first - 2 * REACH_MS, last + 2 * REACH_MS + 1)
        return frozenset(
            fact for fact in said if fact.at in near or not isinstance(fact, Report | Ended)
        )

    def _connected(self) -> Any:
        if self._client is None:
            self._client = boto3.client("logs", config=_CONFIG)
        return self._client

    def _facts(self, batch: Batch, first: int, last: int) -> Iterator[Fact]:
        request: dict[str, Any] = {
            "logGroupName": batch.log_group,
            "logStreamName": batch.log_stream,
            "startTime": max(0, first),
            "endTime": last + 1,
            "startFromHead": False,
        }
        for _ in range(_MAX_PAGES):
            page = self._connected().get_log_events(**request)
            for event in page["events"]:
                fact = read(Line(int(event["timestamp"]), json_text.valid(event["message"])))
                if fact is not None:
                    yield fact
            before = page.get("nextBackwardToken")
            if not page["events"] or not before or before == request.get("nextToken"):
                return
            request["nextToken"] = before


def _is_over(fact: Fact, found: Iterable[Fact]) -> bool:
    """Whether the call that ``fact`` says has ended has done so in ``found``."""
    return not isinstance(fact, Ended) or any(
        isinstance(end, Finished | Report) and end.request_id == fact.request_id for end in found
    )
