"""The list of alarms: what is wrong first, then what cannot be known, then the rest."""

from collections.abc import Sequence
from dataclasses import dataclass

from tocsin.aws.alarm_states import NOT_DEPLOYED, AlarmState
from tocsin.web.bug_list import LONGEST_SEARCH, PAGE, page_number

STATES = ("ALARM", NOT_DEPLOYED, "INSUFFICIENT_DATA", "OK")
"""In the order of the list."""

WORDS = {
    "ALARM": "ALARM",
    NOT_DEPLOYED: "not deployed",
    "INSUFFICIENT_DATA": "no data",
    "OK": "OK",
}


@dataclass(frozen=True)
class AlarmQuery:
    """What the address of the list asks for: words that all must be met, one state or none."""

    text: str = ""
    state: str = ""
    page: int = 1

    @classmethod
    def of(cls, parameters: "dict[str, str]") -> "AlarmQuery":
        state = parameters.get("state", "")
        return cls(
            parameters.get("q", "")[:LONGEST_SEARCH].strip(),
            state if state in STATES else "",
            page_number(parameters.get("page", "")),
        )


@dataclass(frozen=True)
class AlarmPage:
    """``alarms`` are those of one page; ``counts`` how many there are by state."""

    alarms: tuple[AlarmState, ...]
    found: int
    total: int
    page: int
    pages: int
    counts: dict[str, int]
    query: AlarmQuery


def listed_alarms(alarms: Sequence[AlarmState], query: AlarmQuery) -> AlarmPage:
    """The page of ``alarms`` that ``query`` asks for; the last one where it asks beyond."""
    words = query.text.casefold().split()
    matching = [alarm for alarm in alarms if all(word in _searched(alarm) for word in words)]
    counts = {state: sum(alarm.state == state for alarm in matching) for state in STATES}
    found = [alarm for alarm in matching if query.state in ("", alarm.state)]
    found.sort(key=lambda alarm: alarm.name)
    found.sort(key=lambda alarm: alarm.since.timestamp() if alarm.since else 0.0, reverse=True)
    found.sort(key=lambda alarm: STATES.index(alarm.state))
    pages = max(1, -(-len(found) // PAGE))
    page = max(1, min(query.page, pages))
    rows = tuple(found[(page - 1) * PAGE : page * PAGE])
    return AlarmPage(rows, len(found), len(alarms), page, pages, counts, query)


def _searched(alarm: AlarmState) -> str:
    return f"{alarm.name}\n{alarm.function}\n{alarm.kind}\n{alarm.reason}".casefold()
