"""What the collector makes of a failure, sentence by sentence of docs/collector.md."""

import json

import pytest

from collector import handler as collecting
from collector.batch import Line, decode
from collector.error_table import Store
from collector.failures import failures, found
from collector.handler import MAX_RECORDS_OF_A_BUG, collect
from collector.lines import read
from collector.log_stream import LogStreams
from collector.records import record
from tests.unit.collector.conftest import GROUP, START_MS, STREAM, TABLE, event
from tests.unit.collector.memory_table import MemoryLog, MemoryTable
from tests.unit.collector.test_corpus import CORPUS, load, records
from tests.unit.errorlog.surroundings import Context

REQUEST, OTHER = "3f2b1c9e-0000-4000-8000-000000000001", "8c1d2e3f-0000-4000-8000-000000000002"
START = f"START RequestId: {REQUEST} Version: $LATEST"
END = f"END RequestId: {REQUEST}"
REPORT = f"REPORT RequestId: {REQUEST}\tDuration: 12.00 ms\tMemory Size: 128 MB"
FULL, ROOMY = "\tMax Memory Used: 128 MB", "\tMax Memory Used: 64 MB"
EXIT = "\tStatus: error\tError Type: Runtime.ExitError"
HOW = f"RequestId: {REQUEST} Error: Runtime exited with error: {{}}\nRuntime.ExitError"
KILLED, STATUS = HOW.format("signal: killed"), HOW.format("exit status 3")
TIMED_OUT = f"2026-11-23T14:00:03.001Z {REQUEST} Task timed out after 3.00 seconds"
IMPORT = "Runtime.ImportModuleError"
NOT_STARTED = f"{REPORT}{ROOMY}\tStatus: error\tError Type: {IMPORT}"
EXITED = ("Runtime.ExitError", "Runtime exited with error: exit status 3")
OF_MEMORY = "Runtime.OutOfMemory"

SAID = {
    "killed, and no REPORT": ([KILLED], OF_MEMORY, "Runtime exited with error: signal: killed"),
    "exit, and no REPORT": ([STATUS], *EXITED),
    "exit, and a REPORT without status": ([END, REPORT + ROOMY, STATUS], *EXITED),
    "exit with memory full, without status": (
        [END, REPORT + FULL, STATUS],
        OF_MEMORY,
        "Runtime exited with error: exit status 3, with memory full: 128 of 128 MB",
    ),
    "exit with memory full": (
        [STATUS, END, REPORT + FULL + EXIT], OF_MEMORY, "Out of memory: 128 of 128 MB used",
    ),
    "a time-out in the platform's words": (
        [TIMED_OUT, END, f"REPORT RequestId: {REQUEST}\tDuration: 3009.00 ms\tStatus: timeout"],
        "Sandbox.Timedout", "Task timed out after 3.00 seconds",
    ),
    "a time-out of which there is REPORT alone": (
        [f"REPORT RequestId: {REQUEST}\tDuration: 3009.00 ms\tStatus: timeout"],
        "Sandbox.Timedout", "Task timed out after 3.01 seconds",
    ),
    "an older runtime's exit after an Init that failed": (
        [f"[ERROR] {IMPORT}: no x", "INIT_REPORT Init Duration: 80 ms\tStatus: error",
         REPORT + ROOMY + EXIT],
        IMPORT, "no x",
    ),
    "an exit in a call that wrote of an import": (
        [START, f"[ERROR] {IMPORT}: no x", STATUS, END, REPORT + ROOMY + EXIT], *EXITED,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SAID)
def test_what_happened_is_told_by_its_lines(name) -> None:
    lines, error_type, message = SAID[name]
    (failure,) = failures(decode(event(lines)))
    assert (failure.error_type, failure.message) == (error_type, message)


NOTHING = {
    "an ending and its type on one line": [STATUS.replace("\n", " ")],
    "an ending in another event than its type": STATUS.split("\n"),
    "an Init that failed and no call needed": [
        "INIT_REPORT Init Duration: 80 ms\tStatus: error\tError Type: Runtime.ExitError"
    ],
}


@pytest.mark.parametrize("name", NOTHING)
def test_and_nothing_by_others(name) -> None:
    assert failures(decode(event(NOTHING[name]))) == []


def test_the_report_names_the_failure() -> None:
    (failure,) = found(
        fact
        for at, text in ((START_MS, f"[ERROR] {IMPORT}: no x"), (START_MS + 50, NOT_STARTED))
        if (fact := read(Line(at, text))) is not None
    )
    assert (failure.at, failure.named_by, failure.message) == (START_MS + 50, REQUEST, "no x")


def test_a_start_that_failed_is_that_of_one_call() -> None:
    """The next call's failure is not told by what the runtime printed before the first."""
    lines = [f"[ERROR] {IMPORT}: no x", NOT_STARTED, NOT_STARTED.replace(REQUEST, OTHER)]
    messages = [failure.message for failure in failures(decode(event(lines)))]
    assert messages == ["no x", f"Lambda reports {IMPORT}"]


def platform(kind, **said):
    return json.dumps({"time": "x", "type": f"platform.{kind}", "record": said})


def test_an_exception_after_a_start_that_failed_is_errorlogs_alone() -> None:
    first = platform("report", requestId=REQUEST, status="error", errorType="Runtime.Unknown")
    raised = platform("report", requestId=OTHER, status="error", errorType="ValueError")
    lines = [platform("initReport", status="error"), first, raised]
    assert [failure.named_by for failure in failures(decode(event(lines)))] == [REQUEST]


@pytest.mark.parametrize("file", CORPUS, ids=lambda file: file.stem)
def test_a_record_of_the_platforms_has_what_the_log_has(collector, settings, file) -> None:
    for made in records(collector, settings, load(file)[0]):
        assert not {"event", "context"} & made.keys()
        assert ("stackTrace" in made) == ("topFrame" in made)


def fingerprint(settings, *lines, group=GROUP):
    batch = decode(event(lines, group=group))
    (failure,) = failures(batch)
    return record(failure, batch, settings)["fingerprint"]


def test_a_bug_is_function_type_and_message_without_its_data(settings) -> None:
    def of(line, group=GROUP):
        return fingerprint(settings, line, group=group)

    no_x = f"RequestId: {REQUEST} Error: no module 'x' after 7 ms\nRuntime.ExitError"
    assert of(no_x) == of(no_x.replace("7", "81")) == of(no_x.replace(REQUEST, OTHER))
    others = {
        of(no_x), of(no_x, "/aws/lambda/payments-function-dev"), of(no_x.replace("'x'", "'y'")),
        of(no_x.replace("Runtime.ExitError", "Extension.Crash")),
    }  # fmt: skip
    assert len(others) == 4


def test_an_id_is_made_of_time_group_stream_and_request(settings, capsys) -> None:
    table = MemoryTable()

    def deliver(line=REPORT + EXIT, at=START_MS, group=GROUP, stream=STREAM):
        batch = decode(event([(at, line)], group=group, stream=stream))
        return collect(batch, settings, Store(TABLE, table))["recorded"]

    assert deliver() == 1
    assert deliver() == 0
    assert deliver(at=START_MS + 1) == 1
    assert deliver(group=f"/shop{GROUP}") == 1
    assert deliver(stream=f"{STREAM}x") == 1
    assert deliver((REPORT + EXIT).replace(REQUEST, OTHER)) == 1
    assert len(table.records) == len({held["errorId"]["S"] for held in table.records}) == 5


def test_a_secret_in_the_log_is_no_reason_not_to_find_a_line_in_it(settings, capsys) -> None:
    """What is read of the stream is redacted as the delivered line is."""
    lines = [START, HOW.format("password=hunter2-Zq9"), END, REPORT + EXIT]
    log = MemoryLog([(START_MS + at, line) for at, line in enumerate(lines)])
    table = MemoryTable()
    streams = LogStreams(log, sleep=lambda _: None, now=lambda: START_MS / 1_000)
    collect(decode(event([(START_MS + 1, lines[1])])), settings, Store(TABLE, table), streams)
    (made,) = table.records
    assert "hunter2" not in json.dumps([*table.items.values()])
    assert "unverified" not in made


@pytest.mark.parametrize("number", ["-1.00", "inf", "nan", "1e300", "x"])
def test_a_number_that_no_call_can_have_is_left_out(settings, number) -> None:
    report = f"REPORT RequestId: {REQUEST}\tDuration: {number} ms\tMemory Size: {number} MB"
    batch = decode(event([report + EXIT]))
    (failure,) = failures(batch)
    assert not {"durationMs", "memoryMb"} & record(failure, batch, settings).keys()


def test_lone_surrogates_in_a_delivery_cost_no_record(settings, capsys) -> None:
    table, how = MemoryTable(), HOW.format("exit \udcff")
    batch = decode(event([how], group="/aws/lambda/a\ud800", stream="s\udfff"))
    assert collect(batch, settings, Store(TABLE, table))["recorded"] == 1
    json.dumps([*table.items.values()], ensure_ascii=False).encode()  # as it is sent


def of_two_bugs(form, number):
    return [form(kind, index) for index in range(number) for kind in (0, 1)]


def printed(kind, index):
    made = {
        "errorId": f"01JDX8Y3Z4A5B6C7D8E9F{kind}{index:04d}", "errorType": "ValueError",
        "functionName": "orders-function-dev", "fingerprint": f"v1:{kind:016x}",
        "counter": f"c{kind}", "counted": index + 1,
    }  # fmt: skip
    return json.dumps({"error_log_fallback": made})


def ended(kind, index):
    request = f"{index:08x}-0000-4000-8000-{kind:012d}"
    error_type = ("Runtime.ExitError", "Runtime.Unknown")[kind]
    return f"REPORT RequestId: {request}\tStatus: error\tError Type: {error_type}"


@pytest.mark.parametrize("form", [printed, ended])
def test_a_delivery_costs_so_many_records_of_each_bug(form, settings, capsys) -> None:
    table = MemoryTable()
    batch = decode(event(of_two_bugs(form, MAX_RECORDS_OF_A_BUG)))
    answer = collect(batch, settings, Store(TABLE, table))
    assert "overBudget" not in answer
    assert len(table.records) == 2 * MAX_RECORDS_OF_A_BUG


def test_what_is_beyond_it_counts_for_its_bug(settings, capsys) -> None:
    table = MemoryTable()
    batch = decode(event([printed(0, index) for index in range(MAX_RECORDS_OF_A_BUG + 3)]))
    assert collect(batch, settings, Store(TABLE, table))["overBudget"] == 3
    (kept,) = (held for held in table.items.values() if held["errorId"]["S"].startswith("count:"))
    assert kept["counted"] == {"N": str(MAX_RECORDS_OF_A_BUG + 3)}


class Counting(MemoryTable):
    """Counts what it is asked for by kind."""

    def __init__(self):
        super().__init__()
        self.queries = self.writes = 0

    def paginate(self, **query):
        self.queries += 1
        return super().paginate(**query)

    def put_item(self, TableName, Item, **condition):
        self.writes += 1
        super().put_item(TableName, Item, **condition)


class OnePage(MemoryLog):
    PAGE = 10_000


def test_a_failure_costs_three_queries_a_read_and_a_write_for_each_line_and_its_record(
    settings, capsys
) -> None:
    timed_out = f"REPORT RequestId: {REQUEST}\tDuration: 3000.00 ms\tStatus: timeout"
    lines = [(START_MS + at, line) for at, line in enumerate([START, TIMED_OUT, END, timed_out])]
    table, log = Counting(), OnePage(lines)
    streams = LogStreams(log, sleep=lambda _: None, now=lambda: START_MS / 1_000)
    delivered = [lines[1], lines[3]]
    assert collect(decode(event(delivered)), settings, Store(TABLE, table), streams) == {
        "failures": 1, "recorded": 1,
    }  # fmt: skip
    assert (table.queries, table.writes) == (3, 2 + 1)
    assert log.calls == 2  # its page, and the one before, which is empty


def test_the_collector_records_its_own_exceptions_without_what_it_was_given(
    monkeypatch, capfd
) -> None:
    monkeypatch.delenv("ERROR_LOG_TABLE", raising=False)
    with pytest.raises(KeyError, match="awslogs"):
        collecting.handler({"of": "no delivery"}, Context())
    lines = [json.loads(line) for line in capfd.readouterr().out.splitlines()]
    (carried,) = (line["error_log_fallback"] for line in lines if "error_log_fallback" in line)
    assert carried["errorType"] == "KeyError"
    assert "event" not in carried


def test_what_was_counted_is_told_also_where_the_store_refuses(settings, capsys) -> None:
    class Refusing(MemoryTable):
        def put_item(self, TableName, Item, **condition):
            if "fact" in Item:
                raise RuntimeError("throttled")
            super().put_item(TableName, Item, **condition)

    lines = ['{"error_log_fallback": {"errorId": ', REPORT + EXIT]
    with pytest.raises(RuntimeError, match="throttled"):
        collect(decode(event(lines)), settings, Store(TABLE, Refusing()))
    said = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["ErrorLogLost"] for line in said if "_aws" in line] == [1]


def test_a_record_of_the_platforms_that_dynamodb_refuses_is_lost(settings, capsys) -> None:
    class Picky(MemoryTable):
        def put_item(self, TableName, Item, **condition):
            if Item.get("source") == {"S": "platform"}:
                from botocore.exceptions import ClientError

                raise ClientError({"Error": {"Code": "ValidationException"}}, "PutItem")
            super().put_item(TableName, Item, **condition)

    answer = collect(decode(event([REPORT + EXIT])), settings, Store(TABLE, Picky()))
    assert answer == {"failures": 1, "recorded": 0, "lost": 1}
