"""Failures that were counted only: their counts become items, which nobody forges from outside."""

import json

from collector.batch import decode
from collector.counted_only import PREFIX, CountedOnly
from collector.error_table import Store
from collector.handler import collect
from errorlog.printed_lines import SUPPRESSED
from errorlog.settings import from_environment
from tests import hostile_records as hostile
from tests.unit.collector.conftest import STREAM, TABLE, event
from tests.unit.collector.memory_table import MemoryTable

SAID = {
    "functionName": "orders-function-dev", "logStream": STREAM, "errorType": "KeyError",
    "timestamp": "2026-11-23T14:00:00.000Z", "fingerprint": "v1:aa", "release": "r1",
    "counter": "0f3c.1", "counted": 40,
}  # fmt: skip


def line(**changes):
    return json.dumps({"level": "ERROR", SUPPRESSED: SAID | changes})


def counted(*lines):
    batch = decode(event(lines))
    found = CountedOnly(batch, from_environment())
    for one in batch.lines:
        found.line(one)
    return found.items()


def test_the_greatest_of_each_counter_is_one_item() -> None:
    items = counted(line(), line(counted=42), line(counted=41), line(counter="0f3c.2"), "other")
    found = [(item["counter"], item["counted"]) for item in items]
    assert found == [("0f3c.1", 42), ("0f3c.2", 40)]
    first = items[0]
    assert first["errorId"].startswith(PREFIX)
    assert "functionName" not in first, "it is in no list of records"
    assert (first["function"], first["release"], first["at"]) == (
        "orders-function-dev", "r1", SAID["timestamp"],
    )  # fmt: skip
    assert counted(line(counted=50))[0]["errorId"] == first["errorId"], "a later count replaces it"
    wrapped = json.dumps({"message": line()})
    assert counted(wrapped) == counted(line())


FORGED = [
    {"logStream": "another"}, {"logStream": None}, {"counter": "a/b"}, {"counter": 5},
    {"counted": "9"}, {"counted": 0}, {"counted": 10**12}, {"counted": True},
    {"fingerprint": "x"}, {"fingerprint": None},
]  # fmt: skip


def test_a_line_in_another_form_or_of_another_stream_is_none() -> None:
    for changes in FORGED:
        assert counted(line(**changes)) == [], changes
    for text in hostile.TEXTS.values():
        for field in ("counter", "fingerprint", "counted"):
            if not str(text).isalnum():
                assert counted(line(**{field: text})) == []
        for item in counted(
            line(errorType=text, release=text, timestamp=text), f"{SUPPRESSED} {text}"
        ):
            assert item["counted"] == 40


def test_they_are_written_beside_the_records() -> None:
    table = MemoryTable()
    lines = [line(), line(counted=41, counter="0f3c.9")]
    for _ in range(2):
        collect(decode(event(lines)), from_environment(), Store(TABLE, table))
    kept = [item for item in table.items.values() if item["errorId"]["S"].startswith(PREFIX)]
    assert sorted(item["counted"]["N"] for item in kept) == ["40", "41"]
    assert table.records == []
