"""The list of bugs: what a row has, and what a search, a filter, an order and a page take of it."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property

from tocsin.triage import Note, Status

PAGE = 50
TREND_HOURS = 24
LONGEST_SEARCH = 200


OPEN = (Status.NEW, Status.REGRESSED, Status.SEEN)
SHOWN = {
    "open": OPEN,
    "muted": (Status.MUTED,),
    "resolved": (Status.RESOLVED,),
    "drilled": (Status.DRILLED,),
    "all": tuple(Status),
}
"""By the word of the filter: the states that it shows."""


@dataclass(frozen=True)
class BugEntry:
    """A bug as its row has it. ``trend`` is failures by hour, the current one last.

    Times are ISO 8601, UTC. ``decision`` says in words what somebody decided, ``why`` what brought
    a regressed one back, ``places`` where its records were kept, as far as those are several,
    ``not_told`` why nobody was told of it who should have been.
    """

    fingerprint: str
    state: Status
    error_type: str
    message: str
    top_frame: str
    functions: tuple[str, ...]
    count: int
    trend: tuple[int, ...]
    first_seen: str
    last_seen: str
    first_release: str = ""
    last_release: str = ""
    owner: str = ""
    decision: str = ""
    why: str = ""
    notes: tuple[Note, ...] = ()
    places: tuple[str, ...] = ()
    not_told: str = ""

    @cached_property
    def searched(self) -> str:
        """What words of a search are looked for in."""
        return "\n".join(
            (self.error_type, self.message, self.top_frame, *self.functions, self.fingerprint,
             self.owner, *self.places, *(note.text for note in self.notes))
        ).casefold()  # fmt: skip


_FIELDS: dict[str, Callable[[BugEntry], Iterable[str]]] = {
    "type": lambda bug: (bug.error_type,),
    "function": lambda bug: bug.functions,
    "message": lambda bug: (bug.message,),
    "frame": lambda bug: (bug.top_frame,),
    "release": lambda bug: (bug.first_release, bug.last_release),
    "owner": lambda bug: (bug.owner,),
    "place": lambda bug: bug.places,
    "fingerprint": lambda bug: (bug.fingerprint,),
}
FIELD_NAMES = tuple(_FIELDS)
_TERM = re.compile(r'(?:([a-z]{1,20}):)?(?:"([^"]*)"?|(\S+))')

_ORDERS: dict[str, Callable[[BugEntry], object]] = {
    "last": lambda bug: bug.last_seen,
    "count": lambda bug: bug.count,
    "first": lambda bug: bug.first_seen,
}
ORDERS = tuple(_ORDERS)


@dataclass(frozen=True)
class Search:
    """What a person typed: words, and ``field:value``; all of them must be met."""

    text: str
    words: tuple[str, ...] = ()
    fields: tuple[tuple[str, str], ...] = ()

    @classmethod
    def parsed(cls, text: str) -> "Search":
        """``type:KeyError function:orders "no stock"``; a field that is none is a word."""
        text = text[:LONGEST_SEARCH].strip()
        words, fields = [], []
        for name, quoted, plain in _TERM.findall(text):
            value = (quoted or plain).casefold()
            if plain.endswith(":") and plain[:-1] in _FIELDS:
                continue  # a field whose value is still to be typed
            if name in _FIELDS:
                fields.append((name, value))
            elif name or value:
                words.append(f"{name}:{value}" if name else value)
        return cls(text, tuple(words), tuple(fields))

    def matches(self, bug: BugEntry) -> bool:
        """Whether ``bug`` has every word, and every field its value; letters of any case."""
        return all(word in bug.searched for word in self.words) and all(
            any(value in held.casefold() for held in _FIELDS[name](bug))
            for name, value in self.fields
        )


@dataclass(frozen=True)
class BugQuery:
    """What the address of the list asks for."""

    search: Search = field(default_factory=lambda: Search(""))
    shown: str = "open"
    order: str = "last"
    page: int = 1

    @classmethod
    def of(cls, parameters: "dict[str, str]") -> "BugQuery":
        """Of the query string; what has no meaning there is as if it were not there."""
        shown, order = parameters.get("state", ""), parameters.get("sort", "")
        return cls(
            Search.parsed(parameters.get("q", "")),
            shown if shown in SHOWN else "open",
            order if order in _ORDERS else "last",
            page_number(parameters.get("page", "")),
        )

    @property
    def narrows(self) -> bool:
        """Whether bugs may be left out that the state alone would show."""
        return bool(self.search.text)


@dataclass(frozen=True)
class BugPage:
    """``bugs`` are those of one page; ``counts`` how many each state filter would show in all."""

    bugs: tuple[BugEntry, ...]
    found: int
    page: int
    pages: int
    counts: dict[str, int]
    query: BugQuery

    @property
    def total(self) -> int:
        return self.counts["all"]


def page_number(text: str) -> int:
    return int(text) if text.isdecimal() and text.isascii() and 0 < len(text) < 7 else 1


def listed(bugs: Sequence[BugEntry], query: BugQuery) -> BugPage:
    """The page of ``bugs`` that ``query`` asks for; the last one where it asks beyond."""
    matching = [bug for bug in bugs if query.search.matches(bug)]
    counts = {name: sum(bug.state in states for bug in matching) for name, states in SHOWN.items()}
    found = [bug for bug in matching if bug.state in SHOWN[query.shown]]
    found.sort(key=lambda bug: bug.fingerprint)
    found.sort(key=_ORDERS[query.order], reverse=True)  # type: ignore[arg-type]
    pages = max(1, -(-len(found) // PAGE))
    page = max(1, min(query.page, pages))
    rows = tuple(found[(page - 1) * PAGE : page * PAGE])
    return BugPage(rows, len(found), page, pages, counts, query)


def hour_of(moment: datetime) -> int:
    return int(moment.astimezone(UTC).timestamp()) // 3_600
