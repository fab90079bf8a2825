"""Which threshold would have given a wished rate of pages, and what it would have missed.

Every candidate is replayed: pages do not follow from how often the threshold is crossed alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from tocsin.backtest import episodes as found_in
from tocsin.backtest.episodes import Episode
from tocsin.backtest.history import History
from tocsin.backtest.replayed import Replayed, states
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


def propose(replayed: Replayed, history: History, wish: float) -> Proposal | None:
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
    thresholds = {_rounded(float(value)) for value in np.quantile(values, shares)}
    ordered = sorted({*thresholds, alarm.threshold}, reverse=not above)
    trade_off = tuple(_candidate(alarm, history, each, replayed.episodes) for each in ordered)
    within = {each.threshold for each in trade_off if each.pages_per_week <= wish}
    kept = alarm.threshold if alarm.threshold in within else _within(trade_off, wish)
    return Proposal(wish, kept, trade_off)


def _candidate(
    alarm: MetricAlarm, history: History, threshold: float, today: Sequence[Episode]
) -> Candidate:
    run = states(replace(alarm, threshold=threshold), history)
    found = found_in.episodes(run.times, run.codes, run.step)
    return Candidate(
        threshold,
        found_in.pages_per_week(found, run.step * len(run)),
        found_in.minutes(found),
        sum(not any(each.overlaps(one) for one in found) for each in today),
    )


def _within(trade_off: Sequence[Candidate], wish: float) -> float | None:
    """From the deaf end on: an alarm that never leaves ALARM pages seldom, too."""
    best: float | None = None
    for each in reversed(trade_off):
        if each.pages_per_week > wish:
            break
        best = each.threshold
    return best


def _rounded(value: float) -> float:
    return float(f"{value:.{_DIGITS}g}")
