"""A bug as an item of the memory's table, and back.

The table's hash key is ``kind``, its range key ``key``. Bugs are spread over 16 kinds, so that all
of them are listed by 16 queries, and no partition takes the writes of all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any

from errorlog.attributes import item
from tocsin.bugs.bug import Bug, BugNews, Note, ReleaseCount
from tocsin.bugs.states import Muted, Open, Regressed, Resolved, State

if TYPE_CHECKING:
    from errorlog.attributes import AttributeValue

KIND, KEY = "kind", "key"
RELEASE = "release"
"""The kind of the items that say when the stage first had a release."""
DRILL = "drill"
"""The kind of the items that say of drills when they are held, and of which functions."""
PARTS = "0123456789abcdef"
_DAY_S = 86_400
KEPT_DAYS = 400
"""How long a bug is remembered after its last failure."""
RELEASE_KEPT_S = 2 * KEPT_DAYS * _DAY_S
"""How long the beginning of a release is: longer than any bug that may have failed in it."""

_STATES: dict[str, type[Open] | type[Resolved] | type[Muted] | type[Regressed]] = {
    "open": Open, "resolved": Resolved, "muted": Muted, "regressed": Regressed,
}  # fmt: skip
_NAMES = {made: name for name, made in _STATES.items()}


def part(fingerprint: str) -> str:
    """The kind of the item of ``fingerprint``."""
    last = fingerprint[-1:].lower()
    return f"bug#{last if last in PARTS else PARTS[0]}"


def key_of(fingerprint: str) -> dict[str, AttributeValue]:
    return key(part(fingerprint), fingerprint)


def key(kind: str, name: str) -> dict[str, AttributeValue]:
    return {KIND: {"S": kind}, KEY: {"S": name}}


def bug_item(bug: Bug) -> dict[str, AttributeValue]:
    """The whole item of ``bug``."""
    last = datetime.fromisoformat(bug.last_seen).timestamp()
    fields: dict[str, Any] = {
        KIND: part(bug.fingerprint),
        KEY: bug.fingerprint,
        "firstSeen": bug.first_seen,
        "lastSeen": bug.last_seen,
        "count": bug.count,
        "errorType": bug.error_type,
        "errorMessage": bug.message,
        "topFrame": bug.top_frame,
        "newestId": bug.newest_id,
        "firstRelease": bug.first_release,
        "lastRelease": bug.last_release,
        "releases": {
            name: [found.count, found.first_seen, found.last_seen]
            for name, found in bug.releases.items()
        },
        "functions": dict(bug.functions),
        "hours": {str(hour): count for hour, count in bug.hours.items()},
        "state": {"is": _NAMES[type(bug.state)], **asdict(bug.state)},
        "notes": [asdict(note) for note in bug.notes],
        "notice": asdict(bug.notice) if bug.notice else None,
        "unheard": bug.unheard or None,
        "drilled": bug.drilled or None,
        "movedTo": bug.moved_to,
        "carriedFrom": list(bug.carried_from),
        "revision": bug.revision,
        "expiresAt": int(last) + KEPT_DAYS * _DAY_S,
    }
    return item({name: value for name, value in fields.items() if value not in (None, "", [], {})})


def bug_of(found: Mapping[str, AttributeValue]) -> Bug:
    """The bug of an item, as the table gives it."""
    fields = values(found)
    notice = fields.get("notice")
    return Bug(
        fingerprint=fields[KEY],
        first_seen=fields["firstSeen"],
        last_seen=fields["lastSeen"],
        count=fields.get("count", 0),
        error_type=fields.get("errorType", ""),
        message=fields.get("errorMessage", ""),
        top_frame=fields.get("topFrame", ""),
        newest_id=fields.get("newestId", ""),
        first_release=fields.get("firstRelease", ""),
        last_release=fields.get("lastRelease", ""),
        releases={name: ReleaseCount(*found) for name, found in fields.get("releases", {}).items()},
        functions=fields.get("functions", {}),
        hours={int(hour): count for hour, count in fields.get("hours", {}).items()},
        state=_state(fields.get("state", {})),
        notes=tuple(Note(**note) for note in fields.get("notes", ())),
        notice=BugNews(**notice) if notice else None,
        unheard=fields.get("unheard", False),
        drilled=fields.get("drilled", 0),
        moved_to=fields.get("movedTo", ""),
        carried_from=tuple(fields.get("carriedFrom", ())),
        revision=fields.get("revision", 0),
    )


def values(found: Mapping[str, AttributeValue]) -> dict[str, Any]:
    """The values of an item's attributes; numbers are whole, as this memory writes them."""
    return {name: value(attribute) for name, attribute in found.items()}


def value(attribute: AttributeValue) -> Any:
    """The value of one attribute. Sets and bytes, which nobody writes here, are None."""
    kind: str
    held: Any
    kind, held = next(iter(attribute.items()), ("NULL", None))
    if kind in ("S", "BOOL"):
        return held
    if kind == "N":
        return _number(held)
    if kind == "L":
        return [value(member) for member in held]
    if kind == "M":
        return values(held)
    return None


def _number(text: str) -> int | float:
    # int() of a text is quadratic in its digits; DynamoDB's numbers have 38.
    return int(text) if text.lstrip("-").isdecimal() and len(text) < 40 else float(text)


def _state(fields: Mapping[str, Any]) -> State:
    given = dict(fields)
    return _STATES[given.pop("is", "open")](**given)
