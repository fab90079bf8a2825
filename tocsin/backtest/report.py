"""The backtest as a whole: alarms and a history in, one report per alarm out."""

from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from typing import Any

import numpy as np

from tocsin.backtest import episodes as found_in
from tocsin.backtest.alarm_history import Comparison, Lived, compare
from tocsin.backtest.episodes import Episode
from tocsin.backtest.metric_history import MetricHistory, iso
from tocsin.backtest.replayed import Replayed, replay_composite, replay_metric
from tocsin.backtest.thresholds import Candidate, Proposal, propose
from tocsin.cloudwatch import (
    CompositeAlarm,
    DefinitionError,
    ExpressionError,
    MetricAlarm,
    MissingRecordingError,
    evaluation_order,
    parse_rule,
)
from tocsin.scenarios.loading import LoadedAlarms

Past = Callable[[str], Lived | None]
"""What an alarm did by itself, by its name; None where it is not deployed."""


@dataclass(frozen=True, eq=False)
class AlarmReport:
    """One alarm over the history. Where it could not be replayed, ``problem`` says why."""

    name: str
    replayed: Replayed | None = None
    comparison: Comparison | None = None
    proposal: Proposal | None = None
    problem: str = ""

    @property
    def episodes(self) -> tuple[Episode, ...]:
        return self.replayed.episodes if self.replayed else ()

    @property
    def pages_per_week(self) -> float:
        return found_in.pages_per_week(self.episodes, self.replayed.seconds if self.replayed else 0)

    @property
    def minutes_in_alarm(self) -> float:
        return found_in.minutes(self.episodes)

    @property
    def flaps(self) -> int:
        return found_in.flaps(self.episodes)

    @property
    def detected_after_s(self) -> float | None:
        """The median time to detect; None where nothing was detected."""
        known = [episode.detected_after_s for episode in self.episodes if episode.detected_after_s]
        return median(known) if known else None

    @property
    def missing(self) -> float | None:
        """The share of periods without a datapoint; None for a composite alarm."""
        if self.replayed is None or self.replayed.judged is None:
            return None
        values = self.replayed.judged.values
        return float(np.isnan(values).mean()) if len(values) else 1.0

    def as_dict(self) -> dict[str, Any]:
        alarm = self.replayed.alarm if self.replayed else None
        return {
            "alarm": self.name,
            "kind": "composite" if isinstance(alarm, CompositeAlarm) else "metric",
            "threshold": alarm.threshold if isinstance(alarm, MetricAlarm) else None,
            "problem": self.problem or None,
            "pages": found_in.pages(self.episodes),
            "pagesPerWeek": round(self.pages_per_week, 2),
            "minutesInAlarm": self.minutes_in_alarm,
            "flaps": self.flaps,
            "detectedAfterSeconds": self.detected_after_s,
            "missing": self.missing,
            "episodes": [_episode(episode) for episode in self.episodes],
            "history": None if self.comparison is None else {
                "agreed": self.comparison.agreed,
                "onlyReplayed": [_episode(episode) for episode in self.comparison.only_replayed],
                "onlyInHistory": [_episode(episode) for episode in self.comparison.only_lived],
            },
            "proposal": None if self.proposal is None else {
                "wish": self.proposal.wish,
                "threshold": self.proposal.threshold,
                "tradeOff": [_candidate(candidate) for candidate in self.proposal.trade_off],
            },
        }  # fmt: skip


@dataclass(frozen=True, eq=False)
class BacktestReport:
    """What every alarm did between ``start`` and ``end`` (epoch seconds)."""

    title: str
    start: int
    end: int
    alarms: tuple[AlarmReport, ...]

    def as_dict(self) -> dict[str, Any]:
        return {
            "title": self.title,
            "start": iso(self.start),
            "end": iso(self.end),
            "alarms": [alarm.as_dict() for alarm in self.alarms],
        }


def backtest(
    alarms: LoadedAlarms,
    history: MetricHistory,
    title: str,
    *,
    wish: float | None = 1.0,
    past: Past = lambda name: None,
) -> BacktestReport:
    """Replay ``alarms`` over ``history``.

    ``wish`` is the rate of pages a week to propose thresholds for; None proposes none.
    """
    replayed: dict[str, Replayed] = {}
    reports: dict[str, AlarmReport] = {}
    for alarm in alarms.metric:
        try:
            replayed[alarm.name] = replay_metric(alarm, history)
        except (MissingRecordingError, DefinitionError, ExpressionError) as error:
            reports[alarm.name] = AlarmReport(alarm.name, problem=str(error))
            continue
        reports[alarm.name] = _report(replayed[alarm.name], history, wish, past)
    for composite in evaluation_order(alarms.composite):
        name = composite.name
        lacking = [child for child in parse_rule(composite.rule).children if child not in replayed]
        if lacking:
            problem = f"its children {', '.join(lacking[:3])} were not replayed"
            reports[name] = AlarmReport(name, problem=problem)
            continue
        replayed[name] = replay_composite(composite, replayed)
        reports[name] = _report(replayed[name], history, wish, past)
    for refused in alarms.refused:
        problem = "; ".join(refused.problems)
        reports[refused.subject] = AlarmReport(refused.subject, problem=problem)
    return BacktestReport(title, history.start, history.end, tuple(reports.values()))


def _report(run: Replayed, history: MetricHistory, wish: float | None, past: Past) -> AlarmReport:
    name = run.alarm.name
    lived = past(name)
    comparison = None if lived is None else compare(run.episodes, lived)
    proposal = None if wish is None else propose(run, history, wish)
    return AlarmReport(name, run, comparison, proposal)


def _episode(episode: Episode) -> dict[str, Any]:
    return {
        "start": iso(episode.start),
        "end": iso(episode.end),
        "minutes": episode.minutes,
        "enteredInThisTime": episode.seen_from_start,
        "detectedAfterSeconds": episode.detected_after_s,
    }


def _candidate(candidate: Candidate) -> dict[str, Any]:
    return {
        "threshold": candidate.threshold,
        "pagesPerWeek": candidate.pages_per_week,
        "minutes": candidate.minutes,
        "missed": candidate.missed,
    }
