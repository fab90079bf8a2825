"""Benchmark of the backtest: many alarms over a fortnight of minutes, from a file.

    python -m tests.benchmarks.backtest_report            500 alarms x 14 days, a minute or two
    python -m tests.benchmarks.backtest_report --quick    a tenth of the alarms

The work: error-rate alarms on two metrics each, 20,160 datapoints a metric, read from a file of
each format, replayed, and reported with a proposed threshold (12 candidates, each replayed). What
is measured of one run: reading the file, the report with its proposals, the HTML page; and the
same report without proposals, which is the replay alone. One process; times are of one run each.
"""

import argparse
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeVar

import numpy as np

from tests.benchmarks.engine_replay import error_rate_alarm
from tocsin.backtest import MetricHistory, backtest, load, save, write_page
from tocsin.backtest.history_files import ENDINGS
from tocsin.cloudwatch import MetricAlarm, MetricStat, Series
from tocsin.scenarios.loading import LoadedAlarms

T = TypeVar("T")

START = 1_793_577_600
DAYS = 14


def history(alarms: list[MetricAlarm]) -> MetricHistory:
    """Healthy traffic with a bad hour now and then, and 1 % of the minutes without datapoint."""
    random = np.random.default_rng(1)
    size = DAYS * 1_440
    series: dict[MetricStat, Series] = {}
    for alarm in alarms:
        invocations = random.poisson(200, size).astype(float)
        rate = np.full(size, 0.004)
        for begin in random.integers(0, size - 60, 4):
            rate[begin : begin + random.integers(5, 60)] = 0.12
        errors = random.binomial(invocations.astype(int), rate).astype(float)
        silent = random.random(size) < 0.01
        for query, values in zip(alarm.queries[1:], (errors, invocations), strict=True):
            assert query.stat is not None
            values[silent] = np.nan
            series[query.stat] = Series(START, 60, values)
    return MetricHistory(START, START + DAYS * 86_400, series)


def timed(work: Callable[[], T]) -> tuple[T, float]:
    began = time.perf_counter()
    return work(), time.perf_counter() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    count = 50 if parser.parse_args().quick else 500
    alarms = [error_rate_alarm(f"function-{index}") for index in range(count)]
    written = history(alarms)
    print(f"{count} alarms, {DAYS} days, {2 * count * DAYS * 1_440 / 1e6:.1f} M datapoints\n")  # noqa: T201
    print("| file | size | read | report | of it replay | page | share of reading |")  # noqa: T201
    print("|---|---:|---:|---:|---:|---:|---:|")  # noqa: T201
    every = LoadedAlarms(tuple(alarms))
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "page.html"
        for ending in ENDINGS:
            file = Path(folder) / f"metrics{ending}"
            save(file, written)
            read, reading = timed(partial(load, file))
            report, reporting = timed(partial(backtest, every, read, "Backtest"))
            _, replaying = timed(partial(backtest, every, read, "Backtest", wish=None))
            _, writing = timed(partial(write_page, page, report))
            share = reading / (reading + reporting)
            print(  # noqa: T201
                f"| {ending} | {file.stat().st_size / 1e6:.0f} MB | {reading:.1f} s "
                f"| {reporting:.1f} s | {replaying:.1f} s | {writing:.1f} s | {100 * share:.0f} % |"
            )


if __name__ == "__main__":
    main()
