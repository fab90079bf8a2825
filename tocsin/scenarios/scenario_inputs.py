"""The inputs of a scenario, as samples in a store: values of a metric, or calls of a function."""

import math
from collections.abc import Sequence

import numpy as np

from tocsin.cloudwatch import Banded, Metric, MetricStore
from tocsin.scenarios import notation
from tocsin.scenarios.edge_search import START
from tocsin.scenarios.model import Input
from tocsin.scenarios.synthetic_traffic import SyntheticCalls, put_calls

MINUTE = 60


class ScenarioInputs:
    """What one scenario says that happens, from ``START`` on."""

    def __init__(self) -> None:
        self._store = MetricStore()
        self._bands: dict[Metric, tuple[Metric, Metric]] = {}

    @property
    def source(self) -> Banded:
        """What alarms read of it."""
        return Banded(self._store, self._bands)

    def put(self, given: Input) -> int:
        """Record one input; its length in seconds."""
        if given.function is not None:
            return self._put_calls(given)
        assert given.metric is not None  # noqa: S101 - the model has seen to it
        assert given.values is not None  # noqa: S101
        metric = Metric.of(given.metric.namespace, given.metric.name, given.metric.dimensions)
        period, series = notation.seconds(given.period), notation.values(given.values)
        self._put_values(metric, series, period, given.unit)
        if given.band is not None:
            bounds = {"lower": given.band.lower, "upper": given.band.upper}
            made = {}
            for name, written in bounds.items():
                bound = Metric(metric.namespace, f"{metric.name} ({name})", metric.dimensions)
                self._put_values(bound, notation.values(written), period, None)
                made[name] = bound
            self._bands[metric] = (made["lower"], made["upper"])
        return len(series) * period

    def _put_values(
        self, metric: Metric, series: Sequence[float], period: int, unit: str | None
    ) -> None:
        resolution = 60 if period >= 60 else 1
        for index, value in enumerate(series):
            if not math.isnan(value):
                at = START + index * period
                self._store.put(metric, at, value, unit=unit, resolution=resolution)

    def _put_calls(self, given: Input) -> int:
        dimensions = (("FunctionName", str(given.function)),)
        at = 0
        # Counts are whole in every minute, and right over all of them: 1 call with 7 % errors
        # a minute fails in every fourteenth or fifteenth.
        owed = [0.0, 0.0, 0.0]
        for phase in given.phases:
            rate = notation.calls(phase.calls)
            for _ in range(notation.seconds(phase.for_) // MINUTE):
                counts = []
                for index, values in enumerate((rate.invocations, rate.errors, rate.throttles)):
                    owed[index] += values
                    counts.append(float(int(owed[index] + 1e-9)))
                    owed[index] -= counts[-1]
                minute = SyntheticCalls(counts[0], counts[1], counts[2], rate.duration)
                put_calls(self._store, dimensions, np.array([START + at]), minute)
                at += MINUTE
        return at
