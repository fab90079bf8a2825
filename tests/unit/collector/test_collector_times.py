"""How far apart lines may lie and be about one failure: the last millisecond, and the next one."""

import json

import pytest

from collector import evidence
from collector.batch import Line, decode
from collector.error_table import Store
from collector.failures import found
from collector.handler import collect
from collector.lines import read
from collector.log_stream import LogStreams
from collector.moments import iso
from errorlog.attributes import item
from tests.unit.collector.conftest import START_MS, STREAM, TABLE, event
from tests.unit.collector.memory_table import MemoryLog, MemoryTable

REQUEST, OTHER = "3f2b1c9e-0000-4000-8000-000000000001", "8c1d2e3f-0000-4000-8000-000000000002"
TIMED_OUT = f"2026-11-23T14:00:03.001Z {REQUEST} Task timed out after 3.00 seconds"
HOW = f"RequestId: {REQUEST} Error: Runtime exited with error: exit status 3\nRuntime.ExitError"
END = f"END RequestId: {REQUEST}"
EXITED = f"REPORT RequestId: {REQUEST}\tDuration: 12.00 ms\tStatus: error"
EXITED += "\tError Type: Runtime.ExitError"
MINUTE_MS = 60_000


def start(request_id=REQUEST):
    return f"START RequestId: {request_id} Version: $LATEST"


def failures(*lines):
    """Those in lines of (ms after the first, text)."""
    facts = (read(Line(START_MS + at, text)) for at, text in lines)
    return found([fact for fact in facts if fact is not None])


# The environment's shutdown comes between the two, of 2 s at most; a retry comes a minute later.
@pytest.mark.parametrize(
    ("apart_ms", "attempts"), [(2_000, 1), (5_000, 1), (5_001, 2), (60_000, 2)]
)
@pytest.mark.parametrize("first", ["how it ended", "its REPORT"])
def test_the_line_about_an_end_is_within_5_s_of_its_report(apart_ms, attempts, first) -> None:
    how, report = (0, apart_ms) if first == "how it ended" else (apart_ms, 0)
    made = failures((how, HOW), (report, EXITED))
    assert len(made) == attempts
    said = {failure.at - START_MS: failure.message for failure in made}
    without_it = "Lambda reports Runtime.ExitError"
    assert said[report] == (without_it if attempts == 2 else HOW.split("Error: ")[1].split("\n")[0])


@pytest.mark.parametrize(("apart_ms", "printed"), [(2_000, False), (5_000, False), (5_001, True)])
@pytest.mark.parametrize("way", [1, -1])
def test_with_the_line_about_an_end_comes_end_within_5_s(apart_ms, printed, way) -> None:
    at = 3_000 + 6_000
    made = failures((0, start()), (at, TIMED_OUT), (at + way * apart_ms, END))
    assert [failure.error_type for failure in made] == ([] if printed else ["Sandbox.Timedout"])


# A REPORT at 20 s about a call of 12 ms, with a second around it: clocks differ by so much.
AROUND = [(18_987, False), (18_988, True), (20_000, True), (21_000, True), (21_001, False)]


@pytest.mark.parametrize(("at_ms", "of_the_attempt"), AROUND)
def test_a_record_of_the_handlers_is_within_a_second_of_its_attempt(
    at_ms, of_the_attempt, settings, capsys
) -> None:
    table = MemoryTable()
    recorded = {
        "errorId": "01HANDLER", "timestamp": iso(START_MS + at_ms), "requestId": REQUEST,
        "functionName": "orders-function-dev", "logStream": STREAM, "handled": False,
        "source": "handler",
    }  # fmt: skip
    table.put_item(TABLE, item(recorded))
    delivery = decode(event([(START_MS + 20_000, EXITED)]))
    answer = collect(delivery, settings, Store(TABLE, table))
    assert answer == {"failures": 1, "recorded": int(not of_the_attempt)}


@pytest.mark.parametrize(("at_ms", "of_the_attempt"), AROUND)
def test_and_so_is_one_that_errorlog_printed(at_ms, of_the_attempt) -> None:
    line = json.dumps({"error_log_fallback": {"requestId": REQUEST}})
    assert len(failures((at_ms, line), (20_000, EXITED))) == int(not of_the_attempt)


def test_what_errorlog_printed_is_within_20_s_however_long_the_call_took() -> None:
    line = json.dumps({"error_log_fallback": {"requestId": REQUEST}})
    long = EXITED.replace("12.00", "600000.00")
    assert len(failures((0, line), (20_000, long))) == 0
    assert len(failures((0, line), (20_001, long))) == 1


@pytest.mark.parametrize(("duration", "timed_out"), [("2950.00", True), ("2949.99", False)])
def test_a_time_out_takes_as_long_as_it_says_but_for_50_ms(duration, timed_out) -> None:
    """Of the older text format, whose REPORT has no status."""
    report = f"REPORT RequestId: {REQUEST}\tDuration: {duration} ms\tMemory Size: 128 MB"
    made = failures((0, start()), (3_000, END), (3_000, report), (3_001, TIMED_OUT))
    assert [failure.error_type for failure in made] == (["Sandbox.Timedout"] if timed_out else [])


def platform(kind, request_id, **record):
    said = {"requestId": request_id, **record}
    return json.dumps({"time": "x", "type": f"platform.{kind}", "record": said})


def reported(request_id, status, duration_ms):
    return platform("report", request_id, status=status, metrics={"durationMs": duration_ms})


@pytest.mark.parametrize(("apart_ms", "believed"), [(2_949, False), (2_950, True), (3_000, True)])
def test_a_call_within_another_lies_as_far_apart_as_it_took_but_for_50_ms(
    apart_ms, believed
) -> None:
    made = failures(
        (0, platform("start", OTHER)),
        (10, platform("start", REQUEST)),
        (10 + apart_ms, reported(REQUEST, "timeout", 3_000)),
        (9_000, reported(OTHER, "success", 9_000)),
    )
    assert [failure.request_id for failure in made] == ([REQUEST] if believed else [])


def test_it_is_looked_for_behind_the_calls_that_began_meanwhile() -> None:
    """Of an environment with a hundred calls at a time, any may have printed it."""
    others = [f"{number:08x}-0000-4000-8000-000000000003" for number in range(99)]
    lines = [(0, platform("start", OTHER))]
    for number, other in enumerate(others):
        lines += [(number, platform("start", other)), (100, reported(other, "success", 5))]
    lines += [(200, platform("start", REQUEST)), (200, reported(REQUEST, "timeout", 3_000))]
    assert failures(*lines, (9_000, reported(OTHER, "success", 9_000))) == []


LONGEST_MS = 15 * MINUTE_MS


def test_a_call_of_fifteen_minutes_is_told_from_one_printed_when_it_begins() -> None:
    """Its REPORT comes a little later than that."""
    late = LONGEST_MS + 12
    report = f"REPORT RequestId: {REQUEST}\tDuration: {LONGEST_MS}.00 ms\tStatus: timeout"
    (failure,) = failures(
        (0, start()), (0, start(OTHER)), (5, f"END RequestId: {OTHER}"),
        (late, END), (late, report),
    )  # fmt: skip
    assert failure.request_id == REQUEST


def test_a_call_that_is_printed_long_before_it_runs_does_not_end_later() -> None:
    """What another attempt of it comes to is told by a START of its own."""
    later = LONGEST_MS + MINUTE_MS
    made = failures(
        (0, start()), (0, start(OTHER)), (30, HOW), (30, END), (30, EXITED),
        (later, start(OTHER)), (later + 30, f"END RequestId: {OTHER}"),
    )  # fmt: skip
    assert [failure.request_id for failure in made] == [REQUEST]


def test_the_log_is_read_as_far_back_as_a_call_may_have_begun(settings, capsys) -> None:
    """What a call of fifteen minutes printed in its last second is not believed."""
    printed = TIMED_OUT.replace(REQUEST, OTHER)
    late = START_MS + LONGEST_MS
    log = MemoryLog(
        [(START_MS, start()), (late - 1_000, printed), (late - 1_000, f"END RequestId: {OTHER}"),
         (late, END)]
    )  # fmt: skip
    streams = LogStreams(log, sleep=lambda _: None, now=lambda: late / 1_000)
    table = MemoryTable()
    collect(decode(event([(late - 1_000, printed)])), settings, Store(TABLE, table), streams)
    assert table.records == []


IMPORT = "Runtime.ImportModuleError"
NO_MODULE = f"[ERROR] {IMPORT}: no x"
NOT_STARTED = EXITED.replace("Runtime.ExitError", IMPORT)
ELSEWHERE = HOW.replace(REQUEST, OTHER)


@pytest.fixture
def after(settings, capsys):
    """``after(*deliveries)`` of (ms, text): the records of the first request, and the answers."""

    def run(*deliveries):
        table, answers = MemoryTable(), []
        for lines in deliveries:
            batch = decode(event([(START_MS + at, text) for at, text in lines]))
            answers.append(collect(batch, settings, Store(TABLE, table)))
        return [held for held in table.records if held.get("requestId") == {"S": REQUEST}], answers

    return run


@pytest.mark.parametrize(("apart_ms", "told"), [(20_000, 2), (20_001, 1)])
@pytest.mark.parametrize("way", [1, -1])
def test_a_delivery_decides_on_what_is_within_20_s_around_its_lines(
    after, apart_ms, told, way
) -> None:
    lines = [(30_000, EXITED)], [(30_000 + way * apart_ms, ELSEWHERE)]
    _, (_, answer) = after(*lines)
    assert answer["failures"] == told


LINES = [
    # a line, its REPORT 20 s later, and something else 20 s after that: and the other way round
    [(0, NO_MODULE), (20_000, NOT_STARTED), (40_000, ELSEWHERE)],
    [(25_000, HOW), (20_000, EXITED), (0, ELSEWHERE)],
]  # fmt: skip


@pytest.mark.parametrize("lines", LINES, ids=["before", "after"])
def test_what_it_decides_on_it_knows_from_as_far_again(after, lines) -> None:
    """A later delivery nearby takes nothing from a record that an earlier one made."""
    how, report, elsewhere = lines
    (at_once,), _ = after([how, report])
    (later,), _ = after([how], [report], [elsewhere])
    assert later == at_once
    assert "Lambda reports" not in later["errorMessage"]["S"]


def test_what_comes_in_while_a_delivery_decides_is_in_what_it_writes(settings, capsys) -> None:
    """Once and again: what tells how it ended comes in while it decides anew."""
    batch, *meanwhile = (
        decode(event([(START_MS + at, text)]))
        for at, text in [(30, EXITED), (0, start()), (30, HOW)]
    )

    class Overtaken(MemoryTable):
        def paginate(self, **query):
            if "IndexName" in query and meanwhile:  # it has decided, and writes
                (line,) = meanwhile.pop(0).lines
                Store(TABLE, self).keep(evidence.key(batch), read(line))
            return super().paginate(**query)

    table = Overtaken()
    collect(batch, settings, Store(TABLE, table))
    (record,) = table.records
    assert record["errorMessage"] == {"S": "Runtime exited with error: exit status 3"}
