"""What the notifier is called with: an alarm's message from a topic, a notice of a bug, a check.

An alarm's message: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html
A notice of a bug is docs/schemas/bug-notice.json.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

Severity = Literal["page", "ticket"]

BUG_NOTICE = "bug-notice"
CHANNEL_CHECK = "channel-check"
_PAGES = "pages-topic-"
_SET_BY_A_DRILL = "tocsin drill"


class UnknownEvent(ValueError):
    """The function was called with something that it has no reading for."""


@dataclass(frozen=True, kw_only=True)
class AlarmMessage:
    """An alarm that went to another state, as CloudWatch told a topic of it.

    ``changed_at`` is CloudWatch's own text of the time; ``children`` are the ARNs of the alarms
    that made a composite one change.
    """

    name: str
    arn: str
    state: str
    old_state: str
    reason: str
    changed_at: str
    description: str
    severity: Severity
    children: tuple[str, ...]
    subject: str
    raw: str

    @property
    def subject_key(self) -> str:
        """What the messages of this alarm have in common."""
        return self.arn

    @property
    def occasion(self) -> str:
        """What tells this message from others of its subject; a clock may stand still."""
        return f"{self.changed_at} {self.state}"

    @property
    def time(self) -> datetime | None:
        return moment(self.changed_at)

    @property
    def is_drilled(self) -> bool:
        """Whether a drill has set this state: to see that the alarm tells, and to tell nobody.

        The topics' filters leave it out; SNS takes up to 15 minutes to hold to a new one.
        """
        return self.reason.startswith(_SET_BY_A_DRILL)

    @property
    def opens(self) -> bool:
        return self.state == "ALARM"


@dataclass(frozen=True, kw_only=True)
class Announcement:
    """Text that is no alarm's; ``drill`` names what a drill is held on, where it says that."""

    severity: Severity
    subject: str
    raw: str
    changed_at: str
    drill: str = ""

    @property
    def subject_key(self) -> str:
        return hashlib.sha256(self.raw.encode("utf-8", "replace")).hexdigest()

    @property
    def occasion(self) -> str:
        return self.changed_at


@dataclass(frozen=True, kw_only=True)
class BugNotice:
    """A bug that is new, or back: told once by whoever keeps the memory of bugs."""

    event: Literal["new", "regressed"]
    stage: str
    function: str
    severity: Severity
    owner: str
    bug: dict[str, Any]
    raw: str

    @property
    def subject_key(self) -> str:
        return f"bug {self.bug['fingerprint']}"

    @property
    def changed_at(self) -> str:
        at = self.bug.get("firstSeen" if self.event == "new" else "lastSeen")
        return f"{self.event} {at}"

    @property
    def occasion(self) -> str:
        return self.changed_at

    @property
    def subject(self) -> str:
        return f"{self.event} bug in {self.function}"


@dataclass(frozen=True, kw_only=True)
class ChannelCheck:
    """Asks whether each channel could be told; nobody is."""


Told = AlarmMessage | Announcement | BugNotice


def read(event: Any) -> list[Told | ChannelCheck]:
    """What ``event`` holds, in its order.

    Raises:
        UnknownEvent: it is nothing of this.
    """
    if isinstance(event, dict) and event.get("tocsin") == CHANNEL_CHECK:
        return [ChannelCheck()]
    if isinstance(event, dict) and event.get("tocsin") == BUG_NOTICE:
        return [_bug_notice(event)]
    records = event.get("Records") if isinstance(event, dict) else None
    if not isinstance(records, list) or not records:
        raise UnknownEvent("neither a topic's message nor a notice of a bug")
    return [_of_topic(record) for record in records]


def _of_topic(record: Any) -> Told:
    try:
        sns = record["Sns"]
        text, topic = str(sns["Message"]), str(sns["TopicArn"])
    except (KeyError, TypeError):
        raise UnknownEvent("a record without a topic's message") from None
    subject, at = str(sns.get("Subject") or ""), str(sns.get("Timestamp") or "")
    severity: Severity = "page" if topic.rpartition(":")[2].startswith(_PAGES) else "ticket"
    try:
        message = json.loads(text)
    except ValueError:
        message = None
    if isinstance(message, dict) and message.get("tocsin") == BUG_NOTICE:
        return _bug_notice(message)
    if not isinstance(message, dict) or "AlarmArn" not in message:
        drill = _text(message, "drill")[:200] if isinstance(message, dict) else ""
        return Announcement(
            severity=severity, subject=subject, raw=text, changed_at=at, drill=drill
        )
    children = message.get("TriggeringChildren")
    return AlarmMessage(
        name=_text(message, "AlarmName"),
        arn=_text(message, "AlarmArn"),
        state=_text(message, "NewStateValue"),
        old_state=_text(message, "OldStateValue"),
        reason=_text(message, "NewStateReason"),
        changed_at=_text(message, "StateChangeTime") or at,
        description=_text(message, "AlarmDescription"),
        severity=severity,
        children=tuple(
            str(child["Arn"])
            for child in (children if isinstance(children, list) else [])
            if isinstance(child, dict) and "Arn" in child
        ),
        subject=subject,
        raw=text,
    )


def _bug_notice(event: dict[str, Any]) -> BugNotice:
    bug = event.get("bug")
    kind = event.get("event")
    if kind not in ("new", "regressed") or not isinstance(bug, dict) or not bug.get("fingerprint"):
        raise UnknownEvent("a notice of a bug without its event, or without the bug's fingerprint")
    return BugNotice(
        event=kind,
        stage=str(event.get("stage", ""))[:100],
        function=str(event.get("function", ""))[:255],
        # What says nothing else can wait for the morning.
        severity="page" if bug.get("severity") == "page" else "ticket",
        owner=str(bug.get("owner") or "")[:100],
        bug=bug,
        raw=json.dumps(event, ensure_ascii=False, default=str),
    )


def _text(message: dict[str, Any], key: str) -> str:
    value = message.get(key)
    return value if isinstance(value, str) else ""


def moment(text: Any) -> datetime | None:
    """The time that ``text`` says, as AWS or the error log writes one; None for anything else."""
    if not isinstance(text, str) or len(text) > 40:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
