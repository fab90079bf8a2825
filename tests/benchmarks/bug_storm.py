"""A storm through the memory of bugs: is each failure counted once, each bug told of once?

`python -m tests.benchmarks.bug_storm`: 300,000 failures of 40 bugs in 1,000 containers over two
releases, 8 of the bugs resolved between them. errorlog's own budget says what becomes a record and
what a line only. A tenth of both never comes, but for the last of each counter; deliveries come up
to three times, in any order; the table's stream has several shards, whose batches come again as
well. DynamoDB is the tests' own, which counts what it would have cost.
"""

import random
import time
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from bugs.counting import Memory
from bugs.handler import remember
from bugs.telling import Rules, Teller
from collector.batch import Batch, Line
from collector.counted_only import CountedOnly
from errorlog.attributes import item
from errorlog.printed_lines import SUPPRESSED
from errorlog.settings import from_environment
from errorlog.storms import Budget
from tests.memory_dynamodb import MemoryDynamoDb
from tocsin.bugs import decisions
from tocsin.bugs.bug import Bug, iso
from tocsin.bugs.bug_items import bug_of
from tocsin.cost.prices import prices
from tocsin.json_values import json_text

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
TABLE = "bugs-table-prod"
SHARDS, BATCH = 6, 500
RELEASES = ("r1", "r2")
LOST = 0.1
_LINES = 40  # of one delivery


@dataclass
class Storm:
    """What failed, and what the memory makes of it."""

    failures: int
    containers: int = 1_000
    bugs: int = 40
    resolved: int = 8
    seed: int = 1
    failed: Counter[tuple[str, str]] = field(default_factory=Counter)
    notices: list[tuple[str, str]] = field(default_factory=list)
    batches: int = 0

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)
        self.client = MemoryDynamoDb()
        self.sequence = 0
        self.now = NOON
        memory = Memory(self.client, TABLE, pause=lambda _: None)
        self.teller = Teller(
            memory, self.client, TABLE, Rules(), "prod", self._send, lambda said: None
        )

    def run(self) -> None:
        """Both releases, one after the other."""
        for number, release in enumerate(RELEASES):
            self.now = NOON + timedelta(hours=number)
            self._deliver(list(self._release(release)))
            if not number:
                for bug in self.known()[: self.resolved]:
                    at = self.now + timedelta(minutes=10)
                    self.teller.memory.put(decisions.resolved(bug, iso(at), "ann"))

    @property
    def wrong(self) -> list[str]:
        """Fingerprints whose count in a release is another than how often they failed there."""
        return [
            bug.fingerprint
            for bug in self.known()
            for release in RELEASES
            if bug.releases[release].count != self.failed[bug.fingerprint, release]
        ]

    @property
    def usd_per_million(self) -> float:
        """What the memory's table took for a million failures, at the prices of ``cost``."""
        usd = self.client.write_units * prices().write_unit
        usd += self.client.read_units * prices().read_unit
        return 1_000_000 * usd / sum(self.failed.values())

    def known(self) -> list[Bug]:
        """The bugs as they are remembered."""
        items = self.client.items[TABLE]
        bugs = [bug_of(found) for key, found in items.items() if key[0].startswith("bug#")]
        return sorted(bugs, key=lambda bug: bug.fingerprint)

    def _send(self, document: dict[str, Any], _: str) -> None:
        self.notices.append((document["event"], document["bug"]["fingerprint"]))

    def _release(self, release: str) -> Iterator[dict[str, Any]]:
        """The items that come into the error table, in the order in which they do."""
        each = self.failures // len(RELEASES) // self.containers
        items: list[dict[str, Any]] = []
        for container in range(self.containers):
            budget, stream = Budget(20, 10), f"2026/11/23/[$LATEST]{release}{container}"
            counted_here: dict[str, int] = {}
            happened: list[tuple[dict[str, Any], bool]] = []
            for number in range(each):
                fingerprint = f"v1:{self.chance.randrange(self.bugs):016x}"
                self.failed[fingerprint, release] += 1
                written = budget.take(fingerprint, number / 10) is not None
                counter, counted = budget.count(fingerprint)
                counted_here[counter] = counted
                about = {
                    "timestamp": iso(self.now + timedelta(seconds=number / 10)),
                    "functionName": f"f{container % 7}-function-prod",
                    "logStream": stream, "errorType": "KeyError", "fingerprint": fingerprint,
                    "release": release, "counter": counter, "counted": counted,
                }  # fmt: skip
                happened.append((about, written))
            lines = []
            for number, (about, written) in enumerate(happened):
                is_last = about["counted"] == counted_here[str(about["counter"])]
                if not is_last and self.chance.random() < LOST:
                    continue
                if written:
                    error_id = f"{release}-{container}-{number}"
                    items.append({**about, "errorId": error_id, "errorMessage": "'sku'"})
                else:
                    line = json_text({"ErrorLogSuppressed": 1, SUPPRESSED: about})
                    lines.append(Line(int(self.now.timestamp() * 1_000), line))
            items += self._collected(lines, stream, container)
        self.chance.shuffle(items)
        yield from items

    def _collected(self, lines: list[Line], stream: str, container: int) -> list[dict[str, Any]]:
        """What the collector makes of the lines."""
        made: list[dict[str, Any]] = []
        group = f"/aws/lambda/f{container % 7}-function-prod"
        for start in range(0, len(lines), _LINES):
            batch = Batch(group, stream, tuple(lines[start : start + _LINES]))
            for _ in range(self.chance.choice((1, 1, 2, 3))):
                counted = CountedOnly(batch, from_environment())
                for line in batch.lines:
                    counted.line(line)
                made += counted.items()
        return made

    def _deliver(self, items: list[dict[str, Any]]) -> None:
        shards: list[list[dict[str, Any]]] = [[] for _ in range(SHARDS)]
        for made in items:
            self.sequence += 1
            shards[zlib.crc32(made["errorId"].encode()) % SHARDS].append(
                {
                    "eventName": "INSERT",
                    "dynamodb": {
                        "SequenceNumber": str(self.sequence),
                        "ApproximateCreationDateTime": self.now.timestamp(),
                        "NewImage": item(made),
                    },
                }
            )
        waiting = [
            {"Records": shard[start : start + BATCH]}
            for shard in shards
            for start in range(0, len(shard), BATCH)
        ]
        for batch in waiting:
            for _ in range(self.chance.choice((1, 1, 2, 3))):
                self.batches += 1
                remember(self.teller, batch, self.now + timedelta(minutes=1))


def main() -> None:
    storm = Storm(300_000)
    began = time.process_time()
    storm.run()
    known = {bug.fingerprint: bug for bug in storm.known()}
    wrong = storm.wrong
    failed = sum(storm.failed.values())
    events = Counter(event for event, _ in storm.notices)
    twice = [notice for notice, count in Counter(storm.notices).items() if count > 1]
    writes, reads = storm.client.write_units, storm.client.read_units
    print(  # noqa: T201
        f"{failed} failures of {len(known)} bugs: counted {sum(b.count for b in known.values())}, "
        f"wrong in {len(wrong)} of {2 * len(known)} counts\n"
        f"notices: {dict(events)}, {len(twice)} of them twice\n"
        f"{storm.batches} batches, {writes} write units, {reads:.0f} read units, "
        f"{storm.usd_per_million:.2f} USD a million failures; "
        f"{time.process_time() - began:.0f} s of CPU"
    )


if __name__ == "__main__":
    main()
