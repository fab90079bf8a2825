"""A set of queries that refer to each other: checked, put in order, and computed.

Follows https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from tocsin.cloudwatch.errors import ExpressionError, RefusedDefinition
from tocsin.cloudwatch.labels import default_labels
from tocsin.cloudwatch.metric_math import (
    DatapointScope,
    Places,
    Track,
    TypedExpression,
    ValueKind,
    Window,
    check,
    evaluate_expression,
    parse,
)
from tocsin.cloudwatch.metric_math.mentioned_ids import references
from tocsin.cloudwatch.metrics import FloatArray, MetricQuery, MetricSource, Series, period_count
from tocsin.cloudwatch.search import searchable

ID = re.compile(r"[a-z][A-Za-z0-9_]*")


@dataclass(frozen=True)
class Plan:
    """Queries that have passed the checks: metrics, and expressions in an order that computes."""

    metrics: tuple[MetricQuery, ...]
    expressions: tuple[tuple[MetricQuery, TypedExpression], ...]

    @cached_property
    def scope(self) -> DatapointScope:
        """The widest scope of all the expressions."""
        scopes = [expression.scope for _, expression in self.expressions]
        return max(scopes, key=lambda scope: scope.value, default=DatapointScope.TIMESTAMP)

    @cached_property
    def metric_ids(self) -> tuple[str, ...]:
        """The ids of the metrics, in request order."""
        return tuple(query.id for query in self.metrics)

    @cached_property
    def labels(self) -> dict[str, str]:
        """The label of every metric's series."""
        return default_labels(self.metrics)


@lru_cache(maxsize=4096)
def plan(queries: tuple[MetricQuery, ...], *, search: bool = False) -> Plan:
    """Check ids, references, cycles and types; RefusedDefinition or ExpressionError otherwise."""
    problems = _id_problems(queries)
    if problems:
        raise RefusedDefinition("Metrics", problems)
    metrics = tuple(query for query in queries if query.stat is not None)
    metric_ids = frozenset(query.id for query in metrics)
    kinds = dict.fromkeys((query.id for query in metrics), ValueKind.SERIES)
    ordered = []
    for query in _in_order(queries):
        others = {id: kind for id, kind in kinds.items() if id != query.id}
        typed = check(query.expression or "", others, metric_ids, search=search)
        kinds[query.id] = typed.kind
        ordered.append((query, typed))
    return Plan(metrics, tuple(ordered))


def _id_problems(queries: Sequence[MetricQuery]) -> list[str]:
    problems = []
    seen: set[str] = set()
    for query in queries:
        if not ID.fullmatch(query.id) or len(query.id) > 255:
            problems.append(
                f"Id: {query.id!r}; a lower-case letter, then letters, digits and '_' are accepted"
            )
        if query.id in seen:
            problems.append(f"Id: {query.id!r} is used twice; each must be unique")
        seen.add(query.id)
        if (query.expression is None) == (query.stat is None):
            problems.append(f"{query.id}: either Expression or MetricStat is required, not both")
    return problems


def _in_order(queries: Sequence[MetricQuery]) -> list[MetricQuery]:
    """The expressions, each after those it refers to."""
    waiting = {query.id: query for query in queries if query.expression is not None}
    uses = {id: references(parse(query.expression or "")) for id, query in waiting.items()}
    ordered: list[MetricQuery] = []
    while waiting:
        ready = [id for id in waiting if not any(used in waiting for used in uses[id])]
        if not ready:
            id, query = next(iter(waiting.items()))
            chain = " -> ".join(_cycle(id, {id: uses[id] for id in waiting}))
            raise ExpressionError(query.expression or "", 1, f"expressions form a cycle: {chain}")
        ordered.extend(waiting.pop(id) for id in ready)
    return ordered


def _cycle(start: str, uses: Mapping[str, Sequence[str]]) -> list[str]:
    path = [start]
    while path[-1] not in path[:-1]:
        path.append(next(used for used in uses[path[-1]] if used in uses))
    return path[path.index(path[-1]) :]


def evaluate_plan(
    plan: Plan,
    values: Mapping[str, FloatArray],
    start: int | NDArray[np.int64],
    period: int,
    shape: tuple[int, ...],
    source: MetricSource | None = None,
    gaps: dict[str, Places] | None = None,
) -> dict[str, FloatArray | list[Track]]:
    """Every query's value, given the metrics' series as arrays of ``shape``.

    ``start`` is that of ``metric_math.Window``; ``source`` is asked only by SEARCH. ``gaps`` is
    given the places without a datapoint of those expressions for which they came up.
    """
    result: dict[str, FloatArray | list[Track]] = dict(values)
    window = Window(
        values=result,
        start=start,
        period=period,
        shape=shape,
        metrics=plan.metric_ids,
        labels=plan.labels,
        search=None
        if source is None
        else searchable(source, int(np.min(start)), period, shape[-1]),
    )
    for query, expression in plan.expressions:
        result[query.id], absent = evaluate_expression(expression, window)
        if gaps is not None and absent is not None:
            gaps[query.id] = absent
    return result


def compute_all(
    queries: Sequence[MetricQuery], source: MetricSource, start: float, end: float
) -> dict[str, tuple[Series, ...]]:
    """GetMetricData: the series of every query with ``return_data``, by id.

    ``start`` is rounded down to a whole period and periods beginning before ``end`` are included.
    An expression that yields an array gives several series, each with its label. All metrics an
    expression uses must have one period.
    """
    checked = plan(tuple(queries), search=True)
    period_of = _periods(checked)
    labels = default_labels(queries)
    results: dict[str, tuple[Series, ...]] = {}
    for period in sorted(set(period_of.values())):
        begin = int(start // period) * period
        count = period_count(begin, int(np.ceil(end)), period)
        stop = begin + count * period
        metrics = tuple(query for query in checked.metrics if period_of[query.id] == period)
        expressions = tuple(
            expression
            for expression in checked.expressions
            if period_of[expression[0].id] == period
        )
        part = Plan(metrics, expressions)
        values = {
            query.id: source.series(query.stat, begin, stop).values
            for query in metrics
            if query.stat
        }
        computed = evaluate_plan(part, values, begin, period, (count,), source)
        for query in queries:
            if query.return_data and query.id in computed:
                label = labels[query.id]
                results[query.id] = _as_series(query, label, computed[query.id], begin, period)
    return {query.id: results[query.id] for query in queries if query.id in results}


def compute(
    queries: Sequence[MetricQuery], source: MetricSource, start: float, end: float
) -> dict[str, Series]:
    """As ``compute_all``, for queries that each yield one series; RefusedDefinition otherwise."""
    found = compute_all(queries, source, start, end)
    several = [id for id, series in found.items() if len(series) != 1]
    if several:
        raise RefusedDefinition(
            "Metrics",
            [f"{id}: gives {len(found[id])} time series; one is accepted" for id in several],
        )
    return {id: series[0] for id, series in found.items()}


def _as_series(
    query: MetricQuery, label: str, value: FloatArray | list[Track], start: int, period: int
) -> tuple[Series, ...]:
    if not isinstance(value, list):
        return (Series(start, period, value, label),)
    prefix = f"{query.label} " if query.label else ""
    return tuple(
        Series(start, period, track.values, f"{prefix}{track.label or query.id}") for track in value
    )


def _periods(checked: Plan) -> dict[str, int]:
    """The period of every query; an expression takes that of what it uses.

    One that uses no series takes its own Period, else that of the request's metrics where they
    have but one, else 300.
    """
    periods = {query.id: query.stat.period for query in checked.metrics if query.stat}
    common = set(periods.values())
    default = common.pop() if len(common) == 1 else 300
    for query, expression in checked.expressions:
        used = {periods[id] for id in expression.references}
        if expression.all_metrics:
            used |= {query.stat.period for query in checked.metrics if query.stat}
        if len(used) > 1:
            raise RefusedDefinition(
                "Metrics",
                [
                    f"{query.id}: uses series with periods {', '.join(map(str, sorted(used)))} s; "
                    "one period is accepted"
                ],
            )
        periods[query.id] = used.pop() if used else query.period or default
    return periods
