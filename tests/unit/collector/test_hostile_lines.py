"""One bad line never costs another its record, whoever wrote it."""

import base64
import gzip
import json
import random

import pytest

from tests.conftest import DEEP, slow
from tests.unit.collector.conftest import START_MS, TABLE, event
from tests.unit.collector.memory_table import MemoryTable

REQUEST = "3f2b1c9e-0000-4000-8000-000000000001"
TIMED_OUT = (
    f"REPORT RequestId: {REQUEST}\tDuration: 3000.00 ms\tBilled Duration: 3000 ms\t"
    "Memory Size: 128 MB\tMax Memory Used: 64 MB\tStatus: timeout"
)


def report(**record):
    whole = {"time": "x", "type": "platform.report", "record": {"status": "timeout", **record}}
    return json.dumps(whole)


def deep(depth):
    return '{"error_log_fallback":' * depth + "1" + "}" * depth


HOSTILE = {
    "infinite memory": TIMED_OUT.replace("128 MB", "inf MB").replace(REQUEST[:8], "aaaaaaaa"),
    "no number": TIMED_OUT.replace("3000.00", "nan").replace(REQUEST[:8], "aaaaaaaa"),
    "1e300": TIMED_OUT.replace("64 MB", "1e300 MB").replace(REQUEST[:8], "aaaaaaaa"),
    "5,000 digits": '{"type":"platform.report","record":' + "9" * 5_000 + "}",
    "request id a list": report(requestId=[REQUEST]),
    "request id an object": report(requestId={"id": REQUEST}),
    "request id of 200 KB": report(requestId="a" * 200_000),
    "numbers of another kind": report(
        requestId=REQUEST.replace("1", "2"), metrics={"durationMs": []}
    ),
    "lone surrogates": json.dumps(
        {"error_log_fallback": {"errorMessage": "\ud800", "a\udfff": "\udfff"}}
    ),
    "lone surrogate in a fault": '{"level":"ERROR","errorType":"Runtime.X\\ud800",'
    '"errorMessage":"\\udfff"}',
    "20,000 deep": deep(20_000),
    "20,000 deep and cut": deep(20_000)[:300_000],
    "20,000 lists": "[" * 20_000,
    "a stack trace of lists": json.dumps(
        {"level": "ERROR", "errorType": "Runtime.X", "stackTrace": [[["x"]], None, {}, 7]}
    ),
    "an empty object": "{}",
    "null": "null",
    "control characters": "".join(map(chr, range(32))) + "\x7f\x80￿",
    "no JSON": '{"error_log_fallback": {"errorId": oops}}',
    "fields without end": "REPORT RequestId: " + REQUEST.replace("1", "3") + " " + "A " * 100_000,
    "an error without end": "[ERROR] " + "A" * 200_000,
    "an ending without end": f"RequestId: {REQUEST} Error: " + "x" * 200_000,
    "frames without end": "[ERROR] Runtime.ImportModuleError: x\n" + 'File "' * 40_000,
    "errors of all kinds in one": json.dumps({"message": json.dumps({"message": deep(50)})}),
}  # fmt: skip


@pytest.fixture
def collect(collector, settings, capsys):
    def run(given, table):
        store = collector.error_table.Store(TABLE, table)
        return collector.handler.collect(collector.batch.decode(given), settings, store)

    return run


@pytest.mark.parametrize("line", HOSTILE.values(), ids=HOSTILE)
def test_the_failure_beside_it_is_recorded(collect, line) -> None:
    table = MemoryTable()
    lines = [(START_MS, line), (START_MS + 30_000, TIMED_OUT), (START_MS + 60_000, line)]
    assert collect(event(lines), table)["failures"] >= 1
    assert REQUEST in [record.get("requestId", {}).get("S") for record in table.records]
    for record in table.records:
        text = json.dumps(record, ensure_ascii=False)
        assert len(text.encode()) < 390_000
        for name in ("errorType", "requestId", "traceId", "topFrame"):
            assert len(record.get(name, {}).get("S", "")) <= 1_700


@slow
def test_dynamodb_takes_what_is_made_of_them(collect, dynamodb) -> None:
    hostile = [*HOSTILE.values(), TIMED_OUT]
    lines = [(START_MS + 30_000 * number, line) for number, line in enumerate(hostile)]
    collect(event(lines), dynamodb)
    found = dynamodb.scan(TableName=TABLE, IndexName="FunctionNameIndex")["Items"]
    assert REQUEST in [record.get("requestId", {}).get("S") for record in found]


BAD_EVENTS = [
    None, 7, "text", [], {}, {"timestamp": START_MS}, {"message": "x"},
    {"timestamp": "now", "message": TIMED_OUT}, {"timestamp": True, "message": TIMED_OUT},
    {"timestamp": 1e300, "message": TIMED_OUT}, {"timestamp": -1, "message": TIMED_OUT},
    {"timestamp": 10**18, "message": TIMED_OUT}, {"timestamp": START_MS, "message": ["x"]},
    {"timestamp": START_MS, "message": None},
]  # fmt: skip


def packed(text):
    return {"awslogs": {"data": base64.b64encode(gzip.compress(text.encode())).decode()}}


def delivery(events, **changes):
    whole = {
        "messageType": "DATA_MESSAGE", "owner": "123456789012",
        "logGroup": "/aws/lambda/orders-function-dev", "logStream": "2026/11/23/[$LATEST]0f3c",
        "subscriptionFilters": ["x"], "logEvents": events,
    }  # fmt: skip
    return json.dumps({**whole, **changes})


GOOD = {"id": "1", "timestamp": START_MS, "message": TIMED_OUT}


@pytest.mark.parametrize("bad", BAD_EVENTS, ids=repr)
def test_an_event_that_is_none_is_skipped_and_counted(collect, bad) -> None:
    table = MemoryTable()
    answer = collect(packed(delivery([bad, GOOD, bad])), table)
    assert answer == {"failures": 1, "recorded": 1, "skipped": 2}


@slow
def test_a_gzip_bomb_is_read_as_far_as_there_is_room(collect, collector, monkeypatch) -> None:
    monkeypatch.setattr(collector.batch, "MAX_UNPACKED", 100_000)
    bomb = {"id": "2", "timestamp": START_MS, "message": "0" * 50_000_000}
    table = MemoryTable()
    answer = collect(packed(delivery([GOOD, bomb])), table)
    assert answer == {"failures": 1, "recorded": 1, "skipped": 1}


@pytest.mark.parametrize(
    "text",
    ["[]", "7", "[" * 20_000, delivery([], logGroup=7), delivery({}), delivery([], logStream=None)],
)
def test_what_is_no_delivery_is_a_value_error(collector, text) -> None:
    """Lambda keeps it in the dead letters, where somebody can look at it."""
    with pytest.raises(ValueError, match=r"a delivery|nested too deep"):
        collector.batch.decode(packed(text))


def test_a_storm_in_one_delivery_has_a_budget(collect, collector, monkeypatch) -> None:
    monkeypatch.setattr(collector.handler, "MAX_RECORDS_OF_A_BUG", 5)
    table = MemoryTable()
    lines = [
        (START_MS + number, TIMED_OUT.replace("000000000001", f"{number:012d}"))
        for number in range(12)
    ]
    assert collect(event(lines), table) == {"failures": 12, "recorded": 5, "overBudget": 7}
    assert len(table.records) == 5


def test_lines_beyond_what_a_delivery_may_cost_are_counted(collect, collector, monkeypatch) -> None:
    monkeypatch.setattr(collector.handler, "MAX_FACTS", 5)
    lines = [
        (START_MS + number, TIMED_OUT.replace("000000000001", f"{number:012d}"))
        for number in range(12)
    ]
    answer = collect(event(lines), MemoryTable())
    assert answer == {"failures": 5, "recorded": 5, "overBudget": 7}


def test_what_is_beyond_the_budget_is_a_metric_too(collect, collector, monkeypatch, capsys) -> None:
    monkeypatch.setattr(collector.handler, "MAX_RECORDS_OF_A_BUG", 1)
    lines = [
        (START_MS + number, TIMED_OUT.replace("000000000001", f"{number:012d}"))
        for number in range(3)
    ]
    collect(event(lines), MemoryTable())
    said = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    (metrics,) = [line for line in said if "_aws" in line]
    assert metrics["CollectorOverBudget"] == 2


def test_what_was_counted_is_a_metric_of_the_stage(collect, capsys) -> None:
    collect(packed(delivery([None, GOOD])), MemoryTable())
    said = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    (metrics,) = [line for line in said if "_aws" in line]
    (about,) = metrics["_aws"]["CloudWatchMetrics"]
    assert (about["Namespace"], about["Dimensions"]) == ("shop", [["Stage"]])
    assert about["Metrics"] == [{"Name": "CollectorSkippedLines", "Unit": "Count"}]
    assert (metrics["CollectorSkippedLines"], metrics["Stage"]) == (1, "dev")


@pytest.mark.parametrize("seed", range(1_000 if DEEP else 15))
def test_a_random_delivery_keeps_the_record_beside_it(collect, seed) -> None:
    chance = random.Random(seed)
    lines = []
    for number in range(chance.randint(1, 8)):
        line = chance.choice([*HOSTILE.values(), TIMED_OUT.replace("000000000001", "0000000000ff")])
        a, b = sorted(chance.choices(range(min(len(line), 2_000) + 1), k=2))
        lines.append((START_MS + number, line[:a] + line[b:]))
    lines.insert(chance.randint(0, len(lines)), (START_MS + 100_000, TIMED_OUT))
    table = MemoryTable()
    collect(event(lines), table)
    assert REQUEST in [record.get("requestId", {}).get("S") for record in table.records]
