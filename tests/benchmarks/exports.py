"""Ten million records as DynamoDB exports them, and what reading them takes: time, memory, counts.

    python -m tests.benchmarks.exports --records 10000000 --folder /tmp/exports

Four exports (two accounts, two regions, two stages) with every file that an export has, gzip JSON
lines of some 2 KB. Written once, where the folder has them not; then every way of reading them runs
in a process of its own, and its counts are held to what was written.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataExport.Output.html
"""

import argparse
import base64
import functools
import gzip
import hashlib
import itertools
import json
import multiprocessing
import os
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from errorlog.attributes import item
from tests.conftest import DEMO, ROOT

BUGS, FUNCTIONS = 2_000, 40
PER_FILE = 50_000
DAYS = 30
BEGAN = datetime(2026, 10, 1, tzinfo=UTC)
COUNTS = "counts.json"
QUESTION = (ROOT / "docs" / "exports.sql").read_text(encoding="utf-8")
_TASK = "from tocsin.cli.command import main; main()"
_WITHOUT = "import sys; sys.modules['duckdb'] = None; "
HOLES = ("ID", "TIME", "FUNCTION", "REQUEST", "RELEASE", "STAGE")


@dataclass(frozen=True)
class ExportedTable:
    """A table that was exported."""

    account: str
    region: str
    stage: str

    @property
    def arn(self) -> str:
        return f"arn:aws:dynamodb:{self.region}:{self.account}:table/error-log-table-{self.stage}"


PLACES = tuple(
    ExportedTable(account, region, stage)
    for (account, stage), region in itertools.product(
        (("111111111111", "prod"), ("222222222222", "dev")), ("eu-west-1", "us-east-1")
    )
)


def fingerprint(bug: int) -> str:
    return f"v1:{bug * 2_654_435_761 % 2**64:016x}"


def record(bug: int) -> dict[str, Any]:
    """A record of ``bug`` as the error log writes it, with names where records differ."""
    frames = "".join(
        f'  File "/var/task/orders/step_{bug % 97}_{depth}.py", line {20 + depth}, in reserve\n'
        f"    return self.stock.take(order.sku, order.quantity - {depth})\n"
        for depth in range(8)
    )
    lines = [{"sku": f"SKU-{n:05d}", "quantity": n, "price": "12.50"} for n in range(6)]
    return {
        "errorId": "ID", "timestamp": "TIME", "functionName": "FUNCTION", "requestId": "REQUEST",
        "functionVersion": "$LATEST", "stage": "STAGE", "release": "RELEASE",
        "errorType": f"{('Key', 'Value', 'Timeout', 'Stock')[bug % 4]}Error",
        "errorMessage": f"case {bug}: nothing is left of it", "source": "handler",
        "handled": False, "coldStart": bug % 3 == 0, "durationMs": 593.858, "memoryMb": 256,
        "remainingMs": 5_000, "expiresAt": 1_798_485_820, "logGroup": "/aws/lambda/FUNCTION",
        "logStream": "2026/10/01/[$LATEST]0a1b2c3d4e5f60718293a4b5c6d7e8f9",
        "event": {"order": {"id": f"o-{bug}", "lines": lines}, "headers": {"accept": "*/*"}},
        "stackTrace": f"Traceback (most recent call last):\n{frames}KeyError: 'case {bug}'",
        "topFrame": f"orders/step_{bug % 97}_7.py:27 in reserve",
        "fingerprint": fingerprint(bug), "counter": "0402e192660d8c21.1",
        "counted": 1, "suppressed": 0,
    }  # fmt: skip


@functools.cache
def line_of(bug: int) -> str:
    """The line of such a record in an export, to be filled by ``%``."""
    written = json.dumps({"Item": item(record(bug))}).replace("%", "%%")
    for hole in HOLES:
        written = written.replace(f'"{hole}"', f'"%({hole})s"')
    written = written.replace("/FUNCTION", "/%(FUNCTION)s")
    return written.replace('"suppressed": {"N": "0"}', '"suppressed": {"N": "%(SUPPRESSED)s"}')


def file_lines(
    place: ExportedTable, number: int, records: int, counts: Counter[str]
) -> Iterator[str]:
    """The lines of one file; ``counts`` gets the failures of each fingerprint."""
    chance = random.Random(f"{place} {number}")
    lines = [line_of(bug) for bug in range(BUGS)]
    prints = [fingerprint(bug) for bug in range(BUGS)]
    functions = [f"service-{n}-function-{place.stage}" for n in range(FUNCTIONS)]
    hours = [f"{BEGAN + timedelta(hours=n):%Y-%m-%dT%H}" for n in range(24 * DAYS)]
    for position in range(records):
        # Few bugs make most of the failures.
        bug = int(BUGS * chance.random() ** 3)
        hour = int(len(hours) * chance.random())
        noise = chance.getrandbits(128)
        suppressed = 7 if noise % 20 == 0 else 0
        counts[prints[bug]] += 1 + suppressed
        yield lines[bug] % {
            "ID": f"01{number:06d}{position:018d}",
            "TIME": f"{hours[hour]}:{noise % 60:02d}:{noise // 60 % 60:02d}.{noise % 1_000:03d}Z",
            "FUNCTION": functions[bug % FUNCTIONS], "STAGE": place.stage,
            "REQUEST": f"{noise:032x}", "RELEASE": f"r{hour // 120}", "SUPPRESSED": suppressed,
        }  # fmt: skip


def write_file(task: tuple[Path, ExportedTable, int, int]) -> tuple[dict[str, Any], Counter[str]]:
    """One data file; its line of the manifest and its failures by fingerprint."""
    data, place, number, records = task
    counts: Counter[str] = Counter()
    name = hashlib.sha256(f"{place} {number}".encode()).hexdigest()[:26]
    file = data / f"{name}.json.gz"
    lines = file_lines(place, number, records, counts)
    with gzip.open(file, "wb", compresslevel=1) as written:
        while some := "\n".join(itertools.islice(lines, 500)):
            written.write(f"{some}\n".encode())
    with file.open("rb") as content:
        checksum = hashlib.file_digest(content, lambda: hashlib.md5(usedforsecurity=False))
    manifest = {
        "itemCount": records,
        "md5Checksum": base64.b64encode(checksum.digest()).decode(),
        "etag": f"{checksum.hexdigest()}-1",
        "dataFileS3Key": f"AWSDynamoDB/{data.parent.name}/data/{file.name}",
    }
    return manifest, counts


def write(folder: Path, records: int, processes: int) -> None:
    """The exports, each with ``records / len(PLACES)`` of the records, and their counts."""
    totals: Counter[str] = Counter()
    for index, place in enumerate(PLACES):
        export = folder / place.stage / "AWSDynamoDB" / f"01700000000{index:03d}-{index:08x}"
        data = export / "data"
        data.mkdir(parents=True)
        left = records * (index + 1) // len(PLACES) - records * index // len(PLACES)
        sizes = [min(PER_FILE, left - start) for start in range(0, left, PER_FILE)]
        tasks = [(data, place, 1_000 * index + n, size) for n, size in enumerate(sizes)]
        with multiprocessing.Pool(processes) as pool:
            made = pool.map(write_file, tasks, chunksize=1)
        (export / "_started").touch()
        lines = "".join(f"{json.dumps(manifest)}\n" for manifest, _ in made)
        summary = json.dumps({
            "version": "2020-06-30", "exportArn": f"{place.arn}/export/{export.name}",
            "tableArn": place.arn, "s3Bucket": "our-exports", "itemCount": left,
            "manifestFilesS3Key": f"AWSDynamoDB/{export.name}/manifest-files.json",
            "outputFormat": "DYNAMODB_JSON", "exportType": "FULL_EXPORT",
            "exportTime": f"{BEGAN + timedelta(days=DAYS):%Y-%m-%dT%H:%M:%S.000Z}",
        })  # fmt: skip
        for name, text in (("manifest-files", lines), ("manifest-summary", summary)):
            (export / f"{name}.json").write_text(text, encoding="utf-8")
            checksum = hashlib.md5(text.encode(), usedforsecurity=False).digest()
            (export / f"{name}.md5").write_text(base64.b64encode(checksum).decode())
        for _, counts in made:
            totals.update(counts)
    (folder / COUNTS).write_text(json.dumps(totals), encoding="utf-8")


def measured(what: str, command: Sequence[str]) -> bytes:
    """What ``command`` prints; how long it took, and the most memory it had, are printed."""
    began = time.monotonic()
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=DEMO, env=environment) as running:
        assert running.stdout is not None
        printed = running.stdout.read()
        _, status, used = os.wait4(running.pid, 0)
        running.returncode = os.waitstatus_to_exitcode(status)
    if running.returncode:
        raise SystemExit(f"{what}: exit {running.returncode}")
    cpu = used.ru_utime + used.ru_stime
    took = time.monotonic() - began
    say(f"{what:<44}{took:>8.0f} s{cpu:>8.0f} s CPU{used.ru_maxrss / 1024:>8.0f} MB at most")
    return printed


def say(text: str) -> None:
    print(text, flush=True)  # noqa: T201


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--records", type=int, default=10_000_000)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--processes", type=int, default=2)
    asked = parser.parse_args()
    folder: Path = asked.folder
    if not (folder / COUNTS).exists():
        began = time.monotonic()
        write(folder, asked.records, asked.processes)
        say(f"written in {time.monotonic() - began:.0f} s")
    size = sum(file.stat().st_size for file in folder.rglob("*.json.gz"))
    say(f"{asked.records:,} records, {size / 1e9:.2f} GB of gzip")
    expected = json.loads((folder / COUNTS).read_text(encoding="utf-8"))
    wrong = 0
    for what, program in (("DuckDB", _TASK), ("Python alone", f"{_WITHOUT}{_TASK}")):
        reading = ["errors-groups", "--from", str(folder.resolve()), "--json"]
        printed = measured(f"errors-groups, {what}", [sys.executable, "-c", program, *reading])
        counts = {group["fingerprint"]: group["count"] for group in json.loads(printed)}
        say(f"    {len(counts)} bugs, counts {'exact' if counts == expected else 'WRONG'}")
        wrong += counts != expected
    question = ["errors-query", QUESTION, "--from", str(folder.resolve()), "--limit", "5", "--json"]
    measured("errors-query, docs/exports.sql", [sys.executable, "-c", _TASK, *question])
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
