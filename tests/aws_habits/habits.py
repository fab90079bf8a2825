"""What AWS does to a call before, or after, it is answered; by call and time alone.

Times are seconds of the relay's, which are compressed: ``PACE`` of AWS's seconds go by in one.
"""

import json
import math
import re
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

PACE = 100
"""So that the ten minutes that a log may take are six seconds."""

# https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_limits.html
CALLS_A_SECOND = {"DescribeAlarms": 9, "SetAlarmState": 3, "PutMetricAlarm": 3}
OTHERS_EVERY = 11
"""Each so manieth of those calls is one too many all the same: the limit is the account's."""
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_DeleteQueue.html
NAME_TAKEN_S = 60
LOGS_AFTER_S = 600
FAILS_EVERY = 23
"""Of the calls that can be repeated, each so manieth fails first, as a 5xx."""
FAILS_AGAIN_AFTER_S = 20


@dataclass(frozen=True)
class Call:
    """``action`` is the operation's name, ``body`` what was sent."""

    service: str
    action: str
    body: bytes


@dataclass(frozen=True)
class Answer:
    """What is said in place of the stage's answer: an error in the service's protocol."""

    status: int
    code: str
    message: str


@dataclass
class Habits:
    """``now`` in seconds. What was done to which calls is counted in ``done``."""

    now: Callable[[], float] = time.monotonic
    done: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    _recent: dict[str, deque[float]] = field(default_factory=lambda: defaultdict(deque))
    _deleted: dict[str, float] = field(default_factory=dict)
    _made: dict[str, float] = field(default_factory=dict)
    _failed: dict[str, float] = field(default_factory=dict)
    _count: int = 0
    _limited: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def before(self, call: Call) -> Answer | None:
        """What AWS says instead of doing it; None where it does it."""
        with self._lock:
            found = self._throttled(call) or self._failing(call) or self._queue(call)
            if found is not None:
                self.done[found.code] += 1
            return found

    def _throttled(self, call: Call) -> Answer | None:
        limit = CALLS_A_SECOND.get(call.action) if call.service == "monitoring" else None
        if limit is None:
            return None
        now, recent = self.now(), self._recent[call.action]
        while recent and recent[0] <= now - 1:
            recent.popleft()
        self._limited += 1
        if len(recent) >= limit or self._limited % OTHERS_EVERY == 0:
            return Answer(400, "ThrottlingException", "Rate exceeded")
        recent.append(now)
        return None

    def _failing(self, call: Call) -> Answer | None:
        if call.service == "lambda" or call.action.startswith(("Create", "Receive")):
            return None  # what was done might be done twice
        self._count += 1
        last = self._failed.get(call.action, -math.inf)
        # Not one that is tried again: AWS is not down, it fails now and then.
        if self._count < FAILS_EVERY or self.now() - last < FAILS_AGAIN_AFTER_S:
            return None
        self._count, self._failed[call.action] = 0, self.now()
        return Answer(500, "InternalFailure", "We encountered an internal error. Please try again.")

    def _queue(self, call: Call) -> Answer | None:
        if call.service != "sqs":
            return None
        name = _queue_name(call.body)
        now = self.now()
        if call.action == "DeleteQueue":
            self._deleted[name] = now
        if call.action == "CreateQueue":
            if now - self._deleted.get(name, -math.inf) < NAME_TAKEN_S / PACE:
                message = "You must wait 60 seconds after deleting a queue before you can create it"
                return Answer(400, "QueueDeletedRecently", message)
            self._made[name] = now
        return None

    def late(self, call: Call, answer: bytes) -> bytes:
        """``answer`` without what is not there yet: lines of a log, records made of them."""
        if call.action == "FilterLogEvents":
            key = "events"
        elif call.action == "Query":
            key = "Items"
        else:
            return answer
        document = json.loads(answer)
        newest = time.time() - LOGS_AFTER_S / PACE
        found = document.get(key, [])
        when = _logged if key == "events" else _made
        there = [entry for entry in found if when(entry) <= newest]
        with self._lock:
            self.done["late"] += len(found) - len(there)
        return json.dumps(document | {key: there}).encode() if found else answer


def action_of(service: str, headers: dict[str, str], path: str, body: bytes) -> str:
    """The operation that a request asks for, in any of AWS's protocols."""
    if target := headers.get("x-amz-target"):
        return target.rpartition(".")[2]
    if found := re.search(r"/operation/(\w+)", path):
        return found[1]
    form = re.search(rb"(?:^|&)Action=(\w+)", body)
    return form[1].decode() if form else f"{service} {path}"


def _logged(event: dict[str, int]) -> float:
    return event["timestamp"] / 1000


def _made(item: dict[str, dict[str, str]]) -> float:
    """When a record was made; what is no record has been there always."""
    written = item.get("timestamp", {}).get("S", "1970-01-01T00:00:00Z")
    return datetime.fromisoformat(written).timestamp()


def _queue_name(body: bytes) -> str:
    try:
        given = json.loads(body)
    except ValueError:
        return ""
    return str(given.get("QueueName") or given.get("QueueUrl", "")).rpartition("/")[2]
