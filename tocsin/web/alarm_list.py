"""The list of alarms: what is wrong first, then what cannot be known, then the rest; and which of
them tell nobody."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from tocsin.aws.alarm_states import NOT_DEPLOYED, AlarmState
from tocsin.aws.muted_alarms import MuteState
from tocsin.web.bug_list import LONGEST_SEARCH, PAGE, page_number

STATES = ("ALARM", NOT_DEPLOYED, "INSUFFICIENT_DATA", "OK")
"""In the order of the list."""

MUTED = "muted"

WORDS = {
    "ALARM": "ALARM",
    NOT_DEPLOYED: "not deployed",
    MUTED: MUTED,
    "INSUFFICIENT_DATA": "no data",
    "OK": "OK",
}


@dataclass(frozen=True)
class Mute:
    """What keeps an alarm from telling: a rule, ``until`` None where that is not known. Without a
    rule its actions are off, until somebody turns them on."""

    rule: str = ""
    made_by: str = ""
    note: str = ""
    until: datetime | None = None


Mutes = Mapping[str, Sequence[Mute]]
"""By the alarm's name."""


@dataclass(frozen=True)
class AlarmQuery:
    """What the address of the list asks for: words that all must be met, one state, ``MUTED`` (all
    that tell nobody) or none."""

    text: str = ""
    state: str = ""
    page: int = 1

    @classmethod
    def of(cls, parameters: "dict[str, str]") -> "AlarmQuery":
        state = parameters.get("state", "")
        return cls(
            parameters.get("q", "")[:LONGEST_SEARCH].strip(),
            state if state in (*STATES, MUTED) else "",
            page_number(parameters.get("page", "")),
        )


@dataclass(frozen=True)
class AlarmPage:
    """``alarms`` are those of one page; ``counts`` how many there are by state, and muted."""

    alarms: tuple[AlarmState, ...]
    found: int
    total: int
    page: int
    pages: int
    counts: dict[str, int]
    query: AlarmQuery
    mutes: Mutes = field(default_factory=dict)


def mutes_of(alarms: Sequence[AlarmState], rules: Sequence[MuteState], now: datetime) -> Mutes:
    """What keeps which of ``alarms`` from telling at ``now``, what lasts longest first."""
    found: dict[str, list[Mute]] = {}
    for rule in rules:
        mute = Mute(rule.name, rule.made_by, rule.note, rule.open_until(now))
        for name in rule.alarms:
            found.setdefault(name, []).append(mute)
    for alarm in alarms:
        if alarm.definition.get("ActionsEnabled") is False:
            found.setdefault(alarm.name, []).append(Mute())
    return {name: sorted(mutes, key=_ends, reverse=True) for name, mutes in found.items()}


def _ends(mute: Mute) -> float:
    return mute.until.timestamp() if mute.until else float("inf")


def listed_alarms(
    alarms: Sequence[AlarmState], query: AlarmQuery, mutes: Mutes | None = None
) -> AlarmPage:
    """The page of ``alarms`` that ``query`` asks for; the last one where it asks beyond."""
    words = query.text.casefold().split()
    matching = [alarm for alarm in alarms if all(word in _searched(alarm) for word in words)]
    counts = {state: sum(alarm.state == state for alarm in matching) for state in STATES}
    quiet = mutes or {}
    counts[MUTED] = sum(alarm.name in quiet for alarm in matching)
    found = [alarm for alarm in matching if query.state in ("", alarm.state)]
    if query.state == MUTED:
        found = [alarm for alarm in matching if alarm.name in quiet]
    found.sort(key=lambda alarm: alarm.name)
    found.sort(key=lambda alarm: alarm.since.timestamp() if alarm.since else 0.0, reverse=True)
    found.sort(key=lambda alarm: STATES.index(alarm.state))
    pages = max(1, -(-len(found) // PAGE))
    page = max(1, min(query.page, pages))
    rows = tuple(found[(page - 1) * PAGE : page * PAGE])
    return AlarmPage(rows, len(found), len(alarms), page, pages, counts, query, quiet)


def _searched(alarm: AlarmState) -> str:
    return f"{alarm.name}\n{alarm.function}\n{alarm.kind}\n{alarm.reason}".casefold()
