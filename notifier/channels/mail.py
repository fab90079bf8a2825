"""Plain text through SNS: an e-mail that a phone shows, and its subject as a text message.

https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
"""

from __future__ import annotations

import json
import textwrap
from dataclasses import dataclass
from typing import Any

from notifier.explanation import BugSummary, Explanation, RawMessage
from notifier.plain_text import ascii_only, cut, lines, shown
from notifier.wording import bug_count, bug_name, bugs_note, facts, marked, title

MOST_SUBJECT = 99
MOST_BODY = 3_000
MOST_SMS = 140
WIDTH = 72
# SNS's own limit, for all bodies; a raw message of CloudWatch's has some 4 KB.
MOST_BYTES = 262_144
MOST_RAW = 50_000
_STATES = ("ALARM", "OK", "INSUFFICIENT_DATA")


@dataclass(frozen=True)
class Mail:
    """``body`` in lines; ``sms`` is what a text message says."""

    subject: str
    body: str

    @property
    def sms(self) -> str:
        return cut(self.subject, MOST_SMS)


def subject(said: Explanation, repeat: bool = False) -> str:
    """``ALARM orders prod: errors 7.2 % (limit 5 %), new KeyError``: ASCII, one line."""
    head = ascii_only(title(said, 300))
    new = next((bug for bug in said.bugs if bug.memory in ("new", "regressed")), None)
    tail = f", {new.memory} {shown(new.type, 40)}" if new and said.event == "alarm" else ""
    if said.event == "recovery" and said.bugs:
        tail = f", {shown(said.bugs[0].type, 40)} still open"
    whole = ascii_only(head + tail)
    fits = len(marked(whole, len(whole) + 20, repeat)) <= MOST_SUBJECT
    return marked(whole if fits else head, MOST_SUBJECT, repeat)


def mail(said: Explanation, repeat: bool = False) -> Mail:
    """The whole message; what matters least is cut first."""
    parts: list[str] = [_wrapped(said.sentence)]
    if said.also:
        parts.append("\n".join(_wrapped(f"Also: {other}") for other in said.also))
    if said.bugs:
        parts.append("\n".join(_bug(bug) for bug in said.bugs))
    if note := bugs_note(said):
        parts.append(note)
    if directions := _directions(said):
        parts.append("\n".join(directions))
    last = _wrapped(", ".join(facts(said)))
    whole = "\n\n".join([*parts, last]) + "\n"
    while len(whole) > MOST_BODY and len(parts) > 2:
        del parts[-2]
        whole = "\n\n".join([*parts, last]) + "\n"
    return Mail(subject(said, repeat), cut(whole, MOST_BODY))


def raw(message: RawMessage, repeat: bool = False) -> Mail:
    """The message as it came, below why it is not explained."""
    named = ascii_only(shown(message.subject, 300))
    state, _, rest = named.partition(":")
    if message.why:
        named = f"{state} (raw):{rest}" if state in _STATES else f"(raw) {named}"
    head = marked(named, MOST_SUBJECT, repeat)
    why = f"Not explained: {shown(message.why, 300)}\n\n" if message.why else ""
    return Mail(head.strip() or "(raw)", why + (lines(message.body, MOST_RAW) or "-"))


def publication(message: Mail, topic_arn: str) -> dict[str, Any]:
    """The parameters of Publish."""
    return {
        "TopicArn": topic_arn,
        "Subject": message.subject,
        "Message": _bodies(message),
        "MessageStructure": "json",
    }


def _bodies(message: Mail) -> str:
    """What each protocol of SNS's is sent, all of which counts."""
    return json.dumps({"default": message.body, "sms": message.sms}, ensure_ascii=False)


def problems(message: Mail) -> list[str]:
    """What SNS would refuse, or a phone not show."""
    found = []
    if not 0 < len(message.subject) <= MOST_SUBJECT:
        found.append(f"a subject of {len(message.subject)} characters")
    if not (message.subject.isascii() and message.subject.isprintable()):
        found.append("a subject that is not plain ASCII")
    if not message.body.strip():
        found.append("no body")
    if len(_bodies(message).encode("utf-8", "surrogatepass")) > MOST_BYTES:
        found.append("a body that is too long")
    return found


def _bug(bug: BugSummary) -> str:
    frame = f"\n    {shown(bug.top_frame, WIDTH - 4)}" if bug.top_frame else ""
    return _wrapped(f"{bug_name(bug)}, {bug_count(bug)}", most=700) + frame


def _directions(said: Explanation) -> list[str]:
    lines = []
    if said.command:
        lines.append(f"Type:    {shown(said.command, 200)}")
    if said.runbook_words:
        lines.append(_wrapped(f"Runbook: {said.runbook_words}", "         "))
    if said.runbook_link:
        lines.append(f"Runbook: {said.runbook_link}")
    lines += [f"{link.label}: {link.url}" for link in said.links]
    return lines


def _wrapped(text: str, indent: str = "", most: int = 1_000) -> str:
    """Lines of at most ``WIDTH``; a word that is longer stays whole, as a path has to."""
    line = shown(text, most)
    return textwrap.fill(
        line, WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )
