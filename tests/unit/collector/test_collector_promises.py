"""Sentences of docs/collector.md that no other test holds: each is broken by one line of code."""

import base64
import gzip
import json
from types import SimpleNamespace
from typing import Any

import pytest

from collector import evidence
from collector.batch import Line, decode
from collector.error_table import Store
from collector.failures import found
from collector.handler import collect
from collector.lines import read
from collector.log_stream import LogStreams, StreamNotRead
from errorlog.settings import Settings
from tests.conftest import slow
from tests.unit.collector.conftest import GROUP, START_MS, STREAM, TABLE, event
from tests.unit.collector.memory_table import MemoryLog, MemoryTable

REQUEST = "3f2b1c9e-0000-4000-8000-000000000001"
STARTED = f"START RequestId: {REQUEST} Version: $LATEST"
TIMED_OUT = f"2026-11-23T14:00:03.001Z {REQUEST} Task timed out after 3.00 seconds"
END = f"END RequestId: {REQUEST}"
EXITED = f"REPORT RequestId: {REQUEST}\tDuration: 12.00 ms\tMemory Size: 128 MB\tStatus: error"
EXITED += "\tError Type: Runtime.ExitError"
HOW = f"RequestId: {REQUEST} Error: Runtime exited with error: exit status 3\nRuntime.ExitError"
SECRET = "hunter2" + "-Zq9!"
RAISING_MODULE = (
    f"[ERROR] ValueError: password={SECRET}\n"
    '  File "/var/lang/lib/python3.11/importlib/__init__.py", line 126, in import_module\n'
    f'    connect(password="{SECRET}")'
)


def delivered(lines: list[Any], settings: Settings, table: MemoryTable) -> dict[str, int]:
    return collect(decode(event(lines)), settings, Store(TABLE, table))


def kept_facts(table: MemoryTable) -> list[dict[str, Any]]:
    return [held for held in table.items.values() if "fact" in held]


def test_with_the_platforms_line_about_an_end_comes_end() -> None:
    """Without it the call goes on, and it printed the line."""
    times = [(START_MS, STARTED), (START_MS + 3_000, TIMED_OUT)]

    def failures(lines: list[tuple[int, str]]) -> list[str]:
        facts = (read(Line(at, text)) for at, text in lines)
        return [failure.error_type for failure in found(fact for fact in facts if fact)]

    assert failures(times) == []
    assert failures([*times, (START_MS + 3_001, END)]) == ["Sandbox.Timedout"]
    assert failures([*times, (START_MS + 300_000, END)]) == []


@pytest.mark.parametrize("line", [RAISING_MODULE, HOW.replace("exit status 3", f"pin={SECRET}")])
def test_the_texts_of_what_is_known_are_redacted(line, settings, capsys) -> None:
    table = MemoryTable()
    delivered([line], settings, table)
    facts = kept_facts(table)
    assert facts
    assert SECRET not in json.dumps(facts)
    assert SECRET not in json.dumps(table.records)
    assert "[redacted]" in json.dumps(facts)


def test_what_is_known_is_gone_after_a_day(settings, monkeypatch, capsys) -> None:
    monkeypatch.setattr(evidence, "time", SimpleNamespace(time=lambda: 1_000.0))
    table = MemoryTable()
    delivered([TIMED_OUT, END], settings, table)
    assert {held["expiresAt"]["N"] for held in kept_facts(table)} == {str(1_000 + 86_400)}


def test_a_record_made_when_less_was_known_is_replaced(settings, capsys) -> None:
    table, late = MemoryTable(), [(START_MS + 1, EXITED)]
    delivered(late, settings, table)
    (before,) = table.records
    assert before["errorMessage"]["S"] == "Lambda reports Runtime.ExitError"
    delivered([(START_MS, HOW)], settings, table)
    (after,) = table.records
    assert after["errorId"] == before["errorId"]
    assert after["errorMessage"]["S"] == "Runtime exited with error: exit status 3"


def test_a_record_made_when_less_was_known_is_taken_back(settings, capsys) -> None:
    table = MemoryTable()
    delivered([(START_MS, HOW)], settings, table)
    (before,) = table.records
    delivered([(START_MS + 1, EXITED)], settings, table)
    (after,) = table.records
    assert after["errorId"] != before["errorId"]  # the REPORT names it


@slow
def test_a_delivery_is_read_as_far_as_24_mb() -> None:
    line = {"timestamp": START_MS, "message": "x" * 1_048_576}
    events = [line] * 26
    whole = {"messageType": "DATA_MESSAGE", "logGroup": GROUP, "logStream": STREAM}
    packed = gzip.compress(json.dumps({**whole, "logEvents": events}).encode(), 1)
    batch = decode({"awslogs": {"data": base64.b64encode(packed).decode()}})
    sizes = [len(read_line.message) for read_line in batch.lines]
    assert sizes[:23] == [1_048_576] * 23
    assert sum(sizes) < 24 * 1_048_576
    assert batch.skipped > 0


PLATFORM = {
    "time": "2026-11-23T14:00:03.001Z", "type": "platform.report",
    "record": {"requestId": REQUEST, "status": "timeout", "metrics": {"durationMs": 3_000.0}},
}  # fmt: skip


def test_an_event_of_the_platforms_has_its_three_members(settings, capsys) -> None:
    table = MemoryTable()
    delivered([json.dumps(PLATFORM)], settings, table)
    assert [record["errorType"]["S"] for record in table.records] == ["Sandbox.Timedout"]


@pytest.mark.parametrize(
    "said",
    [
        {**PLATFORM, "level": "INFO"},
        {**PLATFORM, "timestamp": "2026-11-23T14:00:03Z", "message": "x"},
        {name: PLATFORM[name] for name in ("type", "record")},
        {**PLATFORM, "Type": "platform.report"},
    ],
    ids=lambda said: "+".join(said),
)
def test_and_nothing_else_where_a_function_printed_it(said, settings, capsys) -> None:
    table = MemoryTable()
    delivered([json.dumps(said)], settings, table)
    assert table.records == []
    assert kept_facts(table) == []


@pytest.mark.parametrize("source", ["platform", "", None, ["platform"], "platform "])
def test_a_record_that_was_printed_is_never_the_platforms(source, settings, capsys) -> None:
    record = {"functionName": "orders-function-dev", "errorType": "ValueError", "source": source}
    table = MemoryTable()
    delivered([json.dumps({"error_log_fallback": record})], settings, table)
    (made,) = table.records
    assert made["source"]["S"].strip() != "platform"


IMPORT = "Runtime.ImportModuleError"


@pytest.mark.parametrize(
    ("later_ms", "said"), [(20_000, "no x"), (20_001, f"Lambda reports {IMPORT}")]
)
def test_lines_about_one_failure_are_within_20_s(later_ms, said) -> None:
    report = EXITED.replace("Runtime.ExitError", IMPORT)
    lines = [Line(START_MS, f"[ERROR] {IMPORT}: no x"), Line(START_MS + later_ms, report)]
    (failure,) = found(fact for line in lines if (fact := read(line)) is not None)
    assert failure.message == said


def exits(number: int) -> list[str]:
    return [EXITED.replace(REQUEST[:8], f"{request:08x}") for request in range(number)]


def test_a_delivery_costs_200_records_of_one_bug(settings, capsys) -> None:
    answer = delivered(exits(201), settings, MemoryTable())
    assert (answer["recorded"], answer["overBudget"]) == (200, 1)


def test_a_delivery_costs_2_000_lines_that_say_something(settings, capsys) -> None:
    table = MemoryTable()
    answer = delivered([(START_MS + number, STARTED) for number in range(2_001)], settings, table)
    assert answer["overBudget"] == 1
    assert len(kept_facts(table)) == 2_000


@pytest.mark.parametrize("late_ms", [-1, 0])
def test_what_is_not_there_after_fifteen_minutes_never_will_be(late_ms, settings) -> None:
    now_s = (START_MS + 15 * 60_000 + late_ms) / 1_000
    streams = LogStreams(MemoryLog([]), sleep=lambda _: None, now=lambda: now_s)
    facts = {fact for fact in [read(Line(START_MS, TIMED_OUT))] if fact is not None}
    if late_ms < 0:
        with pytest.raises(StreamNotRead):
            streams.around(decode(event([TIMED_OUT])), facts, settings)
    else:
        assert streams.around(decode(event([TIMED_OUT])), facts, settings) is None


def test_the_log_has_the_reason_for_the_first_few(settings, capsys) -> None:
    delivered(['{"error_log_fallback": {"errorId": '] * 7, settings, MemoryTable())
    said = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    (counted,) = (line for line in said if "_aws" in line)
    assert counted["ErrorLogLost"] == 7
    assert len(counted["reasons"]) == 5
    assert all(reason.startswith("lost a record: ") for reason in counted["reasons"])


def test_the_names_of_a_delivery_are_bounded() -> None:
    batch = decode(event([], group="g" * 600, stream="s" * 600))
    assert (len(batch.log_group), len(batch.log_stream)) == (512, 512)
