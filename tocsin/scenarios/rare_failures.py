"""Whether a function that always fails is seen, however rarely it is called, and however long
its calls take.

Each function's own alarms on errors are taken through an outage at each cadence (``cadence``);
where a schedule is known, at its cadence. https://docs.aws.amazon.com/lambda/latest/dg/
monitoring-metrics-types.html: metrics carry the time at which the call began.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from typing import Any

from tocsin.cloudwatch import Metric, MetricAlarm, MetricQuery
from tocsin.findings import Finding
from tocsin.kept_answers import KeptAnswers
from tocsin.scenarios import kept_proofs
from tocsin.scenarios.cadence import Traffic, outage
from tocsin.scenarios.definition_rules import error, warning
from tocsin.scenarios.loading import LoadedAlarms

CADENCES = (60, 240, 600, 1_800, 3_600)
"""Seconds from call to call that every function without a known schedule must be seen at."""
SEEN_BY = 3
"""The failing call whose metrics must be enough, where all fail."""
# At one call a minute with a time-out of 15 minutes, several begin before the first ends.
_TIMED_OUT = 8
_LONG = 60
"""Seconds; a call that takes less is over before its metrics could come late."""


@dataclass(frozen=True)
class CallCadence:
    """How a function is called: ``cadences`` in seconds; ``retried``: asynchronously."""

    cadences: tuple[int, ...] = CADENCES
    retried: bool = False


@dataclass(frozen=True)
class _Gap:
    """The cadence at which an outage is missed; ``duration`` of the calls in seconds."""

    every: int
    failing_calls: int | None


def rare_failures(
    alarms: LoadedAlarms,
    called: Mapping[str, CallCadence],
    kept: KeptAnswers = kept_proofs.NOTHING_KEPT,
) -> Iterator[Finding]:
    """A finding for each function whose alarms on errors miss an outage.

    ``called`` by the deployed name; what it does not have may be called at any cadence. A function
    without any alarm on errors is none of these findings. ``kept`` has what earlier runs found.
    """
    if alarms.surroundings is None:
        return
    watching = _on_errors(alarms.metric)
    for name, timeout in sorted(alarms.surroundings.functions.items()):
        own = watching.get(name)
        if not own:
            continue
        how = called.get(name, CallCadence())
        rare, long = _missed(tuple(map(_nameless, own)), float(timeout), how, kept)
        names = ", ".join(alarm.name for alarm in own)
        if rare is not None:
            when = (
                "never"
                if rare.failing_calls is None
                else f"only by the {rare.failing_calls}th failing call"
            )
            yield warning(
                "misses-rare-failures",
                name,
                f"called every {_words(rare.every)} and always failing, it is in ALARM {when} "
                f"({names}); longer periods in errorRate.furtherPeriods see it",
            )
        if long is not None:
            yield error(
                "window-below-timeout",
                name,
                f"called every {_words(long.every)} and always running into its time-out of "
                f"{timeout:g} s, it is never in ALARM ({names}): their metrics come when the "
                "window is over; a period of its time-out and three minutes sees them",
            )


# A stage of 500 functions has a few sets of alarms, and a check of a changed template most of them.
@lru_cache(maxsize=256)
def _missed(
    own: tuple[MetricAlarm, ...], timeout: float, how: CallCadence, kept: KeptAnswers
) -> tuple[_Gap | None, _Gap | None]:
    rare, long = kept.of(
        [kept_proofs.engine(), repr(own), repr(timeout), repr(how)],
        lambda: _tried(own, timeout, how),
        written=lambda gaps: [gap and asdict(gap) for gap in gaps],
        read=_gaps,
    )
    return rare, long


def _gaps(kept: Any) -> tuple[_Gap | None, ...]:
    """Of what was written of them."""
    rare, long = kept
    return (rare and _Gap(**rare), long and _Gap(**long))


def _tried(
    own: tuple[MetricAlarm, ...], timeout: float, how: CallCadence
) -> tuple[_Gap | None, ...]:
    rare = long = None
    for every in how.cadences:
        good = max(3, -(-_reach(own) // every))
        found = outage(own, Traffic(every, good=good, bad=SEEN_BY + 2, retried=how.retried))
        if found.failing_calls is None or found.failing_calls > SEEN_BY + (every <= 60):
            rare = rare or _Gap(every, found.failing_calls)
        if timeout > _LONG:
            bad = max(_TIMED_OUT, int(2 * timeout / every) + 2)
            traffic = Traffic(every, duration=timeout, good=good, bad=bad, retried=how.retried)
            if outage(own, traffic).minutes is None:
                long = long or _Gap(every, None)
    return rare, long


def _on_errors(alarms: Sequence[MetricAlarm]) -> dict[str, list[MetricAlarm]]:
    """The alarms that read a function's Errors and nothing of anybody else, by its name."""
    found: dict[str, list[MetricAlarm]] = {}
    for alarm in alarms:
        metrics = [query.stat.metric for query in alarm.queries if query.stat is not None]
        names = {dict(metric.dimensions).get("FunctionName") for metric in metrics}
        lambdas = all(metric.namespace == "AWS/Lambda" for metric in metrics)
        if len(names) != 1 or not lambdas or "Errors" not in {metric.name for metric in metrics}:
            continue
        name = names.pop()
        if name is not None and len({metric.dimensions for metric in metrics}) == 1:
            found.setdefault(name, []).append(alarm)
    return found


def _nameless(alarm: MetricAlarm) -> MetricAlarm:
    """The alarm as it would be on any other function."""

    def neutral(query: MetricQuery) -> MetricQuery:
        if query.stat is None:
            return query
        metric = Metric.of(
            query.stat.metric.namespace, query.stat.metric.name, {"FunctionName": "f"}
        )
        return replace(query, stat=replace(query.stat, metric=metric))

    return replace(alarm, name="", description="", queries=tuple(map(neutral, alarm.queries)),
                   alarm_actions=(), ok_actions=(), insufficient_data_actions=())  # fmt: skip


def _reach(alarms: Sequence[MetricAlarm]) -> int:
    """Seconds that the alarms look back."""
    return max(alarm.evaluation_range * alarm.period for alarm in alarms)


def _words(seconds: int) -> str:
    for unit, size in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds % size == 0:
            count = seconds // size
            return f"{count} {unit}s" if count > 1 else unit
    return f"{seconds} seconds"
