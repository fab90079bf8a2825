"""The labels of series that have none of their own, as GetMetricData gives them.

Recorded from AWS (2025): the metric's name, then the statistic and then the period, each only where
the request's metrics differ in it. What the units are makes no difference.
"""

from __future__ import annotations

from collections.abc import Sequence

from tocsin.cloudwatch.metrics import MetricQuery


def default_labels(queries: Sequence[MetricQuery]) -> dict[str, str]:
    """The label of each query by its id: its own, the metric's, or the expression's id."""
    stats = [query.stat for query in queries if query.stat is not None]
    statistics_differ = len({stat.stat for stat in stats}) > 1
    periods_differ = len({stat.period for stat in stats}) > 1
    labels = {}
    for query in queries:
        if query.label is not None:
            labels[query.id] = query.label
        elif query.stat is None:
            labels[query.id] = query.id
        else:
            parts = [query.stat.metric.name]
            if statistics_differ:
                parts.append(query.stat.stat)
            if periods_differ:
                parts.append(str(query.stat.period))
            labels[query.id] = " ".join(parts)
    return labels
