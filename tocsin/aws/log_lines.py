"""What a function logged: the newest lines, and those that come.

https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from tocsin.aws.account import Account
from tocsin.config import Watched
from tocsin.exceptions import TocsinError

MOST = 1_000
"""Lines of one look back: the newest."""
LONGEST_LINE = 8_192
"""Characters of a line; what is beyond is counted and not shown."""
_PAGE = 1_000
_MOST_PAGES = 50
_PAUSE_S = 1.0
_LATE_MS = 10_000
"""Lines come out of order and late by some seconds."""


@dataclass(frozen=True)
class LogLine:
    """One line, when it was written (UTC), and which log stream has it."""

    id: str
    at: datetime
    stream: str
    message: str

    def as_dict(self) -> dict[str, Any]:
        return {"at": self.at.isoformat(), "stream": self.stream, "message": self.message}


class NoLog(TocsinError):
    """The function has no log group yet."""


def newest(account: Account, function: Watched, seconds: int) -> list[LogLine]:
    """The newest lines of the last ``seconds``, oldest first, at most ``MOST``.

    Raises:
        NoLog: the log group is not there.
    """
    began = int((time.time() - seconds) * 1000)
    return list(_lines(account, function.log_group, began))[-MOST:]


def tail(account: Account, function: Watched, seconds: int | None) -> Iterator[LogLine]:
    """Lines as they come, for ``seconds`` or without end.

    Raises:
        NoLog: the log group is not there.
    """
    from_ms = int(time.time() * 1000)
    deadline = None if seconds is None else time.monotonic() + seconds
    seen: dict[str, int] = {}
    while True:
        now = int(time.time() * 1000)
        for line in _lines(account, function.log_group, max(from_ms, now - 6 * _LATE_MS)):
            if line.id not in seen:
                seen[line.id] = now
                yield line
        seen = {name: when for name, when in seen.items() if when > now - 12 * _LATE_MS}
        if deadline is not None and time.monotonic() >= deadline:
            return
        time.sleep(_PAUSE_S)


def _lines(account: Account, group: str, began_ms: int) -> Iterator[LogLine]:
    client = account.client("logs")
    more: dict[str, str] = {}
    for _ in range(_MOST_PAGES):
        try:
            page = client.filter_log_events(
                logGroupName=group, startTime=began_ms, limit=_PAGE, **more
            )
        except client.exceptions.ResourceNotFoundException:
            raise NoLog(
                f"there is no log group {group} in {account.region}: its function is not deployed "
                "there, or of another stack and has not run yet"
            ) from None
        for event in page.get("events", []):
            yield _line(event)
        if not page.get("nextToken") or more.get("nextToken") == page["nextToken"]:
            return
        more = {"nextToken": page["nextToken"]}


def _line(event: dict[str, Any]) -> LogLine:
    message = str(event.get("message", "")).rstrip("\r\n")
    if len(message) > LONGEST_LINE:
        message = f"{message[:LONGEST_LINE]}... ({len(message) - LONGEST_LINE:,} characters more)"
    return LogLine(
        id=str(event.get("eventId", "")),
        at=datetime.fromtimestamp(int(event.get("timestamp", 0)) / 1000, UTC),
        stream=str(event.get("logStreamName", "")),
        message=message,
    )
