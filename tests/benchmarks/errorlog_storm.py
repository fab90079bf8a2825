"""A thousand containers fail at once: what reaches the table, and whether the counts stay right.

    python -m tests.benchmarks.errorlog_storm

A simulation under a clock of its own. Budgets and cool-downs are the library's own; only the
network is not there. The store takes what one partition of the index takes, 1,000 write units a
second (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html),
and throttles the rest: 250 records a second at 4 KB, 500 at 2 KB, as all records of one function
share a key of the index. Every container fails ten times a second with one fingerprint.
"""

from __future__ import annotations

import argparse
import random
import time
from dataclasses import dataclass
from typing import Any

from errorlog.dynamodb.failure import Refused
from errorlog.settings import from_environment
from errorlog.storms import Budget
from errorlog.table import NotWritten, Table

WRITE_UNITS_A_SECOND = 1_000
FAILURES_A_SECOND = 10


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


class Partition:
    """Takes ``WRITE_UNITS_A_SECOND``, as the client that a Table writes with."""

    def __init__(self, clock: Clock, record_kb: int) -> None:
        self._clock = clock
        self._record_kb = record_kb
        self._second = -1
        self._units = 0
        self.asked = 0
        self.took = 0

    def put_item(self, *_: Any) -> None:
        self.asked += 1
        if int(self._clock.now) != self._second:
            self._second, self._units = int(self._clock.now), 0
        if self._units + self._record_kb > WRITE_UNITS_A_SECOND:
            raise Refused("ThrottlingException", "the partition of the index is full", busy=True)
        self._units += self._record_kb
        self.took += 1


@dataclass
class Result:
    failed: int
    asked: int
    in_table: int
    in_log: int
    suppressed: int

    @property
    def counted(self) -> int:
        return self.in_table + self.in_log + self.suppressed


def simulate(containers: int, seconds: int, record_kb: int) -> Result:
    settings, clock = from_environment(), Clock()
    partition = Partition(clock, record_kb)
    fleet = [
        (Budget(settings.burst, settings.refill_s), Table(clock, partition))
        for _ in range(containers)
    ]
    result = Result(0, 0, 0, 0, 0)
    carried = 0  # what records said in their field `suppressed`
    for step in range(seconds * FAILURES_A_SECOND):
        clock.now = step / FAILURES_A_SECOND
        random.shuffle(fleet)
        for budget, table in fleet:
            result.failed += 1
            before = budget.take("v1:one bug", clock.now)
            if before is None:
                result.suppressed += 1  # the metric ErrorLogSuppressed
                continue
            carried += before
            try:
                table.put("errors", {}, settings.timeout_s, None)
                result.in_table += 1
            except NotWritten:
                result.in_log += 1
    # The storm ends; the next record of each container brings the rest of its count.
    owed = sum(budget.take("v1:one bug", clock.now + 1_000) or 0 for budget, _ in fleet)
    if carried + owed != result.suppressed:
        raise AssertionError(f"records say {carried + owed}, metric says {result.suppressed}")
    result.asked = partition.asked
    return result


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--containers", type=int, default=1_000)
    options.add_argument("--seconds", type=int, default=30)
    chosen = options.parse_args()
    random.seed(1)
    time.sleep = lambda _: None  # the pause before a repeated call: no time of the simulation
    print("record  failed  put calls  in table  in log  suppressed  counted")  # noqa: T201
    for record_kb in (2, 4, 20):
        found = simulate(chosen.containers, chosen.seconds, record_kb)
        print(  # noqa: T201
            f"{record_kb:3} KB {found.failed:8} {found.asked:10} {found.in_table:9} "
            f"{found.in_log:7} {found.suppressed:11} {found.counted:8}"
        )
        if found.counted != found.failed:
            raise SystemExit("counts differ")


if __name__ == "__main__":
    main()
