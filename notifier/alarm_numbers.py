"""A firing alarm in numbers: its value, of how much, its limit, since when.

Only what is known is said: a share of calls that was not read in time is no number.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from notifier.alarm_reasons import datapoints
from notifier.alarm_tree import FiringAlarm
from notifier.explanation_sources import Sources
from notifier.quantities import clock, duration, number, quantity
from notifier.stage_facts import AlarmFacts


@dataclass(frozen=True)
class Measured:
    """One firing alarm in numbers. ``value`` as text, empty where it is not known; ``beyond``: on
    the wrong side of its limit."""

    facts: AlarmFacts
    value: str
    of: str
    limit: str
    since: datetime | None
    beyond: bool

    @property
    def headline(self) -> str:
        """``errors 7.2 % (limit 5 %)``"""
        if self.facts.kind == "heartbeat":
            return f"no run for {duration(self.facts.period * self.facts.periods)}"
        said = f"{self.facts.noun} {self.value}" if self.value else self.facts.noun
        return f"{said} ({self._bound})"

    @property
    def numbers(self) -> str:
        """``7.2 % of 240 calls, limit 5 %``"""
        if self.facts.kind == "heartbeat":
            return f"did not run for {duration(self.facts.period * self.facts.periods)}"
        if not self.value:
            return f"{self.facts.what}"
        said = self.value if self.of else f"{self.facts.noun} {self.value}"
        return f"{said}{self.of}, {self._bound}"

    @property
    def _bound(self) -> str:
        return f"at least {self.limit}" if self.facts.below else f"limit {self.limit}"


def began(main: AlarmFacts, firing: FiringAlarm) -> datetime | None:
    """When the oldest datapoint began that the alarm is about; of runs that are missing, the time
    in which none came."""
    points = datapoints(firing.reason)
    if points or firing.changed_at is None:
        return points[-1].at if points else None
    silent_s = main.period * main.periods if main.kind == "heartbeat" else 0
    return firing.changed_at - timedelta(seconds=silent_s)


def sums_of(
    main: AlarmFacts, firing: FiringAlarm, sources: Sources, *, newest: bool = False
) -> list[float] | None:
    """The sums of the metrics of a ratio over the datapoints that the alarm is about, or the
    newest of them."""
    points = datapoints(firing.reason)
    if not points:
        return None
    first = points[0] if newest else points[-1]
    end = points[0].at + timedelta(seconds=main.period)
    return sources.sums(main.share, main.period, first.at, end)


def measured_of(main: AlarmFacts, firing: FiringAlarm, sums: list[float] | None) -> Measured:
    """``firing`` in numbers; ``sums`` are those of its ratio, None where they are not known.

    Its limit is the one of so many calls, unless only some of its periods were beyond that.
    """
    points = datapoints(firing.reason)
    value: float | None = None
    of = ""
    if main.share:
        if sums and len(sums) > 1 and sums[1] > 0:
            value = 100 * (sum(sums) - sums[1]) / sums[1]
            of = f" of {number(sums[1])} {main.share_of}"
    elif points:
        value = points[0].value
    beyond = value is not None and (
        value < main.threshold if main.below else value > main.threshold
    )
    limit = main.threshold
    if main.share and sums and value is not None:
        asked = main.asked_of(sums[1] / max(1, len(points)))
        limit = asked if value > asked else limit
    return Measured(
        main, "" if value is None else quantity(value, main.unit), of,
        quantity(limit, main.unit), began(main, firing), beyond,
    )  # fmt: skip


def sentence(main: AlarmFacts, measured: Measured, stage: str, now: datetime) -> str:
    """``orders on prod fails: 7.2 % of 240 calls, limit 5 %, since 10:14 UTC.``"""
    since = f", since {clock(measured.since, now)}" if measured.since else ""
    if main.kind == "heartbeat":
        return f"{main.subject} on {stage} {measured.numbers}{since}."
    verb = " fails" if main.share else ""
    return f"{main.subject} on {stage}{verb}: {measured.numbers}{since}."
