"""A webhook: JSON for programs (docs/schemas/page.json), signed as Standard Webhooks says.

The signature covers id, time and body, so that a message can neither be changed nor sent again
later; while keys are changed there is one for each.
https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from notifier.explanation import BugSummary, Event, Explanation, RawMessage
from notifier.plain_text import as_data

# Standard Webhooks asks for at most 20 KB.
MOST_BYTES = 16_000
_MOST_RAW = 6_000
_PREFIX = "whsec_"
# In bytes, as Standard Webhooks asks.
_KEY_LENGTHS = range(24, 65)
_SEVERITIES = {"page": "critical", "ticket": "warning"}
# What asks nobody to do anything: a program that opens incidents opens none of it.
_NOTICES = frozenset({"drill"})


class BadKey(ValueError):
    """A signing key is not one; the message does not hold it."""


def body(said: Explanation, repeat: bool = False) -> dict[str, Any]:
    """What is said, as data: texts of records are bounded and without control characters."""
    made: dict[str, Any] = {
        "version": 1,
        "type": "tocsin.page",
        "action": _action(said.event),
        "event": said.event,
        "dedupKey": said.dedup_key,
        "severity": _severity(said),
        "urgency": said.severity,
        "summary": as_data(f"{said.word} {said.function} {said.stage}: {said.headline}", 300),
        "service": said.service,
        "stage": said.stage,
        "function": as_data(said.function, 255),
        "owner": as_data(said.owner, 100),
        "alarm": as_data(said.alarm, 255),
        "headline": as_data(said.headline, 200),
        "sentence": as_data(said.sentence, 600),
        "since": _iso(said.since),
        "bugs": [_bug(bug) for bug in said.bugs],
        "moreBugs": said.more_bugs,
        "bugsNote": as_data(said.bugs_note, 200),
        "also": [as_data(other, 200) for other in said.also],
        "runbook": {
            "words": as_data(said.runbook_words, 400),
            "link": as_data(said.runbook_link, 400),
        },
        "command": as_data(said.command, 200),
        "links": [{"label": link.label, "url": link.url} for link in said.links],
        "repeat": repeat,
        "raw": None,
    }
    while len(encoded(made)) > MOST_BYTES and made["bugs"]:
        made["bugs"].pop()
        made["moreBugs"] += 1
    return made


def raw(message: RawMessage, repeat: bool = False) -> dict[str, Any]:
    """The message as it came, as far as there is room, and what is known of it."""
    made: dict[str, Any] = {
        "version": 1,
        "type": "tocsin.page",
        "action": _action(message.event),
        "event": message.event,
        "dedupKey": message.dedup_key,
        "severity": _severity(message),
        "urgency": message.severity,
        "summary": as_data(message.subject, 300),
        "repeat": repeat,
        "raw": {"why": as_data(message.why, 300), "message": as_data(message.body, _MOST_RAW)},
    }
    room = _MOST_RAW
    while len(encoded(made)) > MOST_BYTES:  # several bytes for a character, as some have
        room //= 2
        made["raw"]["message"] = as_data(message.body, room)
    return made


def encoded(made: dict[str, Any]) -> bytes:
    """The bytes that are sent, and signed."""
    return json.dumps(made, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def headers(body_bytes: bytes, message_id: str, at: int, keys: Sequence[bytes]) -> dict[str, str]:
    """The headers of a message; ``at`` in seconds since the epoch."""
    signed = f"{message_id}.{at}.".encode() + body_bytes
    signatures = [
        "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
        for key in keys
    ]
    return {
        "content-type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": str(at),
        "webhook-signature": " ".join(signatures),
    }


def key(text: str) -> bytes:
    """The bytes of ``whsec_<base64>``.

    Raises:
        BadKey: it is none, or shorter or longer than a key may be.
    """
    encoded_key = text.strip().removeprefix(_PREFIX)
    try:
        found = base64.b64decode(encoded_key, validate=True)
    except (binascii.Error, ValueError):
        raise BadKey("a signing key that is not whsec_ and base64") from None
    if len(found) not in _KEY_LENGTHS:
        raise BadKey(f"a signing key of {len(found)} bytes; accepted: 24 to 64")
    return found


def message_id(dedup: str, occasion: str, route: str) -> str:
    """The same for every attempt to send one message to one receiver."""
    digest = hashlib.sha256(f"{dedup}\0{occasion}\0{route}".encode("utf-8", "replace"))
    return f"msg_{digest.hexdigest()[:32]}"


def problems(made: dict[str, Any]) -> list[str]:
    """What a receiver may refuse."""
    size = len(encoded(made))
    return [f"{size} bytes"] if size > MOST_BYTES else []


def _action(event: Event) -> str:
    return "notice" if event in _NOTICES else "resolve" if event == "recovery" else "trigger"


def _severity(said: Explanation | RawMessage) -> str:
    return "info" if said.event in _NOTICES else _SEVERITIES[said.severity]


def _bug(bug: BugSummary) -> dict[str, Any]:
    return {
        "fingerprint": as_data(bug.fingerprint, 100),
        "type": as_data(bug.type, 100),
        "message": as_data(bug.message, 256),
        "count": bug.count,
        "countIsComplete": not bug.at_least,
        "memory": bug.memory,
        "countedFrom": _iso(bug.counted_from),
        "firstSeen": _iso(bug.first_seen),
        "firstRelease": as_data(bug.first_release, 100),
        "topFrame": as_data(bug.top_frame, 200),
    }


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z") if moment else None
