"""However CloudWatch Logs delivers the lines, the table has the same records at the end.

It may cut a stream at any line, deliver anything twice, and the later part first.
"""

import random

import pytest

from errorlog.attributes import item
from tests.conftest import DEEP, seldom, slow, some
from tests.unit.collector.conftest import TABLE, event
from tests.unit.collector.memory_table import MemoryLog, MemoryTable
from tests.unit.collector.test_corpus import CORPUS, load
from tocsin.local.filter_pattern import matches


@pytest.fixture
def after(collector, settings, capsys):
    """``after(deliveries)``: the records in the table when all of them came."""

    def run(deliveries, client=None, log=None):
        table = client or MemoryTable()
        store = collector.error_table.Store(TABLE, table)
        streams = None
        if log is not None:
            streams = collector.log_stream.LogStreams(MemoryLog(log), sleep=lambda _: None)
        for lines in deliveries:
            batch = collector.batch.decode(event(lines))
            collector.handler.collect(batch, settings, store, streams)
        capsys.readouterr()
        return table.records if client is None else table

    return run


def ways(lines):
    """Every cut in two, in order and reversed, once and doubled; and line by line."""
    yield "twice", [lines, lines]
    yield "line by line", [[line] for line in lines]
    yield "line by line, reversed", [[line] for line in reversed(lines)]
    for cut in range(1, len(lines)):
        a, b = lines[:cut], lines[cut:]
        yield f"cut at {cut}", [a, b]
        yield f"cut at {cut}, reversed, the second part twice", [b, a, b]
        if DEEP:
            yield f"cut at {cut}, reversed", [b, a]
            yield f"cut at {cut}, doubled", [a, b, a, b]
            yield f"cut at {cut}, doubled and reversed", [b, b, a, a]


def delivered(lines, filter_pattern):
    return [(at, text) for at, text in lines if matches(filter_pattern, text)]


@pytest.mark.parametrize("passed", seldom(["all lines", "what the subscription lets through"], 2))
@pytest.mark.parametrize("file", some(CORPUS, 4), ids=lambda file: file.stem)
def test_the_records_follow_from_the_lines_alone(after, file, passed, filter_pattern) -> None:
    log, expected = load(file)
    lines, log = (log, None) if passed == "all lines" else (delivered(log, filter_pattern), log)
    at_once = after([lines], log=log)
    platforms = [record for record in at_once if record["source"] == {"S": "platform"}]
    assert [record["errorType"]["S"] for record in platforms] == [
        record["errorType"] for record in expected
    ]
    wrong = [how for how, deliveries in ways(lines) if after(deliveries, log=log) != at_once]
    assert wrong == []


def a_storm(chance, filter_pattern):
    """Several cases of the corpus one after the other, each with a request of its own."""
    lines, at = [], 0
    for number in range(chance.randint(2, 5)):
        case, _ = load(chance.choice(CORPUS))
        request = f"{number:08x}-aaaa-4bbb-8ccc-{chance.randrange(16**12):012x}"
        for _, text in case:
            at += chance.choice((1, 2, 7))
            text = text.replace("3f2b1c9e-0000-4000-8000-000000000001", request)
            lines.append((1_795_444_000_000 + at, text))
        at += 120_000
    return delivered(lines, filter_pattern)


def a_shuffle(chance, lines):
    """Cut anywhere, some of it twice, in any order."""
    cuts = sorted(chance.sample(range(len(lines) + 1), min(len(lines), chance.randint(0, 6))))
    parts = [lines[a:b] for a, b in zip([0, *cuts], [*cuts, len(lines)], strict=True)]
    parts = [part for part in parts if part]
    parts += chance.choices(parts, k=2) if parts else []
    chance.shuffle(parts)
    return parts


@pytest.mark.parametrize("seed", range(1_000 if DEEP else 15))
def test_random_deliveries_of_several_failures(after, seed, filter_pattern) -> None:
    chance = random.Random(seed)
    lines = a_storm(chance, filter_pattern)
    assert after(a_shuffle(chance, lines)) == after([lines])


@slow
def test_the_memory_table_answers_as_dynamodb_does(after, dynamodb, filter_pattern) -> None:
    chance = random.Random(7)
    for _ in range(3):
        lines = a_storm(chance, filter_pattern)
        deliveries = a_shuffle(chance, lines)
        expected = after(deliveries)
        after(deliveries, dynamodb)
        found = dynamodb.scan(TableName=TABLE)["Items"]
        for written in found:
            key = {name: written[name] for name in ("errorId", "timestamp")}
            dynamodb.delete_item(TableName=TABLE, Key=key)
        records = [record for record in found if "functionName" in record]
        assert sorted(records, key=lambda record: record["timestamp"]["S"]) == expected


def test_what_is_known_of_a_stream_is_no_record(collector, settings, dynamodb) -> None:
    """The facts kept between deliveries are in no index, and gone after a day."""
    lines, _ = load(next(file for file in CORPUS if file.stem == "text-timeout"))
    store = collector.error_table.Store(TABLE, dynamodb)
    collector.handler.collect(collector.batch.decode(event(lines)), settings, store)
    index = dynamodb.scan(TableName=TABLE, IndexName="FunctionNameIndex")["Items"]
    assert [record["errorType"]["S"] for record in index] == ["Sandbox.Timedout"]
    kept = [
        kept_item for kept_item in dynamodb.scan(TableName=TABLE)["Items"] if kept_item not in index
    ]
    assert kept
    assert all(record["errorId"]["S"].startswith("stream:") for record in kept)
    assert all(int(kept_item["expiresAt"]["N"]) > 0 for kept_item in kept)


def test_a_delivery_that_overlaps_another_leaves_nothing_of_what_it_knew_too_little(
    collector, settings, capsys
) -> None:
    """The second part comes in after the first has decided and before it has written."""
    lines, _ = load(next(file for file in CORPUS if file.stem == "text-timeout"))
    first, second = [lines[2]], [lines[4]]
    table = MemoryTable()
    store = collector.error_table.Store(TABLE, table)

    class Overtaken(collector.error_table.Store):
        def put(self, made):
            if not overtaken:
                overtaken.append(True)
                batch = collector.batch.decode(event(second))
                collector.handler.collect(batch, settings, store)
            return super().put(made)

    overtaken: list[bool] = []
    collector.handler.collect(
        collector.batch.decode(event(first)), settings, Overtaken(TABLE, table)
    )
    capsys.readouterr()
    whole = MemoryTable()
    collector.handler.collect(
        collector.batch.decode(event([*first, *second])),
        settings,
        collector.error_table.Store(TABLE, whole),
    )
    assert table.records == whole.records
    assert len(table.records) == 1


def test_a_handlers_record_is_found_among_them(collector, settings, dynamodb) -> None:
    """Whichever part of the platform's lines comes, and however often."""
    lines, _ = load(next(file for file in CORPUS if file.stem == "text-exit"))
    at, report = lines[-1]
    store = collector.error_table.Store(TABLE, dynamodb)
    dynamodb.put_item(
        TableName=TABLE,
        Item=item(
            {
                "errorId": "01HANDLER", "timestamp": collector.records.iso(at - 10),
                "functionName": "orders-function-dev", "handled": False, "source": "handler",
                "requestId": "3f2b1c9e-0000-4000-8000-000000000001",
                "logStream": collector.batch.decode(event([])).log_stream,
            }
        ),
    )  # fmt: skip
    for part in ([lines[1]], [(at, report)], [lines[1]]):
        collector.handler.collect(collector.batch.decode(event(part)), settings, store)
    index = dynamodb.scan(TableName=TABLE, IndexName="FunctionNameIndex")["Items"]
    assert [record["errorId"]["S"] for record in index] == ["01HANDLER"]
