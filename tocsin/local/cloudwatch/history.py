"""What happened to each alarm, for two weeks, as DescribeAlarmHistory tells it."""

from __future__ import annotations

import datetime as dt
import json
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

AlarmType = Literal["MetricAlarm", "CompositeAlarm"]
ItemType = Literal["ConfigurationUpdate", "StateUpdate", "Action"]

RETENTION = 14 * 24 * 3600
"""Seconds: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html"""


@dataclass(frozen=True)
class HistoryItem:
    """One entry; ``data`` becomes HistoryData's JSON."""

    alarm: str
    alarm_type: AlarmType
    at: float
    item_type: ItemType
    summary: str
    data: dict[str, Any]

    def to_api(self) -> dict[str, Any]:
        """The entry as DescribeAlarmHistory returns it."""
        return {
            "AlarmName": self.alarm,
            "AlarmType": self.alarm_type,
            "Timestamp": dt.datetime.fromtimestamp(self.at, dt.UTC),
            "HistoryItemType": self.item_type,
            "HistorySummary": self.summary,
            "HistoryData": json.dumps(self.data, separators=(",", ":")),
        }


class History:
    """All alarms' history, oldest first inside, newest first outside."""

    def __init__(self) -> None:
        self._items: deque[HistoryItem] = deque()

    def add(self, item: HistoryItem) -> None:
        """Record an entry and let go of what is past its two weeks."""
        self._items.append(item)
        while self._items and self._items[0].at < item.at - RETENTION:
            self._items.popleft()

    def find(
        self,
        *,
        alarm: str | None = None,
        alarm_types: Iterable[str] = ("MetricAlarm",),
        item_type: str | None = None,
        start: float = float("-inf"),
        end: float = float("inf"),
        ascending: bool = False,
    ) -> list[HistoryItem]:
        """Entries that match every given filter; newest first unless ``ascending``."""
        kinds = set(alarm_types)
        found = [
            item
            for item in self._items
            if (alarm is None or item.alarm == alarm)
            and item.alarm_type in kinds
            and (item_type is None or item.item_type == item_type)
            and start <= item.at <= end
        ]
        return found if ascending else found[::-1]
