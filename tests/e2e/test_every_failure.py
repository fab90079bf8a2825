"""Every way of failing, under Lambda's conditions at three sizes: its records, alarm and drill.

Part of ``invoke test-deep``. With ``TOCSIN_WRITE_DOCS=1`` the table of docs/failures.md is written
anew; tests/unit/test_failures.py reads it without a stage.
"""

import json
import os
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml

from tests.conftest import ROOT, copy_project, deep
from tests.e2e.conftest import Project, free_port
from tests.e2e.failing_functions import (
    BY_HAND,
    CANNOT_START,
    COLLECTOR,
    HANDLER,
    NO_RECORD,
    NOT_BY_DRILL,
    WAYS,
    Way,
)
from tests.waiting import until
from tocsin.drill.checks import Link

NO_CALL = ""
DOCS = ROOT / "docs" / "failures.md"
BEGIN, END = "<!-- made by tests/e2e/test_every_failure.py -->", "<!-- until here -->"
MEMORY_MB = (128, 256, 512)
# Minutes in which every function fails: the quickest alarm on errors asks for two of them, and
# one that is called asynchronously for four.
FAILING_MINUTES = 5
pytestmark = deep


class Record(NamedTuple):
    """What is looked at of a record."""

    source: str
    error_type: str


@dataclass(frozen=True)
class Found:
    """What one function's failure left: by which way its records came, how many, what rang."""

    by: frozenset[str]
    types: frozenset[str]
    records: int
    alarms: frozenset[str]

    drill: tuple[tuple[str, str], ...] = ()
    """Of the drill's checks that are for such a failure: the kind, and the links that it saw."""

    def row(self, way: Way) -> list[str]:
        recorded = "yes" if self.records else "nothing ran"
        by = ", ".join(sorted(self.by)) or NO_RECORD
        alarms = ", ".join(f"`{alarm}`" for alarm in self.alarms)
        drill = "; ".join(f"`{kind}`: {links}" for kind, links in self.drill) or NOT_BY_DRILL
        return [recorded, str(self.records), by, alarms, drill]


class Stage:
    """The functions of ``WAYS``, deployed with so much memory."""

    def __init__(self, folder: Path, memory_mb: int) -> None:
        root = copy_project(folder / "a project")
        declared = yaml.safe_load((root / "monitoring.yml").read_text())
        del declared["drill"]  # the events of the demo functions; errorlog answers for these here
        declared["alarms"] = {"latency": {"enabled": False}, "throttles": {"enabled": False}}
        declared["functions"] = {
            key: {"memory": memory_mb, "timeout": 20, "environment": {"ERROR_LOG_BURST": 1_000}}
            | dict(way.settings)
            for key, way in WAYS.items()
        }
        (root / "monitoring.yml").write_text(yaml.safe_dump(declared))
        for scenarios in (root / "tests" / "alarms").glob("*.yml"):
            scenarios.unlink()  # of the demo functions, which are not here
        for key, way in WAYS.items():
            (root / "functions" / key).mkdir()
            (root / "functions" / key / "handler.py").write_text(way.code)
        self.project = Project(root, free_port())
        self._calls: set[str] = set()

    def fail(self, key: str) -> None:
        """Let the function fail once."""
        way, client = WAYS[key], self.project.client("lambda")
        name = f"{key}-function-local"
        if way.tries == 0:
            return
        kind = "Event" if way.tries > 1 else "RequestResponse"
        answer = client.invoke(FunctionName=name, Payload=way.payload, InvocationType=kind)
        self._calls.add(answer["ResponseMetadata"]["RequestId"])
        if kind == "Event":
            return
        assert ("FunctionError" in answer) == way.raised, answer["Payload"].read()

    def records(self) -> dict[str, list[Record]]:
        """What is in the table of those calls, and not of the drill's, by the function's key."""
        pages = self.project.client("dynamodb").get_paginator("scan")
        found: dict[str, list[Record]] = {key: [] for key in WAYS}
        for page in pages.paginate(TableName="error-log-table-local"):
            for item in page["Items"]:
                if "functionName" not in item:  # what the collector knows of a stream
                    continue
                # The line about a result that is no JSON names no call; the drill causes none.
                if item.get("requestId", {}).get("S", NO_CALL) in {*self._calls, NO_CALL}:
                    key = item["functionName"]["S"].removesuffix("-function-local")
                    found[key].append(Record(item["source"]["S"], item["errorType"]["S"]))
        return found

    def ringing(self) -> set[str]:
        """Names of the alarms that page and are in ALARM."""
        pages = self.project.client("cloudwatch").get_paginator("describe_alarms")
        return {
            alarm["AlarmName"]
            for page in pages.paginate(StateValue="ALARM", AlarmTypes=["MetricAlarm"])
            for alarm in page["MetricAlarms"]
            if alarm["AlarmDescription"].startswith("[page]")
        }

    def advance(self, minutes: int) -> None:
        self.project.invoke("local-clock", "--advance", f"{minutes}m")

    def found(self) -> dict[str, Found]:
        seen = self.drill()
        with ThreadPoolExecutor(3) as several:
            list(several.map(self.fail, WAYS))
            self.until_recorded(1)
            records = self.records()
            rung: set[str] = set()
            for minute in range(FAILING_MINUTES):
                list(several.map(self.fail, WAYS))
                self.until_recorded(2 + minute)
                self.advance(1)
                rung |= self.ringing()
        for key in BY_HAND:
            self.project.client("cloudwatch").set_alarm_state(
                AlarmName=f"{key}-{WAYS[key].alarm}-alarm-local",
                StateValue="ALARM", StateReason="nothing counts its metric here",
            )  # fmt: skip
        rung |= self.ringing()
        # The hour of the schedule, and what a new alarm waits for first.
        self.advance(180)
        rung |= self.ringing()
        return {key: self._of(key, records[key], rung, seen) for key in WAYS}

    def drill(self) -> dict[tuple[str, str], str]:
        """The links that one drill over all functions saw, by the function's key and the kind.

        It ends as failed, since it calls functions that cannot start, and sees that.
        """
        done = self.project.invoke("smoke-test", "--stage", "local", "--json", expect=1)
        checks = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
        broken = {check["function"] for check in checks if check["result"] == "failed"}
        assert broken == CANNOT_START, [check for check in checks if check["result"] == "failed"]
        seen: dict[tuple[str, str], list[str]] = {}
        for check in checks:
            if check["result"] == "passed":
                seen.setdefault((check["function"], check["kind"]), []).append(check["link"])
        return {
            row: ", ".join(link for link in Link if link in links) for row, links in seen.items()
        }

    def until_recorded(self, failures: int) -> None:
        """Until each function has the records of so many failures, and of each try of them."""

        def lacking() -> dict[str, list[Record]]:
            found = self.records()
            return {
                key: found[key]
                for key, way in WAYS.items()
                if len(found[key]) < failures * way.records * way.tries
            }

        try:
            until(lambda: not lacking())
        except AssertionError:
            raise AssertionError(f"the records of {failures} failures: {lacking()}") from None

    @staticmethod
    def _of(
        key: str, records: list[Record], rung: set[str], seen: dict[tuple[str, str], str]
    ) -> Found:
        way = WAYS[key]
        ways = {"handler": HANDLER, "platform": COLLECTOR}
        own = re.compile(rf"{re.escape(key)}-(.+)-alarm-local")
        variants = {match[1] for name in rung if (match := own.fullmatch(name))}
        # Several windows look at one rate, and one page is told of them.
        alarms = {re.sub(r"-\d+m$|-last-run$", "", variant) for variant in variants}
        shown = alarms & {way.alarm} or alarms
        return Found(
            frozenset(ways[record.source] for record in records),
            frozenset(record.error_type for record in records),
            len(records) // max(1, way.tries),
            frozenset(shown),
            tuple((kind, seen.get((key, kind), "nothing")) for kind, _ in way.drill),
        )


@pytest.fixture(scope="module", params=MEMORY_MB)
def found(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[int, dict[str, Found]]]:
    stage = Stage(tmp_path_factory.mktemp("failures"), request.param)
    try:
        stage.project.invoke("deploy", "--stage", "local", "--no-smoke-test")
        yield request.param, stage.found()
    finally:
        stage.project.invoke("local-stop", expect=None)


def test_every_failure_is_its_records_and_its_alarm(found: tuple[int, dict[str, Found]]) -> None:
    memory_mb, of_functions = found
    wrong = []
    for key, way in WAYS.items():
        seen = of_functions[key]
        wanted = (way.records, {way.error_type} - {""}, {way.by} - {NO_RECORD}, {way.alarm})
        found_so = (seen.records, set(seen.types), set(seen.by), set(seen.alarms))
        if found_so != wanted or dict(seen.drill) != dict(way.drill):
            wrong.append(f"{key}: {seen}")
    assert wrong == []
    rows = table_rows(memory_mb, of_functions)
    if os.environ.get("TOCSIN_WRITE_DOCS") == "1":
        write(memory_mb, rows)
    said = DOCS.read_text(encoding="utf-8").splitlines()
    assert [row for row in rows if row not in said] == []


def table_rows(memory_mb: int, of_functions: dict[str, Found]) -> list[str]:
    """The lines of the table that ``memory_mb`` gives."""
    return [
        f"| {' | '.join([way.words, f'{memory_mb} MB', *of_functions[key].row(way)])} |"
        for key, way in WAYS.items()
    ]


def write(memory_mb: int, rows: list[str]) -> None:
    """Put ``rows`` into the page, in place of those of ``memory_mb``."""
    text = DOCS.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN)
    made, after = rest.split(END)
    head, lines = made.strip().splitlines()[:2], made.strip().splitlines()[2:]
    kept = [line for line in lines if f"| {memory_mb} MB |" not in line] + rows
    words = [way.words for way in WAYS.values()]
    kept.sort(key=lambda line: (words.index(line.split(" | ")[0][2:]), _memory(line)))
    DOCS.write_text(f"{before}{BEGIN}\n" + "\n".join([*head, *kept]) + f"\n{END}{after}")


def _memory(line: str) -> int:
    return int(line.split(" | ")[1].split()[0])
