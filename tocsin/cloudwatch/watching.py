"""``Watch``: one alarm looked at while its metrics arrive, all states decided together at the end.

Every state is the one that calling ``evaluate`` at each instant in turn would give; of each instant
only its datapoints are kept, and reasons are given for none.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from tocsin.cloudwatch.alarm import MetricAlarm, State
from tocsin.cloudwatch.bands import band_values
from tocsin.cloudwatch.decision import low_sample_limit
from tocsin.cloudwatch.evaluation import sample_count
from tocsin.cloudwatch.metrics import FloatArray, MetricSource
from tocsin.cloudwatch.queries import plan
from tocsin.cloudwatch.replaying import stacked_codes
from tocsin.cloudwatch.wall_clock import evaluation_range_at
from tocsin.cloudwatch.windows import STATES, resolve

_SAMPLES = "samples"


class Watch:
    """What ``alarm`` sees at one instant after the other."""

    def __init__(self, alarm: MetricAlarm) -> None:
        self._alarm = alarm
        self._plan = plan(alarm.queries)
        self._limit = low_sample_limit(alarm)
        self._starts: list[int] = []
        self._seen: list[Mapping[str, FloatArray]] = []

    def look(self, source: MetricSource, at: float) -> None:
        """Take what ``source`` has at ``at`` (epoch seconds) for that instant.

        Raises what the source raises.
        """
        periods = evaluation_range_at(self._alarm, at)
        values = {
            query.id: periods.values(source, query.stat)
            for query in self._plan.metrics
            if query.stat is not None
        }
        values |= band_values(self._alarm, source, lambda stat: periods.values(source, stat))
        if self._limit and self._alarm.single is not None:
            values[_SAMPLES] = periods.values(source, sample_count(self._alarm.single))
        self._starts.append(periods.times[0])
        self._seen.append(values)

    def states(self, state: State) -> list[State]:
        """The state after each look; ``state`` is the one before the first."""
        if not self._seen:
            return []
        values = {id: np.stack([seen[id] for seen in self._seen]) for id in self._seen[0]}
        samples = values.pop(_SAMPLES, None)
        low = None if samples is None else samples < self._limit
        starts = np.array(self._starts, dtype=np.int64)[:, np.newaxis]
        codes = stacked_codes(self._alarm, self._plan, values, starts, low)
        return [STATES[code] for code in resolve(codes, state)]
