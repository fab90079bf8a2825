"""One alarm over a history: its states, the series it judges, and its episodes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import lcm
from typing import Any

import numpy as np

from tocsin.backtest import episodes as found_in
from tocsin.backtest.episodes import Episode
from tocsin.backtest.metric_history import MetricHistory
from tocsin.cloudwatch import (
    CompositeAlarm,
    Metric,
    MetricAlarm,
    MetricQuery,
    MetricStat,
    MissingRecordingError,
    Replay,
    Series,
    State,
    compute,
    parse_rule,
    replay,
)
from tocsin.cloudwatch.metric_math import DatapointScope
from tocsin.cloudwatch.windows import STATES, breaching


@dataclass(frozen=True, eq=False)
class Replayed:
    """``codes`` (int8, (n,)) are indices into ``STATES`` at ``start``, ``start + step``, ...

    ``judged`` is what is compared with the threshold; None for a composite alarm.
    """

    alarm: MetricAlarm | CompositeAlarm
    start: int
    step: int
    codes: Any
    episodes: tuple[Episode, ...]
    judged: Series | None = None

    @property
    def times(self) -> Any:
        return self.start + self.step * np.arange(len(self.codes), dtype=np.int64)

    @property
    def seconds(self) -> int:
        """How long the alarm was evaluated."""
        return self.step * len(self.codes)


def replay_metric(alarm: MetricAlarm, history: MetricHistory) -> Replayed:
    """``alarm`` evaluated at every instant at which its whole evaluation range lies in ``history``.

    Every minute (every hour for a multi-day alarm), or at the ends of periods where the history
    has no finer datapoints.

    Raises:
        MissingRecordingError: ``history`` lacks a metric of the alarm.
        ValidationError, ExpressionError: the definition cannot be evaluated.
    """
    run = states(alarm, history)
    judged = series_judged(alarm, history)
    found = found_in.episodes(run.start, run.codes, run.step)
    return Replayed(
        alarm, run.start, run.step, run.codes, tuple(_detected(alarm, judged, found)), judged
    )


def states(alarm: MetricAlarm, history: MetricHistory) -> Replay:
    """The states of ``alarm`` over ``history``; see ``replay_metric``."""
    reach = alarm.evaluation_range * alarm.period
    step = alarm.evaluation_interval
    try:
        return replay(alarm, history.source, history.start + reach, history.end - step)
    except MissingRecordingError:
        if alarm.period <= step:
            raise
        step = lcm(alarm.period, step)
        first = -(-(history.start + reach) // step) * step
        return replay(alarm, history.source, first, history.end - step, step=step)


def series_judged(alarm: MetricAlarm, history: MetricHistory) -> Series:
    """What the alarm compares with its threshold, period by period."""
    start = -(-history.start // alarm.period) * alarm.period
    end = start + (history.end - start) // alarm.period * alarm.period
    return compute(alarm.queries, history.source, start, end)[alarm.result_id]


def judged_alone(
    alarm: MetricAlarm, history: MetricHistory, judged: Series
) -> tuple[MetricAlarm, MetricHistory]:
    """An alarm and a history of ``judged`` alone with the same states, quicker to replay again.

    The given ones where there is none such: math that depends on the window as a whole, windows
    that slide between the datapoints of ``judged``, percentiles of few samples.
    """
    if (
        alarm.plan.scope is not DatapointScope.TIMESTAMP
        or alarm.period > alarm.evaluation_interval
        or alarm.evaluate_low_sample_count_percentile == "ignore"
    ):
        return alarm, history
    # Some rules go by the namespace.
    namespace = next(query.stat.metric.namespace for query in alarm.queries if query.stat)
    stat = MetricStat(Metric.of(namespace, "judged"), alarm.period, "Sum")
    alone = replace(alarm, queries=(MetricQuery("m1", stat=stat),))
    return alone, MetricHistory(history.start, history.end, {stat: judged})


def _detected(alarm: MetricAlarm, judged: Series, found: Sequence[Episode]) -> list[Episode]:
    """The episodes with the time it took to notice; periods as they lie in ``judged``."""
    bad = breaching(alarm, judged.values)
    result = []
    for episode in found:
        stop = -(-(episode.start - judged.start) // judged.period)
        window = bad[max(0, stop - alarm.evaluation_periods) : stop]
        first = np.flatnonzero(window)
        after = None
        if len(first) and episode.seen_from_start:
            index = max(0, stop - alarm.evaluation_periods) + int(first[0])
            after = episode.start - (judged.start + index * judged.period)
        result.append(replace(episode, detected_after_s=after))
    return result


def replay_composite(alarm: CompositeAlarm, children: Mapping[str, Replayed]) -> Replayed:
    """``alarm`` from the states of its children, minute by minute; suppression is left out.

    Raises:
        KeyError: a child was not replayed.
    """
    rule = parse_rule(alarm.rule)
    runs = [children[name] for name in rule.children]
    if not runs:  # a rule of TRUE or FALSE alone looks at nothing that happened
        return Replayed(alarm, 0, 60, np.empty(0, dtype=np.int8), ())
    start, step = max(run.start for run in runs), min(run.step for run in runs)
    end = min(run.start + run.seconds for run in runs)
    times = np.arange(start, end, step, dtype=np.int64)
    columns = [run.codes[(times - run.start) // run.step] for run in runs]
    seen, which = np.unique(np.stack(columns), axis=1, return_inverse=True)
    verdicts = np.array(
        [
            STATES.index(State.ALARM if rule.holds(_states(rule.children, row)) else State.OK)
            for row in seen.T
        ],
        dtype=np.int8,
    )
    codes = verdicts[which.reshape(-1)] if len(times) else np.empty(0, dtype=np.int8)
    return Replayed(alarm, start, step, codes, tuple(found_in.episodes(start, codes, step)))


def _states(names: Sequence[str], codes: Any) -> dict[str, State]:
    return {name: STATES[int(code)] for name, code in zip(names, codes, strict=True)}
