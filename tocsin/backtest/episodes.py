"""From the states of a replay to what people lived through: episodes, pages, flapping."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from tocsin.backtest.metric_history import WEEK_S
from tocsin.cloudwatch import State
from tocsin.cloudwatch.windows import STATES

# An alarm that is back within this time of its recovery flaps.
FLAP_S = 3_600


@dataclass(frozen=True)
class Episode:
    """A stretch in ALARM, epoch seconds: from ``start`` to ``end`` (exclusive).

    ``seen_from_start`` is false where the alarm was in ALARM already when the history began;
    ``detected_after_s`` is the time from the start of the earliest breaching datapoint that sent
    it into ALARM; None where no datapoint did, but their absence.
    """

    start: int
    end: int
    seen_from_start: bool = True
    detected_after_s: int | None = None

    @property
    def minutes(self) -> float:
        return (self.end - self.start) / 60

    def overlaps(self, other: "Episode", slack_s: int = 0) -> bool:
        """Whether they share time, or miss each other by at most ``slack_s``."""
        return self.start < other.end + slack_s and other.start < self.end + slack_s


def spans(codes: Any) -> tuple[Any, Any]:
    """Where ``codes`` (int8, (n,)) are ALARM: indices of the first ones, and of those after the
    last ones, one pair a stretch."""
    loud = np.concatenate([[False], np.asarray(codes) == STATES.index(State.ALARM), [False]])
    edges = np.flatnonzero(loud[1:] != loud[:-1])
    return edges[::2], edges[1::2]


def episodes(start: int, codes: Any, step: int) -> list[Episode]:
    """The stretches in ALARM among ``codes`` at ``start``, ``start + step``, ... (in seconds)."""
    return [
        Episode(start + step * begin, start + step * end, seen_from_start=begin > 0)
        for begin, end in zip(*(span.tolist() for span in spans(codes)), strict=True)
    ]


def pages(found: Sequence[Episode]) -> int:
    """How often the alarm went to ALARM: each time its actions run."""
    return sum(episode.seen_from_start for episode in found)


def pages_per_week(found: Sequence[Episode], seconds: int) -> float:
    return pages(found) / (seconds / WEEK_S) if seconds else 0.0


def flaps(found: Sequence[Episode]) -> int:
    """How often it went back to ALARM within ``FLAP_S`` of its recovery."""
    return sum(after.start - before.end < FLAP_S for before, after in pairwise(found))


def minutes(found: Sequence[Episode]) -> float:
    return sum(episode.minutes for episode in found)
