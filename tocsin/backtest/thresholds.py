"""Which threshold would have given a wished rate of pages, and what it would have missed.

Every candidate is replayed: pages do not follow from how often the threshold is crossed alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from tocsin.backtest import episodes as found_in
from tocsin.backtest.episodes import Episode
from tocsin.backtest.metric_history import WEEK_S, MetricHistory
from tocsin.backtest.replayed import Replayed, judged_alone, states
from tocsin.cloudwatch import MetricAlarm

# Shares of the datapoints on the quiet side of a candidate.
_QUANTILES = (0.5, 0.75, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 0.999, 0.9995, 0.9999, 1.0)
_DIGITS = 3


@dataclass(frozen=True)
class Candidate:
    """A threshold and what it would have done; ``missed`` of today's episodes it would not see."""

    threshold: float
    pages_per_week: float
    minutes: float
    missed: int


@dataclass(frozen=True)
class Proposal:
    """``threshold`` is today's where that is within the wish, else the most sensitive candidate
    that is; None where none is."""

    wish: float
    threshold: float | None
    trade_off: tuple[Candidate, ...]


def propose(replayed: Replayed, history: MetricHistory, wish: float) -> Proposal | None:
    """The trade-off around ``wish`` pages a week, candidates from sensitive to deaf.

    None for a composite alarm, and for one without a datapoint.
    """
    alarm, judged = replayed.alarm, replayed.judged
    if not isinstance(alarm, MetricAlarm) or judged is None:
        return None
    values = judged.values[np.isfinite(judged.values)]
    if not len(values):
        return None
    above = alarm.comparison_operator.startswith("Greater")
    shares = _QUANTILES if above else [1 - share for share in _QUANTILES]
    thresholds = {_rounded(float(value)) for value in _quantiles(values, shares)}
    ordered = sorted({*thresholds, alarm.threshold}, reverse=not above)
    same, its_history = judged_alone(alarm, history, judged)
    trade_off = tuple(
        _candidate(same, its_history, threshold, replayed.episodes) for threshold in ordered
    )
    within = {candidate.threshold for candidate in trade_off if candidate.pages_per_week <= wish}
    kept = alarm.threshold if alarm.threshold in within else _within(trade_off, wish)
    return Proposal(wish, kept, trade_off)


def _candidate(
    alarm: MetricAlarm, history: MetricHistory, threshold: float, today: Sequence[Episode]
) -> Candidate:
    run = states(replace(alarm, threshold=threshold), history)
    # A threshold among the noise has thousands of episodes: counted here, not looked at one by one.
    begins, ends = found_in.spans(run.codes)
    weeks = run.step * len(run) / WEEK_S
    return Candidate(
        threshold,
        int(np.count_nonzero(begins)) / weeks if weeks else 0.0,  # one at 0 was not entered
        float((ends - begins).sum()) * run.step / 60,
        _missed(run.start + run.step * begins, run.start + run.step * ends, today),
    )


def _missed(starts: Any, ends: Any, today: Sequence[Episode]) -> int:
    """How many of ``today`` share no time with the stretches from ``starts`` to ``ends``."""
    if not len(today):
        return 0
    begin = np.array([episode.start for episode in today])
    end = np.array([episode.end for episode in today])
    # The first stretch that ends after an episode began is the one that may reach into it.
    candidate = np.searchsorted(ends, begin, side="right")
    reached = np.append(starts, np.inf)[candidate] < end
    return int(np.count_nonzero(~reached))


def _quantiles(values: Any, shares: Sequence[float]) -> Any:
    return np.sort(values)[[round(share * (len(values) - 1)) for share in shares]]


def _within(trade_off: Sequence[Candidate], wish: float) -> float | None:
    """From the deaf end on: an alarm that never leaves ALARM pages seldom, too."""
    best: float | None = None
    for candidate in reversed(trade_off):
        if candidate.pages_per_week > wish:
            break
        best = candidate.threshold
    return best


def _rounded(value: float) -> float:
    return float(f"{value:.{_DIGITS}g}")
