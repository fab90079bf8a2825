"""Records that the table did not take heal by themselves, from the lines that errorlog printed."""

import json
import random

import pytest

import errorlog
import errorlog.recorder
from errorlog.attributes import item
from errorlog.recorder import Recorder
from errorlog.table import NotWritten
from tests.conftest import DEEP, slow
from tests.unit.collector.conftest import GROUP, START_MS, STREAM, TABLE, event
from tests.unit.collector.memory_table import ConditionalCheckFailed, MemoryTable
from tests.unit.errorlog.surroundings import Context
from tocsin.local.filter_pattern import matches

FUNCTION = "orders-function-dev"
REQUEST = "3f2b1c9e-0000-4000-8000-000000000001"
ERROR_ID = "01JDX8Y3Z4A5B6C7D8E9F0G1H2"
EXIT = (
    f"REPORT RequestId: {REQUEST}\tDuration: 12.00 ms\tBilled Duration: 12 ms\t"
    "Memory Size: 128 MB\tMax Memory Used: 64 MB\tStatus: error\tError Type: Runtime.ExitError"
)


class Refusing:
    """A table that takes nothing, and keeps what it was to take."""

    def __init__(self) -> None:
        self.offered = []

    def put(self, table, record, *_):
        self.offered.append(dict(record))
        raise NotWritten("ReadTimeout: the store is down")


@pytest.fixture
def printed(monkeypatch, capfd):
    """``printed(handler)``: the lines it printed, and the record that the table refused."""
    for name, value in {
        "AWS_LAMBDA_FUNCTION_NAME": FUNCTION, "STAGE": "dev", "RELEASE": "v1",
        "ERROR_LOG_TABLE": TABLE, "POWERTOOLS_METRICS_NAMESPACE": "shop",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)

    def run(handler, given):
        table = Refusing()
        monkeypatch.setattr(errorlog.recorder, "_default", Recorder(table))
        context = Context(
            function_name=FUNCTION, log_group_name=GROUP, log_stream_name=STREAM,
            aws_request_id=REQUEST,
        )  # fmt: skip
        with pytest.raises(BaseException):  # noqa: B017, PT011 - whatever the handler raises
            errorlog.record_errors(handler)(given, context)
        lines = [line for line in capfd.readouterr().out.splitlines() if line.startswith("{")]
        return lines, table.offered

    return run


@pytest.fixture
def heal(collector, settings, capfd):
    """``heal(lines, table)``: what the collector answers, and the metrics it printed."""

    def run(lines, table=None, **where):
        store = collector.error_table.Store(TABLE, table if table is not None else MemoryTable())
        batch = collector.batch.decode(event(lines, **where))
        answer = collector.handler.collect(batch, settings, store)
        said = [json.loads(line) for line in capfd.readouterr().out.splitlines()]
        return answer, next((line for line in said if "_aws" in line), {})

    return run


def raising(error):
    def handler(event, context):
        raise error

    return handler


def now(record):
    """Epoch ms of a record's own time: when its line was printed."""
    from datetime import datetime

    return int(datetime.fromisoformat(record["timestamp"]).timestamp() * 1000)


def line_of(record, **changes):
    return json.dumps({"reason": "ReadTimeout", "error_log_fallback": {**record, **changes}})


RECORD = {
    "errorId": ERROR_ID, "timestamp": "2026-11-23T14:26:40.001Z", "functionName": FUNCTION,
    "requestId": REQUEST, "errorType": "ValueError", "errorMessage": "no such order",
    "handled": False, "source": "handler",
}  # fmt: skip


def test_the_record_is_the_one_that_the_handler_could_not_write(printed, heal) -> None:
    given = {"orderId": "o-81", "password": "hunter2", "items": [1, 2.5, None, {"deep": ["x"]}]}
    (line,), (refused,) = printed(raising(ValueError("no such order o-81")), given)
    table = MemoryTable()
    answer, metrics = heal([(now(refused), line)], table)
    assert answer == {"failures": 0, "recorded": 0, "healed": 1}
    assert table.records == [item(refused)]
    assert metrics["ErrorLogHealed"] == 1
    assert metrics["Stage"] == "dev"


@pytest.mark.parametrize(("attempts", "healed"), [(0, 0), (1, 1), (2, 1)])
def test_a_record_whose_answer_was_lost_is_healed(attempts, healed, heal) -> None:
    """botocore asks again, and is told that it is there already: it wrote it itself."""

    class Asking(MemoryTable):
        def put_item(self, TableName, Item, **condition):
            super().put_item(TableName, Item)
            if condition:
                error = ConditionalCheckFailed()
                error.response["ResponseMetadata"] = {"RetryAttempts": attempts}
                raise error

    table = Asking()
    _, metrics = heal([(now(RECORD), line_of(RECORD))], table)
    assert metrics.get("ErrorLogHealed", 0) == healed
    assert [key for key in table.items if key[0] == ERROR_ID]


@slow
def test_a_late_write_of_the_handlers_changes_nothing(printed, heal, dynamodb) -> None:
    (line,), (refused,) = printed(raising(KeyError("sku")), {"orderId": "o-81"})
    for _ in range(2):
        heal([(now(refused), line)], dynamodb)
    healed = dynamodb.scan(TableName=TABLE, IndexName="FunctionNameIndex")["Items"]
    dynamodb.put_item(TableName=TABLE, Item=item(refused))
    assert dynamodb.scan(TableName=TABLE, IndexName="FunctionNameIndex")["Items"] == healed
    assert len(healed) == 1


def test_what_the_handler_wrote_after_all_stays(heal, dynamodb) -> None:
    written = item(RECORD | {"errorMessage": "the handler's own", "state": "resolved"})
    dynamodb.put_item(TableName=TABLE, Item=written)
    assert heal([(START_MS, line_of(RECORD))], dynamodb)[0] == {"failures": 0, "recorded": 0}
    found = dynamodb.scan(TableName=TABLE, IndexName="FunctionNameIndex")["Items"]
    assert found == [written]


@pytest.mark.parametrize("order", [(0, 1), (1, 0), (0, 1, 0), (1, 0, 1)])
def test_an_exit_and_its_line_are_one_record_in_whichever_order(heal, order) -> None:
    lines = [(START_MS, line_of(RECORD | {"errorType": "SystemExit"})), (START_MS + 20, EXIT)]
    table = MemoryTable()
    for index in order:
        heal([lines[index]], table)
    assert [record["errorId"]["S"] for record in table.records] == [ERROR_ID]


SHAPES = {
    "plain": lambda line: line,
    "with a level": lambda line: json.dumps(
        {"level": "ERROR", "timestamp": "2026-11-23T14:26:40.001Z", **json.loads(line)}
    ),
    "as the message of a line in JSON": lambda line: json.dumps(
        {"timestamp": "2026-11-23T14:26:40Z", "level": "INFO", "message": line, "logger": "root"}
    ),
    "as an object in one": lambda line: json.dumps({"message": json.loads(line)}),
    "behind a logger's prefix": lambda line: f"[INFO]\t2026-11-23T14:26:40.001Z\t{REQUEST}\t{line}",
}


@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_of_the_line_passes_the_filter_and_heals(heal, shape, filter_pattern) -> None:
    line = SHAPES[shape](line_of(RECORD))
    assert matches(filter_pattern, line)
    table = MemoryTable()
    assert heal([(START_MS, line)], table)[0]["healed"] == 1
    assert table.records[0]["errorMessage"] == {"S": "no such order"}


@pytest.mark.parametrize("kept", [400, 3_000, 262_144])
def test_a_line_that_was_cut_keeps_what_is_whole(heal, kept) -> None:
    """Lambda cuts what is longer than 256 KB."""
    record = {**RECORD, "event": {"body": "x" * 400_000}, "stackTrace": "never reached"}
    for line in (line_of(record)[:kept], SHAPES["with a level"](line_of(record))[:kept]):
        table = MemoryTable()
        assert heal([(START_MS, line)], table)[0]["healed"] == 1
        (healed,) = table.records
        assert (healed["errorId"], healed["errorType"]) == ({"S": ERROR_ID}, {"S": "ValueError"})
        assert "stackTrace" not in healed


def test_so_does_a_message_that_a_logger_cut(heal) -> None:
    """The line around it is whole."""
    message = line_of({**RECORD, "stackTrace": "x" * 1_000})[:600]
    table = MemoryTable()
    assert heal([(START_MS, json.dumps({"message": message}))], table)[0]["healed"] == 1
    (healed,) = table.records
    assert healed["errorId"] == {"S": ERROR_ID}
    assert "stackTrace" not in healed


def test_a_line_that_was_cut_before_its_record_is_counted_as_lost(heal) -> None:
    answer, metrics = heal([(START_MS, line_of(RECORD)[:48])])
    assert answer == {"failures": 0, "recorded": 0, "lost": 1}
    assert metrics["ErrorLogLost"] == 1


@pytest.mark.parametrize(
    "line",
    [
        json.dumps({"level": "INFO", "message": 'user said "error_log_fallback": {}'}),
        json.dumps({"message": 'body: {"error_log_fallback": {"errorType": "E"}'}),
        json.dumps({"error_log_fallback": {}}),
        json.dumps({"error_log_fallback": {"note": "x"}}),
        json.dumps({"message": json.dumps({"error_log_fallback": {}})}),
        "error_log_fallback",
    ],
)
def test_what_only_has_the_word_is_neither_a_record_nor_a_lost_one(heal, line) -> None:
    table = MemoryTable()
    answer, metrics = heal([(now(RECORD), line), (now(RECORD), line_of(RECORD))], table)
    assert answer == {"failures": 0, "recorded": 0, "healed": 1}
    assert "ErrorLogLost" not in metrics
    assert len(table.records) == 1


def test_several_lines_of_a_call_are_several_records(heal) -> None:
    ids = [f"01JDX8Y3Z4A5B6C7D8E9F0G1H{letter}" for letter in "ABC"]
    lines = [(START_MS, line_of(RECORD, errorId=error_id, handled=True)) for error_id in ids]
    table = MemoryTable()
    assert heal(lines, table)[0]["healed"] == 3
    assert [record["errorId"]["S"] for record in table.records] == ids


def test_a_hundred_in_one_delivery_are_a_hundred_records(heal) -> None:
    """The function's own storm budget has let them through already."""
    ids = [f"01JDX8Y3Z4A5B6C7D8E9F0G{number:03d}" for number in range(100)]
    lines = [
        (START_MS + number, line_of(RECORD, errorId=error_id))
        for number, error_id in enumerate(ids)
    ]
    table = MemoryTable()
    answer, metrics = heal(lines, table)
    assert (answer["healed"], len(table.records)) == (100, 100)
    assert "ErrorLogLost" not in metrics


def test_more_of_one_bug_than_a_delivery_may_cost_are_counted(heal, collector, monkeypatch) -> None:
    monkeypatch.setattr(collector.handler, "MAX_RECORDS_OF_A_BUG", 2)
    lines = [
        (START_MS + number, line_of(RECORD, errorId=f"01JDX8Y3Z4A5B6C7D8E9F0G{number:03d}"))
        for number in range(5)
    ]
    table = MemoryTable()
    answer, metrics = heal(lines, table)
    assert (answer["healed"], len(table.records)) == (2, 2)
    assert (answer["overBudget"], metrics["CollectorOverBudget"]) == (3, 3)


def test_a_line_on_which_the_reading_itself_fails_costs_no_other_its_record(
    heal, collector, monkeypatch
) -> None:
    read = collector.handler.read

    def failing(line):
        if line.message == "bad":
            raise RecursionError
        return read(line)

    monkeypatch.setattr(collector.handler, "read", failing)
    timed_out = f"REPORT RequestId: {REQUEST}\tDuration: 3000.00 ms\tStatus: timeout"
    answer, metrics = heal(["bad", timed_out, "bad"])
    assert (answer["recorded"], metrics["CollectorSkippedLines"]) == (1, 2)


FORGED = {
    "another function's": {"functionName": "payments-function-dev"},
    "another stream's": {"logStream": "2026/11/23/[$LATEST]another"},
}


@pytest.mark.parametrize("whose", FORGED)
def test_what_another_function_printed_is_not_this_ones_failure(heal, whose) -> None:
    table = MemoryTable()
    answer, metrics = heal([(START_MS, line_of(RECORD, **FORGED[whose]))], table)
    assert answer == {"failures": 0, "recorded": 0, "skipped": 1}
    assert table.records == []
    assert "ErrorLogLost" not in metrics


def test_what_an_event_hides_beyond_what_is_kept_of_it_is_hidden_too(heal) -> None:
    event = {"filler": ["x" * 10_000] * 8, "password": "hunter2-secret"}
    line = line_of(RECORD, event=event, errorMessage="no login with hunter2-secret")
    table = MemoryTable()
    heal([(START_MS, line)], table)
    (healed,) = table.records
    assert healed["errorMessage"] == {"S": "no login with [redacted]"}
    assert "password" not in healed["event"]["M"]


def test_where_it_failed_is_what_the_delivery_says(heal) -> None:
    forged = {"stage": "prod", "logGroup": "/aws/lambda/payments", "functionVersion": "17"}
    table = MemoryTable()
    heal([(START_MS, line_of(RECORD, **forged))], table)
    (healed,) = table.records
    said = {name: healed[name]["S"] for name in forged}
    assert said == {
        "stage": "dev", "logGroup": "/aws/lambda/orders-function-dev", "functionVersion": "$LATEST",
    }  # fmt: skip


@slow
def test_secrets_and_sizes_are_bounded_again(heal) -> None:
    record = {
        **RECORD,
        "event": {"password": "hunter2-secret", "note": "call with hunter2-secret"},
        "context": {"authorization": "Bearer abcdef0123456789"},
        "errorMessage": "cannot connect to postgres://shop:hunter2-secret@db/orders",
        "stackTrace": "x" * 300_000,
        "requestId": ["no", "id"],
        "durationMs": 1e308,
        "memoryMb": True,
        "handled": "no",
        "expiresAt": 99_999_999_999_999,
        "fingerprint": "<script>",
        "source": "platform",
        "bad name": 1,
        "surrogate": "\ud800",
        **{f"further{number}": "x" * 100_000 for number in range(200)},
    }
    table = MemoryTable()
    assert heal([(START_MS, line_of(record))], table)[0]["healed"] == 1
    (healed,) = table.records
    text = json.dumps(healed)
    assert "hunter2-secret" not in text
    assert "abcdef0123456789" not in text
    assert len(text) < 380_000
    text.encode()
    for gone in ("requestId", "durationMs", "memoryMb", "fingerprint", "bad name"):
        assert gone not in healed
    assert healed["handled"] == {"BOOL": False}
    assert healed["source"] == {"S": "handler"}
    assert healed["logStream"] == {"S": STREAM}
    assert healed["expiresAt"] == {"N": str(START_MS // 1000 + 30 * 86_400)}


@pytest.mark.parametrize("error_id", [None, "1", "stream:0f3c", "x" * 500, 7, ERROR_ID + "A"])
@pytest.mark.parametrize("timestamp", [None, "x", "2020-01-01T00:00:00.000Z", "9" * 24])
def test_a_key_that_errorlog_does_not_give_is_made_from_the_line(heal, error_id, timestamp) -> None:
    """So that a forged line can be neither one of the collector's own items nor in the past."""
    line = line_of(RECORD, errorId=error_id, timestamp=timestamp)
    table = MemoryTable()
    for _ in range(2):
        heal([(START_MS, line)], table)
    (healed,) = table.records
    assert len(healed["errorId"]["S"]) == 26
    assert healed["timestamp"] == {"S": "2026-11-23T14:26:40.000Z"}


def test_an_item_that_dynamodb_refuses_costs_no_other_its_record(
    collector, settings, monkeypatch, heal
) -> None:
    from botocore.exceptions import ClientError

    class Picky(MemoryTable):
        def put_item(self, TableName, Item, **condition):
            if Item.get("errorMessage") == {"S": "bad"}:
                raise ClientError({"Error": {"Code": "ValidationException"}}, "PutItem")
            super().put_item(TableName, Item, **condition)

    table = Picky()
    lines = [
        (START_MS, line_of(RECORD, errorMessage="bad")),
        (START_MS + 1, line_of(RECORD, errorId="01JDX8Y3Z4A5B6C7D8E9F0G1HA")),
        (START_MS + 2, EXIT.replace(REQUEST, "8c1d2e3f-0000-4000-8000-000000000002")),
    ]
    answer, metrics = heal(lines, table)
    assert answer == {"failures": 1, "recorded": 1, "healed": 1, "lost": 1}
    assert metrics["ErrorLogLost"] == 1


def test_the_function_of_a_groups_own_choice_is_the_records(heal) -> None:
    """Neither group nor stream name it there."""
    table = MemoryTable()
    heal([(START_MS, line_of(RECORD))], table, group="/shop/functions", stream="[1]0f3c")
    assert table.records[0]["functionName"] == {"S": FUNCTION}


@pytest.mark.parametrize("seed", range(1_000 if DEEP else 15))
def test_a_line_that_is_broken_anywhere_is_a_record_or_counted(heal, seed) -> None:
    chance = random.Random(seed)
    text = list(line_of({**RECORD, "event": {"a": ["b", {"c": 1}]}}))
    for _ in range(chance.randint(1, 4)):
        where = chance.randrange(len(text))
        text[where] = chance.choice(('"', "{", "}", "[", "\\", "\x00", "\ud800", "é", "", "9" * 30))
    good = line_of(RECORD, errorId="01JDX8Y3Z4A5B6C7D8E9F0G1HA")
    table = MemoryTable()
    answer, _ = heal([(START_MS, "".join(text)), (START_MS + 1, good)], table)
    assert answer["healed"] >= 1
    assert "01JDX8Y3Z4A5B6C7D8E9F0G1HA" in [record["errorId"]["S"] for record in table.records]


@pytest.mark.parametrize("field", ["event", "context"])
def test_a_text_in_place_of_an_event_has_an_events_room(heal, field) -> None:
    text = "an order of a lamp, " * 200
    table = MemoryTable()
    heal([(START_MS, line_of(RECORD, **{field: text}))], table)
    assert table.records[0][field] == {"S": text}
