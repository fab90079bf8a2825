"""One alarm as the engine sees it: the series that it judges, its window, its states."""

from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from math import lcm
from typing import Any

import numpy as np

from tocsin.aws import alarm_states
from tocsin.aws.account import Account
from tocsin.backtest.fetching import fetch
from tocsin.backtest.metric_history import DAY_S, MetricHistory
from tocsin.backtest.replayed import replay_metric
from tocsin.backtest.required_metrics import kept_for, needed
from tocsin.cloudwatch import (
    CompositeAlarm,
    DefinitionError,
    Evaluation,
    ExpressionError,
    MetricAlarm,
    MissingRecordingError,
    Series,
    State,
    StateRecord,
    evaluate,
    evaluate_composite,
    parse_rule,
)
from tocsin.cloudwatch.windows import STATES, breaching
from tocsin.scenarios.loading import LoadedAlarms, alarms_described

SPANS = {"3h": 3 * 3_600, "24h": DAY_S, "7d": 7 * DAY_S, "30d": 30 * DAY_S}
"""How far back a plot may look, in seconds."""
_MOST_DATAPOINTS = 2_100
_FEWEST_DATAPOINTS = 6
_RANGES_SHOWN = 3  # evaluation ranges that the plot has at least


@dataclass(frozen=True)
class Stretch:
    """Time in one state, epoch seconds: from ``start`` to ``end`` (exclusive)."""

    start: int
    end: int
    state: State


@dataclass(frozen=True)
class Judged:
    """A period as the alarm judges it: ``value`` None where it has no datapoint.

    ``in_window`` is whether it took part in the newest evaluation.
    """

    timestamp: int
    value: float | None
    breaching: bool
    in_window: bool


@dataclass(frozen=True, eq=False)
class AlarmReading:
    """``alarm`` is None where the engine does not know such an alarm; ``problem`` says why.

    ``start`` and ``end`` are those of the plot, ``spans`` the names of the ones there may be.
    """

    definition: dict[str, Any]
    alarm: MetricAlarm | CompositeAlarm | None
    problem: str = ""
    start: int = 0
    end: int = 0
    span: str = ""
    spans: tuple[str, ...] = ()
    series: Series | None = None
    judged: tuple[Judged, ...] = ()
    states: tuple[Stretch, ...] = ()
    evaluation: Evaluation | None = None
    engine_state: str = ""

    @property
    def state(self) -> str:
        """What CloudWatch says."""
        return str(self.definition.get("StateValue", ""))

    @property
    def agree(self) -> bool:
        return self.engine_state == self.state


def loaded(definition: dict[str, Any]) -> LoadedAlarms:
    """An alarm as DescribeAlarms gives it, or why the engine does not take it."""
    key = "CompositeAlarms" if "AlarmRule" in definition else "MetricAlarms"
    return alarms_described({key: [definition]})


def read_alarm(account: Account, name: str, now: datetime, span: str = "") -> AlarmReading | None:
    """The alarm ``name`` at ``now``; None where it is not there.

    ``span`` is one of ``SPANS``; another one is chosen where the alarm's periods do not fit it.
    """
    definition = alarm_states.describe(account, [name]).get(name)
    if definition is None:
        return None
    found = loaded(definition)
    if found.refused:
        return AlarmReading(definition, None, "; ".join(found.refused[0].problems))
    if found.composite:
        return _composite(account, definition, found.composite[0], now)
    return _metric(account, definition, found.metric[0], now, span)


def spans_of(alarm: MetricAlarm) -> tuple[str, ...]:
    """The spans over which a plot of ``alarm`` says something, and CloudWatch has datapoints."""
    least = max(_RANGES_SHOWN * alarm.evaluation_range, _FEWEST_DATAPOINTS) * alarm.period
    fitting = tuple(
        name
        for name, seconds in SPANS.items()
        if least <= seconds <= min(_MOST_DATAPOINTS * alarm.period, kept_for(alarm.period))
    )
    return fitting or (("30d",) if least > SPANS["30d"] else ("3h",))


def _metric(
    account: Account, definition: dict[str, Any], alarm: MetricAlarm, now: datetime, span: str
) -> AlarmReading:
    spans = spans_of(alarm)
    chosen = span if span in spans else spans[0]
    whole = lcm(alarm.period, alarm.evaluation_interval)
    reach = alarm.evaluation_range * alarm.period
    end = int(now.timestamp()) // alarm.evaluation_interval * alarm.evaluation_interval
    seconds = max(SPANS[chosen], 2 * reach)
    start = (end - seconds) // whole * whole
    first = (start - reach) // whole * whole
    stats = needed([alarm], -(-(end - first) // DAY_S))
    history = MetricHistory(first, end, fetch(account, stats, first, end))
    given = AlarmReading(definition, alarm, "", start, end, chosen, spans)
    try:
        replayed = replay_metric(alarm, history)
        evaluation = _evaluation(alarm, history, State(given.state or "INSUFFICIENT_DATA"))
    except (DefinitionError, ExpressionError, MissingRecordingError) as error:
        return AlarmReading(definition, alarm, str(error), start, end, chosen, spans)
    series = replayed.judged
    assert series is not None  # noqa: S101 - a metric alarm judges one
    return AlarmReading(
        definition,
        alarm,
        "",
        start,
        end,
        chosen,
        spans,
        series,
        tuple(_judged(alarm, series, evaluation, start)),
        tuple(_stretches(replayed.start, replayed.step, replayed.codes, start)),
        evaluation,
        str(evaluation.state),
    )


def _evaluation(alarm: MetricAlarm, history: MetricHistory, state: State) -> Evaluation:
    """Now, or at the end of the last whole period where history has no finer datapoints."""
    try:
        return evaluate(alarm, history.source, history.end, state)
    except MissingRecordingError:
        whole = lcm(alarm.period, alarm.evaluation_interval)
        return evaluate(alarm, history.source, history.end // whole * whole, state)


def _judged(alarm: MetricAlarm, series: Series, evaluation: Evaluation, start: int) -> list[Judged]:
    """Every period from ``start`` on; those of the newest window as the evaluation laid them."""
    window = evaluation.datapoints
    begins = window[0].timestamp if window else series.end
    marks = breaching(alarm, series.values).tolist()
    values = series.values.tolist()
    before = [
        Judged(time, None if np.isnan(value) else value, mark, False)
        for time, value, mark in zip(series.timestamps.tolist(), values, marks, strict=True)
        if start <= time and time + series.period <= begins
    ]
    return before + [
        Judged(judgement.timestamp, judgement.value, judgement.breaching, judgement.evaluated)
        for judgement in window
    ]


def _stretches(first: int, step: int, codes: Any, start: int) -> list[Stretch]:
    found = []
    index = max(0, -(-(start - first) // step))
    at = first + index * step
    for code, run in groupby(codes[index:].tolist()):
        length = sum(1 for _ in run) * step
        found.append(Stretch(at, at + length, STATES[code]))
        at += length
    return found


def _composite(
    account: Account, definition: dict[str, Any], alarm: CompositeAlarm, now: datetime
) -> AlarmReading:
    children = alarm_states.describe(account, list(parse_rule(alarm.rule).children))
    records = {
        name: StateRecord(State(child["StateValue"]), str(child.get("StateReason", "")), 0.0)
        for name, child in children.items()
    }
    state = State(str(definition.get("StateValue") or "INSUFFICIENT_DATA"))
    reached = evaluate_composite(alarm, records, now.timestamp(), state)
    return AlarmReading(definition, alarm, engine_state=str(reached.state))
