"""The log stream itself: what stands around the lines that a subscription let through.

The filter keeps the lines of calls that succeed to the function's own log, and with them what
tells a line of the platform's from one that was printed: START, END and REPORT of the call.
https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetLogEvents.html
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from collector import evidence, json_text
from collector.batch import Batch, Line
from collector.failures import REACH_MS
from collector.lines import read
from collector.log_facts import Ended, Fact, Finished, Report, Started
from errorlog.settings import Settings

# A call takes at most 15 minutes, so its START is not further back.
_LONGEST_MS = 15 * 60_000 + REACH_MS
_MAX_PAGES = 8  # of 10,000 lines or 1 MB
# A line is delivered some moments before it can be read.
_PAUSES_S = (0.3, 0.7, 1.5)
# What cannot be read so long after it was written is not on its way any more: it has expired, or
# was deleted.
_LATE_MS = 15 * 60_000
_CONFIG = Config(
    connect_timeout=2, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 3}
)
# Refusals that another moment may not see, beside every 5xx.
# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/CommonErrors.html
_PASSING = frozenset(
    ("ThrottlingException", "Throttling", "LimitExceededException", "ServiceUnavailable",
     "ServiceUnavailableException", "RequestExpired", "ExpiredTokenException")
)  # fmt: skip


class StreamNotRead(Exception):
    """The stream could not be read just now: the delivery is to come again."""


class LogStreams:
    """``client`` is a CloudWatch Logs client; without one, it is made when it is needed.

    ``now`` gives epoch seconds.
    """

    def __init__(
        self,
        client: Any | None = None,
        sleep: Callable[[float], None] = time.sleep,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._client = client
        self._sleep = sleep
        self._now = now

    def around(
        self, batch: Batch, facts: Collection[Fact], settings: Settings
    ) -> frozenset[Fact] | None:
        """What the stream says around ``facts``; None where nothing will ever tell.

        Only a stream that has come as far as ``facts``, and as far back as the call that they are
        about, is an answer. One that was deleted, that has expired, that may not be read or that
        says too much to be read is none.

        Raises:
            StreamNotRead: it may be an answer a minute later.
        """
        if not facts:
            return frozenset()
        first, last = min(fact.at for fact in facts), max(fact.at for fact in facts)
        said: frozenset[Fact] = frozenset()
        whole = False
        for pause in (0.0, *_PAUSES_S):
            if pause:
                self._sleep(pause)
            try:
                found, whole = self._facts(batch, first - _LONGEST_MS, last + REACH_MS)
            except BotoCoreError as error:
                raise StreamNotRead(f"{type(error).__name__}: {error}"[:300]) from error
            except ClientError as error:
                if _may_pass(error):
                    raise StreamNotRead(str(error)[:300]) from error
                return None
            said = frozenset(evidence.clean(fact, settings) for fact in found)
            if said.issuperset(facts) and all(_is_over(fact, said) for fact in facts):
                break
        if not said.issuperset(facts):
            if whole and self._now() * 1_000 - last < _LATE_MS:
                raise StreamNotRead("the stream does not have the delivered lines yet")
            return None
        if not whole and not any(isinstance(fact, Started) and fact.at <= first for fact in said):
            return None
        # Which call was under way is told from far; what became of it, from near.
        near = range(first - 2 * REACH_MS, last + 2 * REACH_MS + 1)
        return frozenset(
            fact for fact in said if fact.at in near or not isinstance(fact, Report | Ended)
        )

    def _connected(self) -> Any:
        if self._client is None:
            self._client = boto3.client("logs", config=_CONFIG)
        return self._client

    def _facts(self, batch: Batch, first: int, last: int) -> tuple[list[Fact], bool]:
        """What the stream says from ``first`` to ``last``, and whether that was read to its end."""
        facts: list[Fact] = []
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
                    facts.append(fact)
            before = page.get("nextBackwardToken")
            if not page["events"] or not before or before == request.get("nextToken"):
                return facts, True
            request["nextToken"] = before
        return facts, False


def _may_pass(error: ClientError) -> bool:
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    return status >= 500 or status == 429 or error.response["Error"].get("Code") in _PASSING


def _is_over(fact: Fact, found: Iterable[Fact]) -> bool:
    """Whether the call that ``fact`` says has ended has done so in ``found``."""
    return not isinstance(fact, Ended) or any(
        isinstance(end, Finished | Report) and end.request_id == fact.request_id for end in found
    )
