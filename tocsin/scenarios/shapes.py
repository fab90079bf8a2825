"""Alarms that differ in nothing but whom they watch: what is proven of one holds for all.

A stage of 500 functions has some 2,000 alarms and perhaps ten shapes of them.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from tocsin.cloudwatch import Metric, MetricAlarm, MetricQuery
from tocsin.findings import Finding
from tocsin.kept_answers import KeptAnswers
from tocsin.scenarios import kept_proofs
from tocsin.scenarios.loading import LoadedAlarms
from tocsin.scenarios.template_context import Surroundings

# No name of AWS has these characters.
_NAMELESS = "<{}>"

Proof = Callable[[MetricAlarm, Surroundings | None], Iterator[Finding]]


@dataclass
class ByShape:
    """``proof``, run once for each shape and told for every alarm that has it.

    ``proof`` is shown no more of the surroundings than the time-outs of the functions that the
    alarm watches, and its log metrics. ``kept`` has what it found in earlier runs.
    """

    proof: Proof
    kept: KeptAnswers = kept_proofs.NOTHING_KEPT
    _known: dict[tuple[MetricAlarm, tuple[float | None, ...]], list[Finding]] = field(
        default_factory=dict
    )

    def findings(self, alarm: MetricAlarm, alarms: LoadedAlarms) -> Iterator[Finding]:
        """What ``proof`` finds on ``alarm``, in its own names."""
        shape, values = _shape(alarm)
        timeouts = tuple(_timeout(value, alarms.surroundings) for value in values)
        if (shape, timeouts) not in self._known:
            around = alarms.surroundings
            if around is not None:
                stands_for = dict(zip(values.values(), timeouts, strict=True))
                known = {
                    name: function for name, function in stands_for.items() if function is not None
                }
                around = _seen_by(shape, around, known)
            self._known[shape, timeouts] = self._proven(shape, around)
        for finding in self._known[shape, timeouts]:
            yield replace(finding, subject=alarm.name, message=_in_names(finding.message, values))

    def _proven(self, shape: MetricAlarm, around: Surroundings | None) -> list[Finding]:
        return self.kept.of(
            [kept_proofs.engine(), repr(shape), repr(around)],
            lambda: list(self.proof(shape, around)),
            kept_proofs.written,
            kept_proofs.read,
        )


def _shape(alarm: MetricAlarm) -> tuple[MetricAlarm, dict[str, str]]:
    """The alarm without names, and what stands for each value of its dimensions."""
    values: dict[str, str] = {}

    def neutral(query: MetricQuery) -> MetricQuery:
        if query.stat is None:
            return query
        metric = query.stat.metric
        dimensions = {}
        for key, value in metric.dimensions:
            values.setdefault(value, _NAMELESS.format(len(values)))
            dimensions[key] = values[value]
        return replace(
            query,
            stat=replace(query.stat, metric=Metric.of(metric.namespace, metric.name, dimensions)),
        )

    queries = tuple(neutral(query) for query in alarm.queries)
    shape = replace(alarm, name=_NAMELESS, queries=queries, description="", alarm_actions=(),
                    ok_actions=(), insufficient_data_actions=())  # fmt: skip
    return shape, values


def _seen_by(
    alarm: MetricAlarm, around: Surroundings, functions: Mapping[str, float]
) -> Surroundings:
    """What a proof is kept under: no set, whose text is another in each process, and nothing that
    changes with other parts of the template."""
    asked = {(query.stat.metric.namespace, query.stat.metric.name)
             for query in alarm.queries if query.stat is not None}  # fmt: skip
    log_metrics = tuple(
        replace(made, dimensions=frozenset())
        for made in around.log_metrics
        if (made.namespace, made.name) in asked
    )
    no_names: frozenset[str] = frozenset()
    return Surroundings(
        functions, no_names, no_names, no_names, log_metrics, no_names, emits_more=False
    )


def _timeout(function: str, around: Surroundings | None) -> float | None:
    return around.functions.get(function) if around is not None else None


def _in_names(message: str, values: dict[str, str]) -> str:
    for value, stands_for in values.items():
        message = message.replace(stands_for, value)
    return message
