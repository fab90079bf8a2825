"""Benchmark of ``replay``: error-rate alarms over minutes of history, against two yardsticks.

    python -m tests.benchmarks.engine_replay            the whole table, about a minute
    python -m tests.benchmarks.engine_replay --quick    a tenth of the alarms

The work: alarms on ``100 * errors / invocations`` (two metrics of one-minute Sums, 2 of 2
datapoints above 5), evaluated at every minute. ``complete`` history has every datapoint, as a busy
function's; in history with ``gaps`` 2 % of the minutes have none and 1 % report no invocation, so
that all of CloudWatch's rules for missing data are at work. Yardsticks of the same run:

- the bare numpy kernel: divide, compare, count in the window, on the same arrays, with none of
  CloudWatch's rules (with gaps its answer is wrong, and it is no slower for them);
- the naive evaluator of the tests, in plain Python, on a part of one alarm, scaled up.

Times are CPU time, the best of several rounds taken in turns, in one process and one thread: what
else runs on the machine counts as little as it can. Memory is what tracemalloc sees beyond the
input arrays while all alarms are replayed and their results kept.
"""

from __future__ import annotations

import argparse
import gc
import sys
import time
import tracemalloc
from collections.abc import Callable

import numpy as np

from tests.unit.cloudwatch import naive_evaluator as naive
from tocsin.cloudwatch import (
    Metric,
    MetricAlarm,
    MetricQuery,
    MetricStat,
    Series,
    State,
    evaluation_range,
    replay,
    validate,
)

MINUTES_A_DAY = 1440
START = 1_700_000_040
EVALUATIONS_BY_NAIVE = 1_000
RANGE = evaluation_range(2, 60)
"""Datapoints that each evaluation looks at."""


class Arrays:
    """History in memory: one array of one-minute Sums per metric."""

    def __init__(self, start: int) -> None:
        self.start = start
        self.values: dict[Metric, np.ndarray] = {}

    def series(self, stat: MetricStat, start: int, end: int) -> Series:
        """The part asked for; the arrays cover every instant the benchmark evaluates."""
        first = (start - self.start) // 60
        return Series(start, 60, self.values[stat.metric][first : first + (end - start) // 60])


def error_rate_alarm(name: str) -> MetricAlarm:
    """The alarm that stacks made by this project have for every function."""

    def stat(metric: str) -> MetricStat:
        return MetricStat(Metric.of("AWS/Lambda", metric, {"FunctionName": name}), 60, "Sum")

    return validate(
        MetricAlarm(
            name=f"error-rate-{name}",
            queries=(
                MetricQuery("rate", expression="100 * errors / invocations"),
                MetricQuery("errors", stat=stat("Errors"), return_data=False),
                MetricQuery("invocations", stat=stat("Invocations"), return_data=False),
            ),
            threshold=5.0,
            comparison_operator="GreaterThanThreshold",
            evaluation_periods=2,
            datapoints_to_alarm=2,
            treat_missing_data="notBreaching",
        )
    )


def history(alarms: list[MetricAlarm], datapoints: int, gaps: bool) -> Arrays:
    """Poisson traffic with a failure rate that wanders around the threshold."""
    random = np.random.default_rng(1)
    source = Arrays(START - RANGE * 60)
    for alarm in alarms:
        size = datapoints + RANGE
        invocations = random.poisson(40, size).astype(np.float64)
        if gaps:
            invocations[random.random(size) < 0.01] = 0
        wave = 0.03 * (1 + np.sin(np.arange(size) / 97))
        errors = random.binomial(invocations.astype(int), wave).astype(np.float64)
        absent = random.random(size) < 0.02
        for query, values in zip(alarm.queries[1:], (errors, invocations), strict=True):
            if gaps:
                values[absent] = np.nan
            assert query.stat is not None
            source.values[query.stat.metric] = values
    return source


def bare_kernel(alarms: list[MetricAlarm], source: Arrays) -> int:
    """What numpy needs for the arithmetic alone."""
    total = 0
    for alarm in alarms:
        errors, invocations = (source.values[q.stat.metric] for q in alarm.queries if q.stat)
        with np.errstate(all="ignore"):
            rate = 100 * errors / invocations
        breaching = rate > alarm.threshold
        count = breaching[1:].astype(np.int8) + breaching[:-1]
        total += int(np.count_nonzero(count >= 2))
    return total


def engine(alarms: list[MetricAlarm], source: Arrays, datapoints: int) -> list[object]:
    """Every alarm replayed at every minute."""
    end = START + (datapoints - 1) * 60
    return [replay(alarm, source, START, end, State.OK) for alarm in alarms]


def naive_seconds_per_evaluation(alarm: MetricAlarm, source: Arrays) -> float:
    """Plain Python on a part of one alarm's history, given only the samples it looks at."""
    api = {
        "Metrics": [
            {"Id": "rate", "Expression": "100 * errors / invocations"},
            *(
                {
                    "Id": query.id,
                    "ReturnData": False,
                    "MetricStat": {
                        "Metric": {"Namespace": "AWS/Lambda", "MetricName": query.id},
                        "Period": 60,
                        "Stat": "Sum",
                    },
                }
                for query in alarm.queries[1:]
            ),
        ],
        "Threshold": alarm.threshold,
        "ComparisonOperator": alarm.comparison_operator,
        "EvaluationPeriods": 2,
        "DatapointsToAlarm": 2,
        "TreatMissingData": "notBreaching",
    }
    points = {
        query.id: [None if v != v else v for v in source.values[query.stat.metric].tolist()]
        for query in alarm.queries
        if query.stat
    }
    state, began = "OK", time.thread_time()
    for index in range(EVALUATIONS_BY_NAIVE):
        # The window's datapoints only: scanning all samples each time would flatter the engine.
        near = {
            id: [
                (START - 60 * (RANGE - position), value)
                for position, value in enumerate(values[index : index + RANGE], start=index)
                if value is not None
            ]
            for id, values in points.items()
        }
        state = naive.evaluate(api, near, START + 60 * index, state)
    return (time.thread_time() - began) / EVALUATIONS_BY_NAIVE


def best(works: list[Callable[[], object]], rounds: int) -> list[float]:
    """Seconds of each work's fastest round; the works take turns, so that a busy machine is
    equally busy for all of them."""
    times: list[list[float]] = [[] for _ in works]
    for _ in range(rounds):
        for work, own in zip(works, times, strict=True):
            gc.collect()
            began = time.thread_time()
            work()
            own.append(time.thread_time() - began)
    return [min(own) for own in times]


def peak_beyond_inputs(alarms: list[MetricAlarm], source: Arrays, datapoints: int) -> int:
    """Bytes allocated at the peak of a replay that keeps every result."""
    gc.collect()
    tracemalloc.start()
    kept = engine(alarms, source, datapoints)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    del kept
    return peak


def row(count: int, days: int, gaps: bool, rounds: int) -> str:
    """One line of the table."""
    datapoints = days * MINUTES_A_DAY
    alarms = [error_rate_alarm(f"f{index}") for index in range(count)]
    source = history(alarms, datapoints, gaps)
    inputs = sum(values.nbytes for values in source.values.values())
    evaluations = count * datapoints
    engine(alarms[:5], source, datapoints)
    ours, bare = best(
        [lambda: engine(alarms, source, datapoints), lambda: bare_kernel(alarms, source)], rounds
    )
    plain = naive_seconds_per_evaluation(alarms[0], source) * evaluations
    peak = peak_beyond_inputs(alarms, source, datapoints)
    return (
        f"| {'gaps' if gaps else 'complete'} | {count:,} | {days} | {evaluations / 1e6:.2f} M "
        f"| {ours * 1e3:,.1f} ms | {ours / evaluations * 1e9:.1f} ns | {ours / bare:.2f} x "
        f"| {plain / ours:,.0f} x | {inputs / 1e6:,.1f} MB | {(inputs + peak) / inputs:.2f} x |"
    )


def main() -> None:
    """Print the table as Markdown."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a tenth of the alarms")
    parser.add_argument("--rounds", type=int, default=20, help="rounds of which the best counts")
    options = parser.parse_args()
    most = 100 if options.quick else 1000
    sys.stdout.write(
        "| history | alarms | days | evaluations | replay | per evaluation | to bare numpy "
        "| faster than naive | inputs | peak memory to inputs |\n"
        "|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|\n"
    )
    growth = [(10, 14), (100, 14), (most, 14), (most, 7), (most, 3), (most, 1)]
    runs = [(count, days, False) for count, days in growth]
    runs += [(count, 14, True) for count in (10, most)]
    for count, days, gaps in runs:
        sys.stdout.write(row(count, days, gaps, options.rounds) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
