"""The tables of docs/alarms.md, from the compiled alarms of tests/projects/cadences."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tocsin.cloudwatch import MetricAlarm
from tocsin.scenarios.cadence import Outage, Traffic, outage
from tocsin.scenarios.loading import LoadedAlarms

CADENCES = {
    "1 s": 1, "6 s": 6, "1 min": 60, "4 min": 240, "10 min": 600, "30 min": 1_800, "1 h": 3_600,
}  # fmt: skip
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


def alarms_on(alarms: LoadedAlarms, function: str) -> list[MetricAlarm]:
    """The error-rate alarms of ``function``."""
    begins = f"{function}-error-rate"
    return [alarm for alarm in alarms.metric if alarm.name.startswith(begins)]


def tables(alarms: LoadedAlarms) -> str:
    rows = [cell.row(alarms_on(alarms, cell.function)) for cell in cells()]
    quick = alarms_on(alarms, "quick")
    quiet = [f"| {words} | {healthy(quick, CADENCES[words])} |" for words in HEALTHY]
    return "\n".join(
        [HEADING, *rows, "", "| a call every | times in ALARM in a week |", "| --- | --- |", *quiet]
    )


def _figures(found: Outage) -> tuple[str, str, str, str]:
    if found.minutes is None:
        return "never", "-", "0", "-"
    recovery = "-" if found.recovery is None else str(found.recovery)
    return str(found.minutes), str(found.failing_calls), str(found.changes), recovery
