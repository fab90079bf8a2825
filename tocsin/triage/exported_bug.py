"""A bug as exports have it: counts and texts of its records, wherever their tables were."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from tocsin.triage.groups import Group, TablePlace
from tocsin.triage.record_reading import Record

TREND_HOURS = 24


@dataclass(frozen=True)
class ExportedBug:
    """``trend`` has the failures of each of the hours before the newest export, its own the last.

    ``newest`` is the newest record whole, where that was asked for.
    """

    group: Group
    first_release: str
    last_release: str
    trend: tuple[int, ...]
    newest: Record | None = None


@dataclass(frozen=True)
class ExportQuestion:
    """Which records count: of ``function`` by its deployed name, or of all; not before ``since``
    (ISO 8601). ``made`` is when the newest export was made, ``whole`` asks for newest records."""

    function: str = ""
    since: str = ""
    made: str = ""
    whole: bool = False

    @property
    def hours(self) -> tuple[str, ...]:
        """The beginnings of timestamps that fall in each hour of a trend."""
        try:
            last = datetime.fromisoformat(self.made).astimezone(UTC)
        except ValueError:
            last = datetime.now(UTC)
        return tuple(
            f"{last - timedelta(hours=hours):%Y-%m-%dT%H}" for hours in reversed(range(TREND_HOURS))
        )


def places_of(found: set[tuple[str, str, str]]) -> tuple[TablePlace, ...]:
    """In the order in which they are shown."""
    return tuple(TablePlace(*place) for place in sorted(found))
