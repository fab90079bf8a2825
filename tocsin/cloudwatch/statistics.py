"""Statistics: from the samples of one period to one datapoint.

Follows https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Statistics-definitions.html.
CloudWatch does not publish how it ranks samples; here the percentile pNN is the largest of the
samples that remain after the highest (100 - NN) % are set aside (nearest rank), which is how that
page tells p99 from tm99, and the trimmed family sets aside whole samples by the same ranks.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from tocsin.cloudwatch.errors import RefusedDefinition
from tocsin.cloudwatch.metrics import FloatArray

BASIC = ("SampleCount", "Sum", "Average", "Minimum", "Maximum")

ACCEPTED = (
    "SampleCount, Sum, Average, Minimum, Maximum, a percentile as p99.9, tm90, wm90, tc90, ts90, "
    "TM(10%:90%), WM(10%:90%), TC(100:200), TS(:95%), PR(100:2000) or IQM"
)

_NUMBER = r"\d+(?:\.\d{1,10})?"
_PERCENTILE = re.compile(rf"p({_NUMBER})")
_SHORT = re.compile(rf"(tm|wm|tc|ts)({_NUMBER})")
_RANGE = re.compile(rf"(TM|WM|TC|TS|PR)\(({_NUMBER})?(%)?:({_NUMBER})?(%)?\)")


@dataclass(frozen=True, slots=True)
class Statistic:
    """A parsed statistic.

    ``kind`` is a basic statistic's name, or ``p``, ``TM``, ``WM``, ``TC``, ``TS``, ``PR``.
    ``lower`` and ``upper`` are percents when ``percent`` is set, else values of the metric; None
    is an open end. A percentile has only ``upper``.
    """

    text: str
    kind: str
    lower: float | None = None
    upper: float | None = None
    percent: bool = False

    @property
    def needs_samples(self) -> bool:
        """Whether it needs the samples themselves, not just sum, count, minimum and maximum."""
        return self.kind not in BASIC

    @property
    def low_sample_limit(self) -> float | None:
        """Below how many samples a percentile counts as statistically insignificant.

        10 / (1 - p) for p >= 0.5 and 10 / p below; None for anything but a percentile.
        """
        if self.kind != "p" or self.upper is None:
            return None
        percent = self.upper
        if percent >= 50:
            return math.inf if percent >= 100 else round(1000 / (100 - percent), 6)
        return math.inf if percent == 0 else round(1000 / percent, 6)


@lru_cache(maxsize=512)
def parse_statistic(text: str) -> Statistic:
    """Read a statistic as GetMetricData's Stat takes it; RefusedDefinition when it is none."""
    if text in BASIC:
        return Statistic(text, text)
    if text == "IQM":
        return Statistic(text, "TM", 25.0, 75.0, percent=True)
    if match := _PERCENTILE.fullmatch(text):
        return _checked(Statistic(text, "p", None, float(match[1]), percent=True))
    if match := _SHORT.fullmatch(text):
        return _checked(Statistic(text, match[1].upper(), None, float(match[2]), percent=True))
    if match := _RANGE.fullmatch(text):
        kind, low, low_percent, high, high_percent = match.groups()
        if (low is None and (high is None or low_percent)) or (high is None and high_percent):
            raise _refused(text, "a range needs at least one number")
        signs = {bool(sign) for sign, end in ((low_percent, low), (high_percent, high)) if end}
        if len(signs) > 1:
            raise _refused(text, "both ends must be percents, or neither")
        lower = None if low is None else float(low)
        upper = None if high is None else float(high)
        return _checked(Statistic(text, kind, lower, upper, percent=signs.pop()))
    raise _refused(text, f"accepted: {ACCEPTED}")


def _checked(stat: Statistic) -> Statistic:
    ends = [end for end in (stat.lower, stat.upper) if end is not None]
    if stat.percent and any(end > 100 for end in ends):
        raise _refused(stat.text, "percents lie between 0 and 100")
    if len(ends) == 2 and ends[0] >= ends[1]:
        raise _refused(stat.text, "the lower end must be below the upper end")
    if stat.kind == "PR" and stat.percent:
        raise _refused(stat.text, "PR takes values of the metric, not percents")
    return stat


def _refused(text: str, why: str) -> RefusedDefinition:
    return RefusedDefinition("Stat", [f"{text!r} is not a statistic; {why}"])


def from_samples(stat: Statistic, values: FloatArray, counts: FloatArray) -> float:
    """One datapoint of a statistic that needs samples.

    ``values`` (n,) ascending and ``counts`` (n,) how often each was observed; n >= 1. NaN means
    that the period has no such datapoint: CloudWatch does not give these statistics for metrics
    with negative values, and a trimmed mean of nothing does not exist.
    """
    if values[0] < 0:
        return math.nan
    if stat.kind == "p":
        return float(values[_rank(counts, stat.upper or 0.0)])
    inside = _inside(stat, values, counts)
    total = float(inside.sum())
    match stat.kind:
        case "TC":
            return total
        case "TS":
            return float(values @ inside)
        case "PR":
            return 100.0 * total / float(counts.sum())
        case "TM":
            return float(values @ inside) / total if total else math.nan
    low, high = _edges(stat, values, counts)
    return float(np.clip(values, low, high) @ counts) / float(counts.sum())


def _rank(counts: FloatArray, percent: float) -> int:
    """Index of the sample at or below which ``percent`` of all observations lie."""
    cumulative = np.cumsum(counts)
    # Rounded so that 0.29 * 100 asks for 29 observations and not for 30.
    wanted = max(1.0, math.ceil(round(float(cumulative[-1]) * percent / 100, 9)))
    return min(int(np.searchsorted(cumulative, wanted)), len(counts) - 1)


def _inside(stat: Statistic, values: FloatArray, counts: FloatArray) -> FloatArray:
    """How many observations of each value lie within the statistic's range."""
    if not stat.percent:
        keep = np.ones(len(values), dtype=bool)
        if stat.lower is not None:
            keep &= values > stat.lower
        if stat.upper is not None:
            keep &= values <= stat.upper
        return np.where(keep, counts, 0.0)
    cumulative = np.cumsum(counts)
    total = float(cumulative[-1])
    first = math.floor(round(total * (stat.lower or 0.0) / 100, 9))
    upper = 100.0 if stat.upper is None else stat.upper
    last = math.ceil(round(total * upper / 100, 9))
    overlap = np.minimum(cumulative, last) - np.maximum(cumulative - counts, first)
    inside: FloatArray = np.maximum(overlap, 0.0)
    return inside


def _edges(stat: Statistic, values: FloatArray, counts: FloatArray) -> tuple[float, float]:
    """The values that a winsorized mean puts in place of what lies outside its range."""
    if not stat.percent:
        return (
            -math.inf if stat.lower is None else stat.lower,
            math.inf if stat.upper is None else stat.upper,
        )
    inside = np.flatnonzero(_inside(stat, values, counts))
    if not len(inside):
        return (float(values[0]), float(values[0]))
    return (float(values[inside[0]]), float(values[inside[-1]]))
