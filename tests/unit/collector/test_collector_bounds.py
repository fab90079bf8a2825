"""How much of a line and of a delivery is taken: the last that is, and the first that is not."""

import json

import pytest

from collector.batch import decode
from collector.counted_only import PREFIX
from collector.error_table import Store
from collector.handler import collect
from errorlog.call_facts import remaining_ms
from errorlog.record import MAX_MESSAGE_CHARS, MAX_STACK_CHARS
from tests.unit.collector.conftest import START_MS, STREAM, TABLE, event
from tests.unit.collector.memory_table import MemoryTable
from tests.unit.errorlog.surroundings import Context

REQUEST = "3f2b1c9e-0000-4000-8000-000000000001"
RECORD = {"functionName": "orders-function-dev", "errorType": "ValueError", "errorMessage": "no"}
DAY_S = 86_400


@pytest.fixture
def delivered(settings, capsys):
    """``delivered(*lines)``: the answer, the table, and what the collector printed."""

    def run(*lines):
        table = MemoryTable()
        answer = collect(decode(event(lines)), settings, Store(TABLE, table))
        return answer, table, [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    return run


@pytest.fixture
def healed(delivered):
    """``healed(**fields)``: the record that a line with them becomes, without types."""

    def run(at=START_MS, **fields):
        line = json.dumps({"error_log_fallback": {**RECORD, **fields}})
        (record,) = delivered((at, line))[1].records
        return {name: next(iter(value.values())) for name, value in record.items()}

    return run


@pytest.mark.parametrize(("levels", "read"), [(25, True), (100, True), (101, False)])
def test_of_a_line_that_was_cut_a_hundred_levels_are_read(delivered, levels, read) -> None:
    """Two around the record and 20 of the event are errorlog's, a few more a logger's."""
    record = json.dumps({"error_log_fallback": RECORD})[:-2]
    answer, table, _ = delivered(f'{record}, "event": {"[" * (levels - 2)}1, 2')
    assert (answer.get("healed", 0), answer.get("lost", 0)) == ((1, 0) if read else (0, 1))
    assert len(table.records) == read


@pytest.mark.parametrize(("layers", "read"), [(0, True), (2, True), (3, False)])
def test_a_record_is_the_message_of_a_message_at_most(delivered, layers, read) -> None:
    carried = {"error_log_fallback": RECORD}
    counted = {"error_log_suppressed": SUPPRESSED}
    for said in (carried, counted):
        for layer in range(layers):
            said = {"message": json.dumps(said) if layer % 2 else said}
        _, table, _ = delivered(json.dumps(said))
        assert bool(table.items) == read


NUMBERS = [10**15 - 1, 1 - 10**15, 10**15, -(10**15), 999_999_999_999_999.5, 1e15, 0]


@pytest.mark.parametrize("number", NUMBERS)
def test_a_number_of_a_printed_record_is_below_1e15(healed, number) -> None:
    kept = healed(remainingMs=number, durationMs=number, field=number)
    names = {"remainingMs", "durationMs", "field"} & kept.keys()
    assert len(names) == (3 if abs(number) < 1e15 else 0)


@pytest.mark.parametrize("number", [number for number in NUMBERS if isinstance(number, int)])
def test_what_errorlog_says_is_left_of_the_time_is_kept(healed, number) -> None:
    """A record of our own is the same by way of the log."""
    said = remaining_ms(Context(left_ms=number))
    assert (said is None) == (abs(number) >= 10**15)
    assert healed(remainingMs=said).get("remainingMs") == (None if said is None else str(number))


@pytest.mark.parametrize(("of_a_day", "kept"), [(86_400_000, True), (86_400_001, False)])
def test_no_call_takes_more_than_a_day_or_has_more_memory(delivered, of_a_day, kept) -> None:
    report = f"REPORT RequestId: {REQUEST}\tDuration: {of_a_day}.00 ms\tMemory Size: {of_a_day} MB"
    (record,) = delivered(report + "\tStatus: timeout")[1].records
    assert {"durationMs", "memoryMb"} & record.keys() == (
        {"durationMs", "memoryMb"} if kept else set()
    )


@pytest.mark.parametrize(("beyond", "read"), [(0, True), (1, False)])
def test_of_a_report_8_k_are_read(delivered, beyond, read) -> None:
    report, status = f"REPORT RequestId: {REQUEST}\tX: ", "\tStatus: timeout"
    filler = "x" * (8_192 - len(report) - len(status) + beyond)
    assert bool(delivered(report + filler + status)[1].records) == read


def test_of_a_record_60_fields_are_read(healed) -> None:
    further = [f"field{number}" for number in range(60)]
    kept = healed(**dict.fromkeys(further, "x"))
    assert [name for name in further if name not in kept] == further[60 - len(RECORD) :]


@pytest.mark.parametrize("name", ["requestId", "itemId", "tenantId", "traceId", "counter"])
def test_an_id_has_256_characters_at_most(healed, name) -> None:
    assert healed(**{name: "x" * 256})[name] == "x" * 256
    assert name not in healed(**{name: "x" * 257})


@pytest.mark.parametrize("name", ["errorMessage", "stackTrace"])
def test_what_was_cut_has_room_for_its_marker_and_no_more(healed, name) -> None:
    most = MAX_MESSAGE_CHARS if name == "errorMessage" else MAX_STACK_CHARS
    for size, cut in ((most + 100, False), (most + 101, True)):
        assert ("[cut " in healed(**{name: "x" * size})[name]) == cut


def test_what_the_runtime_said_is_cut_once(delivered) -> None:
    """When it is kept, and not again later; of the stack as much, however long the message is."""
    frame = '  File "/var/task/orders.py", line 7, in load\n    load()\n'
    importing = frame.replace("in load", "in import_module")
    line = f"[ERROR] KeyError: {'no module ' * 4_000}\n{importing}{frame * 1_000}"
    report = f"REPORT RequestId: {REQUEST}\tStatus: error\tError Type: KeyError"
    (record,) = delivered(line, report)[1].records
    message, stack = record["errorMessage"]["S"], record["stackTrace"]["S"]
    assert message[MAX_MESSAGE_CHARS:] == "[cut 4096 of 8192 characters]"
    assert stack[MAX_STACK_CHARS:] == f"[cut 16383 of 32767 characters]\nKeyError: {message}"
    assert record["topFrame"] == {"S": "orders.py:7 in load"}


@pytest.mark.parametrize(
    ("said", "kept"),  # of a line at START_MS, 2026-11-23T14:26:40.000Z
    [
        ("2026-11-24T14:26:40.000Z", True),
        ("2026-11-24T14:26:40.001Z", False),
        ("2026-11-22T14:26:40.000Z", True),
        ("2026-11-22T14:26:39.999Z", False),
    ],
)
def test_a_time_is_errorlogs_where_it_is_within_a_day_of_the_line(healed, said, kept) -> None:
    assert healed(timestamp=said)["timestamp"] == (said if kept else "2026-11-23T14:26:40.000Z")


@pytest.mark.parametrize(
    ("off_s", "kept"), [(DAY_S, True), (DAY_S + 1, False), (-DAY_S, True), (-DAY_S - 1, False)]
)
def test_so_is_the_time_until_which_it_is_kept(healed, settings, off_s, kept) -> None:
    latest = START_MS // 1_000 + settings.ttl_days * DAY_S
    assert healed(expiresAt=latest + off_s)["expiresAt"] == str(latest + off_s if kept else latest)


@pytest.mark.parametrize(
    ("at", "read"), [(253_402_214_400_000, True), (253_402_214_400_001, False)]
)
def test_a_line_is_of_the_last_day_of_the_year_9999_at_the_latest(delivered, at, read) -> None:
    answer, table, _ = delivered((at, f"REPORT RequestId: {REQUEST}\tStatus: timeout"))
    assert answer.get("skipped", 0) == (not read)
    times = [record["timestamp"]["S"] for record in table.records]
    assert times == (["9999-12-31T00:00:00.000Z"] if read else [])


def test_a_reason_is_a_line_of_300_characters(delivered, monkeypatch) -> None:
    def fails(*_):
        raise ValueError("x" * 1_000)

    monkeypatch.setattr("collector.handler.fallback.record", fails)
    *_, said = delivered(json.dumps({"error_log_fallback": RECORD}))
    (counted,) = (line for line in said if "_aws" in line)
    assert [len(reason) for reason in counted["reasons"]] == [300]


SUPPRESSED = {
    "functionName": "orders-function-dev", "logStream": STREAM, "fingerprint": "v1:aa",
    "counter": "0f3c.1", "counted": 40,
}  # fmt: skip


def counts(table):
    return [held for held in table.items.values() if held["errorId"]["S"].startswith(PREFIX)]


@pytest.fixture
def counted(delivered):
    """``counted(*changes)``: the items of what lines about failures that were counted say."""

    def run(*changes):
        said = [{"error_log_suppressed": {**SUPPRESSED, **change}} for change in changes]
        return counts(delivered(*map(json.dumps, said))[1])

    return run


def test_a_process_counts_to_a_billion_at_most(counted) -> None:
    (item,) = counted({"counted": 10**9})
    assert item["counted"] == {"N": str(10**9)}
    assert counted({"counted": 10**9 + 1}) == []


def test_of_a_delivery_500_counters_are_taken(counted) -> None:
    changes = [{"counter": f"c{number}"} for number in range(501)]
    assert len(counted(*changes)) == 500
    # Those that were taken go on counting.
    items = counted(*changes, {"counter": "c0", "counted": 41}, {"counter": "c501"})
    assert len(items) == 500
    assert {"N": "41"} in [item["counted"] for item in items]


def test_a_count_is_kept_for_two_days_and_names_three_former_bugs(counted) -> None:
    former = [f"v1:{number}" for number in range(5)]
    (item,) = counted({"formerFingerprints": former})
    assert item["expiresAt"] == {"N": str(START_MS // 1_000 + 2 * DAY_S)}
    assert item["formerFingerprints"] == {"L": [{"S": name} for name in former[:3]]}
