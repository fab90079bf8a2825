"""What the notifier asks of AWS for an explanation: alarms, sums of metrics, records, bugs.

All of it in five seconds: a page is worth more now than whole. What is late is left behind on its
thread, and said to be missing.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooLate
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

from notifier.alarm_tree import FiringAlarm
from notifier.error_words import NotInTime
from notifier.recent_bugs import BugsRead, recent_bugs, remembered

BUDGET_S = 5.0
_THREADS = 4

Value = TypeVar("Value")
Client = Callable[[str], Any]
"""Name of a service -> its low-level client."""

Memory = Callable[[Any, Sequence[str]], Mapping[str, Mapping[str, Any]]]
"""(DynamoDB's client, fingerprints) -> what is remembered of each that is known."""


@dataclass
class AwsSources:
    """``client`` makes clients, on a thread of its own; ``table`` is the error table."""

    client: Client
    table: str
    memory: Memory | None = None
    budget_s: float = BUDGET_S
    _threads: ThreadPoolExecutor = field(init=False)
    _until: float = field(init=False)

    def __post_init__(self) -> None:
        self._threads = ThreadPoolExecutor(_THREADS)
        self._until = time.monotonic() + self.budget_s

    def close(self) -> None:
        """Wait for nobody."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def describe(self, names: Sequence[str]) -> Iterable[Mapping[str, Any]]:
        """What DescribeAlarms says of ``names``, at most 100."""
        return self._in_time(lambda: self._described(names))

    def then(self, name: str, at: datetime) -> FiringAlarm | None:
        return self._in_time(lambda: self._then(name, at))

    def remembered(self, fingerprints: Sequence[str]) -> Mapping[str, Mapping[str, Any]]:
        return self._in_time(lambda: self._remembered(fingerprints))

    def sums(
        self, metrics: Sequence[Mapping[str, Any]], period: int, start: datetime, end: datetime
    ) -> list[float]:
        return self._in_time(lambda: self._sums(metrics, period, start, end))

    def bugs(self, functions: Sequence[str], since: datetime, until: datetime) -> BugsRead:
        return self._in_time(lambda: self._bugs(functions, since, until))

    def _in_time(self, question: Callable[[], Value]) -> Value:
        try:
            return self._threads.submit(question).result(max(0.0, self._until - time.monotonic()))
        except TooLate:
            raise NotInTime from None

    def _described(self, names: Sequence[str]) -> list[Mapping[str, Any]]:
        answer = self.client("cloudwatch").describe_alarms(
            AlarmNames=list(names), AlarmTypes=["MetricAlarm", "CompositeAlarm"], MaxRecords=100
        )
        return [*answer.get("MetricAlarms", []), *answer.get("CompositeAlarms", [])]

    def _then(self, name: str, at: datetime) -> FiringAlarm | None:
        """Of its history: the last state that it went to by ``at``."""
        answer = self.client("cloudwatch").describe_alarm_history(
            AlarmName=name, HistoryItemType="StateUpdate", EndDate=at + _AT_ONCE,
            ScanBy="TimestampDescending", MaxRecords=10,
        )  # fmt: skip
        for item in answer.get("AlarmHistoryItems", []):
            if item["Timestamp"] > at + _AT_ONCE:
                continue
            state = json.loads(item["HistoryData"])["newState"]
            if state["stateValue"] != "ALARM":
                return None
            return FiringAlarm(name, str(state.get("stateReason", "")), item["Timestamp"])
        return None

    def _remembered(self, fingerprints: Sequence[str]) -> Mapping[str, Mapping[str, Any]]:
        if self.memory is None or not fingerprints:
            return {}
        return self.memory(self.client("dynamodb"), fingerprints[:_MOST_REMEMBERED])

    def _sums(
        self, metrics: Sequence[Mapping[str, Any]], period: int, start: datetime, end: datetime
    ) -> list[float]:
        queries = [
            {
                "Id": f"m{index}",
                "MetricStat": {"Metric": dict(metric), "Period": period, "Stat": "Sum"},
            }
            for index, metric in enumerate(metrics)
        ]
        answer = self.client("cloudwatch").get_metric_data(
            MetricDataQueries=queries, StartTime=start, EndTime=end
        )
        found = {result["Id"]: sum(result["Values"]) for result in answer["MetricDataResults"]}
        return [float(found.get(query["Id"], 0.0)) for query in queries]

    def _bugs(self, functions: Sequence[str], since: datetime, until: datetime) -> BugsRead:
        client = self.client("dynamodb")
        read = recent_bugs(
            client, self.table, functions, since, until, lambda: time.monotonic() < self._until - 1
        )
        if self.memory is None or not read.bugs:
            return read
        known = self._remembered([bug.fingerprint for bug in read.bugs])
        bugs = tuple(
            remembered(bug, known.get(bug.fingerprint))
            for bug in read.bugs
            if known.get(bug.fingerprint, {}).get("status") != _DRILLED
        )
        # What is new or back explains more than what fails all the time.
        news = sorted(bugs, key=lambda bug: bug.memory not in ("new", "regressed"))
        return replace(read, bugs=tuple(news))


_MOST_REMEMBERED = 25
_DRILLED = "drilled"
# An alarm of alarms changes within moments of what made it change.
_AT_ONCE = timedelta(seconds=2)
