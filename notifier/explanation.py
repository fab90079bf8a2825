"""What is to be said, before any channel: state, numbers, bugs, words, links, facts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from notifier.incoming import Severity, moment

Event = Literal["alarm", "recovery", "no-data", "new-bug", "regressed-bug", "drill"]
Memory = Literal["new", "seen", "regressed"]

MOST_BUGS = 3
MOST_LINKS = 3
MOST_REMEMBERED = 10
"""Bugs of an alarm of which its recovery says whether they are open."""


@dataclass(frozen=True, kw_only=True)
class BugSummary:
    """One bug, in the record's own words: texts from outside, for each channel to escape.

    ``count`` is from ``counted_from`` on. ``memory`` is None where it is not known whether the bug
    was there before; ``first_seen`` and ``first_release`` are of the first time ever, if known.
    """

    fingerprint: str
    type: str
    message: str
    count: int
    counted_from: datetime | None = None
    first_seen: datetime | None = None
    first_release: str = ""
    last_release: str = ""
    top_frame: str = ""
    memory: Memory | None = None
    log_stream: str = ""
    # Whether there may be more of it than was counted.
    at_least: bool = False


@dataclass(frozen=True)
class ConsoleLink:
    """A place in AWS's console; made from our own names only."""

    label: str
    url: str


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """One message to people.

    ``headline`` is what is wrong in one number and its limit, or that it is over; ``sentence`` the
    same in full. ``more_bugs`` counts those beyond ``bugs``; ``bugs_note`` says why there are none
    where nobody could look. ``also`` are further alarms behind the same page.
    """

    event: Event
    stage: str
    service: str
    function: str
    headline: str
    sentence: str
    severity: Severity
    alarm: str = ""
    owner: str = ""
    since: datetime | None = None
    bugs: tuple[BugSummary, ...] = ()
    more_bugs: int = 0
    bugs_note: str = ""
    also: tuple[str, ...] = ()
    runbook_words: str = ""
    runbook_link: str = ""
    command: str = ""
    links: tuple[ConsoleLink, ...] = ()
    dedup_key: str = ""
    identity: str = ""
    owners: tuple[str, ...] = ()
    past: PastAlarm | None = None

    @property
    def word(self) -> str:
        """The state in a word, which begins the subject."""
        return _WORDS[self.event]

    @property
    def resolves(self) -> bool:
        return self.event == "recovery"


_WORDS: dict[Event, str] = {
    "alarm": "ALARM",
    "recovery": "OK",
    "no-data": "NO DATA",
    "new-bug": "NEW BUG",
    "regressed-bug": "REGRESSED BUG",
    "drill": "DRILL",
}


@dataclass(frozen=True, kw_only=True)
class PastAlarm:
    """What was said when an alarm began, for its recovery: ``value`` is its number then, ``bugs``
    the fingerprints of those behind it."""

    alarm: str
    function: str
    value: str
    began: datetime | None
    owners: tuple[str, ...] = ()
    bugs: tuple[str, ...] = ()

    def as_data(self) -> dict[str, Any]:
        return {
            "alarm": self.alarm,
            "function": self.function,
            "value": self.value,
            "began": self.began.isoformat() if self.began else "",
            "owners": list(self.owners),
            "bugs": list(self.bugs),
        }

    @classmethod
    def of_data(cls, data: Mapping[str, Any]) -> PastAlarm:
        owners, bugs = data.get("owners"), data.get("bugs")
        return cls(
            alarm=str(data.get("alarm", "")),
            function=str(data.get("function", "")),
            value=str(data.get("value", "")),
            began=moment(data.get("began")),
            owners=tuple(map(str, owners)) if isinstance(owners, list) else (),
            bugs=tuple(map(str, bugs)) if isinstance(bugs, list) else (),
        )


@dataclass(frozen=True, kw_only=True)
class RawMessage:
    """What is sent where nothing could be explained: the message as it came, and why.

    ``event`` keeps what is known of it, so that a channel for programs can still act on it.
    """

    subject: str
    body: str
    why: str
    event: Event = "alarm"
    dedup_key: str = ""
    severity: Severity = "page"
    headline: str = ""
