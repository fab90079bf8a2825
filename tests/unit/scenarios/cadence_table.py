"""The tables of docs/alarms.md, from the compiled alarms of tests/projects/cadences."""

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from tocsin.cloudwatch import MetricAlarm, MetricStore, State, replay
from tocsin.scenarios.cadence import Outage, Traffic, outage
from tocsin.scenarios.edge_search import START
from tocsin.scenarios.loading import LoadedAlarms
from tocsin.scenarios.synthetic_traffic import SyntheticCalls, put_calls

CADENCES = {
    "1 s": 1, "6 s": 6, "1 min": 60, "4 min": 240, "10 min": 600, "30 min": 1_800, "1 h": 3_600,
}  # fmt: skip
BURSTS = 300
HEALTHY = ("1 min", "30 min", "1 h")
SHARES = (1.0, 0.2, 0.07)
DURATIONS = {"quick": 0.1, "minutes": 180.0, "longest": 900.0}
TAKES = {"quick": "short", "minutes": "3 min", "longest": "15 min"}
DAY = 86_400
HEADING = (
    "| a call every | failing | a call takes | minutes to ALARM | failing calls by then | "
    "times in ALARM | minutes to recover |\n| --- | --- | --- | --- | --- | --- | --- |"
)


@dataclass(frozen=True)
class Cell:
    """One row of the table: a function of the project, and its traffic."""

    function: str
    words: tuple[str, str, str]
    traffic: Traffic

    def row(self, alarms: Sequence[MetricAlarm]) -> str:
        return f"| {' | '.join((*self.words, *_figures(outage(alarms, self.traffic))))} |"


def cells() -> Iterator[Cell]:
    for function, duration in DURATIONS.items():
        for share in SHARES if function == "quick" else SHARES[:1]:
            for words, every in CADENCES.items():
                # Two hours of outage or twelve calls, and as long before and after it.
                calls = max(12, 7_200 // every)
                bad = max(calls, int(6 * duration / every))
                after = max(4, int((7_200 + duration) / every))
                traffic = Traffic(every, share, duration, calls, bad, after)
                yield Cell(function, (words, f"{share:.0%}", TAKES[function]), traffic)
    for words, every in CADENCES.items():
        calls = max(12, 7_200 // every)
        retried = Traffic(every, 1.0, 0.1, calls, calls, calls, retried=True)
        yield Cell("uploads", (words, "100%", "short, tried three times"), retried)
    for function, every in (("hourly", 3_600), ("nightly", 86_400)):
        retried = Traffic(every, 1.0, 0.1, 8, 5, 3, retried=True)
        words = f"{function}, on schedule"
        yield Cell(function, (words, "100%", "short, tried three times"), retried)


def healthy(alarms: Sequence[MetricAlarm], every: int) -> int:
    """Times in ALARM in seven days of calls, each a day of its own, of which 1 % fail."""
    days = (Traffic(every, 0.01, 0.1, 0, DAY // every, 0, seed=seed) for seed in range(7))
    return sum(outage(alarms, day).changes for day in days)


def rings_of_a_burst(alarms: Sequence[MetricAlarm], seed: int) -> int:
    """Times in ALARM, of the alarms together, after minutes of failures that no call follows.

    Of each minute's one to eight calls a share fails that changes by the minute.
    """
    chance = random.Random(seed)
    store = MetricStore()
    dimensions = next(query.stat for query in alarms[0].queries if query.stat).metric.dimensions
    for minute in range(chance.choice((3, 6, 10, 15))):
        if chance.random() < 0.6:
            calls = chance.randint(1, 8)
            failed = sum(chance.random() < chance.choice((0.2, 0.5, 0.8)) for _ in range(calls))
            times = np.array([START + 60 * minute], dtype=np.int64)
            put_calls(store, dimensions, times, SyntheticCalls(calls, failed))
    rings, before = 0, False
    states = [
        replay(alarm, store, START, START + 2 * 3_600, State.OK, step=60).states for alarm in alarms
    ]
    for together in zip(*states, strict=True):
        now = State.ALARM in together
        rings += now and not before
        before = now
    return rings


def alarms_on(alarms: LoadedAlarms, function: str) -> list[MetricAlarm]:
    """The error-rate alarms of ``function``."""
    begins = f"{function}-error-rate"
    return [alarm for alarm in alarms.metric if alarm.name.startswith(begins)]


def tables(alarms: LoadedAlarms) -> str:
    rows = [cell.row(alarms_on(alarms, cell.function)) for cell in cells()]
    quick = alarms_on(alarms, "quick")
    quiet = [f"| {words} | {healthy(quick, CADENCES[words])} |" for words in HEALTHY]
    bursts = Counter(min(rings_of_a_burst(quick, seed), 2) for seed in range(BURSTS))
    return "\n".join(
        [
            *(HEADING, *rows, ""),
            *("| a call every | times in ALARM in a week |", "| --- | --- |", *quiet, ""),
            *("| bursts | not in ALARM | once | more often |", "| --- | --- | --- | --- |"),
            f"| {BURSTS} | {bursts[0]} | {bursts[1]} | {bursts[2]} |",
        ]
    )


def _figures(found: Outage) -> tuple[str, str, str, str]:
    if found.minutes is None:
        return "never", "-", "0", "-"
    recovery = "-" if found.recovery is None else str(found.recovery)
    return str(found.minutes), str(found.failing_calls), str(found.changes), recovery
