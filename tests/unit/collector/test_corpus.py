"""A corpus of log lines, each with the records it must give: text and JSON format, old and new.

The text lines follow logs of real functions (python, node, provided.al2023, C++, .NET); the JSON
lines the telemetry schema, https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html.
"""

import json
from pathlib import Path

import pytest
from pydantic import TypeAdapter

from tests.conftest import some
from tests.unit.collector.conftest import GROUP, START_MS, STREAM, TABLE, event
from tests.unit.collector.memory_table import MemoryLog, MemoryTable
from tocsin.cli.json_shapes.record_shapes import RecordShape
from tocsin.local.filter_pattern import matches

CORPUS = sorted((Path(__file__).parent / "corpus").glob("*.json"))


def load(file: Path):
    case = json.loads(file.read_text(encoding="utf-8"))
    lines = [
        (START_MS + line[0], line[1]) if isinstance(line, list) else (START_MS + index, line)
        for index, line in enumerate(case["lines"])
    ]
    return lines, case["expected"]


def records(collector, settings, lines):
    batch = collector.batch.decode(event(lines))
    return [
        collector.records.record(failure, batch, settings)
        for failure in collector.failures.failures(batch)
    ]


@pytest.mark.parametrize("file", CORPUS, ids=lambda file: file.stem)
def test_lines_give_the_expected_records(collector, settings, file) -> None:
    lines, expected = load(file)
    made = records(collector, settings, lines)
    assert [
        {name: record.get(name) for name in wanted}
        for wanted, record in zip(expected, made, strict=False)
    ] == expected
    assert len(made) == len(expected), made
    for record in made:
        assert record["source"] == "platform"
        assert record["functionName"] == "orders-function-dev"
        assert (record["logGroup"], record["logStream"]) == (GROUP, STREAM)
        assert record["functionVersion"] == "$LATEST"
        assert len(record["errorId"]) == 26
    assert len({record["errorId"] for record in made}) == len(made)


@pytest.mark.parametrize("log", ["readable", "gone"])
@pytest.mark.parametrize("file", some(CORPUS, 2), ids=lambda file: file.stem)
def test_what_the_subscription_lets_through_gives_as_many(
    collector, settings, file, filter_pattern, log, capsys
) -> None:
    """The lines that AWS delivers are those of the pattern; what was printed, the log tells."""
    lines, expected = load(file)
    if log == "gone" and "printing" in file.stem:
        return  # then nothing tells
    delivered = [(at, text) for at, text in lines if matches(filter_pattern, text)]
    table, client = MemoryTable(), MemoryLog(lines if log == "readable" else [])
    store = collector.error_table.Store(TABLE, table)
    streams = collector.log_stream.LogStreams(client, sleep=lambda _: None)
    collector.handler.collect(collector.batch.decode(event(delivered)), settings, store, streams)
    platforms = [record for record in table.records if record["source"] == {"S": "platform"}]
    assert [platform["errorType"]["S"] for platform in platforms] == [
        file["errorType"] for file in expected
    ]


@pytest.mark.parametrize("file", some(CORPUS, 4), ids=lambda file: file.stem)
def test_the_same_lines_give_the_same_records(collector, settings, file) -> None:
    lines, _ = load(file)
    assert records(collector, settings, lines) == records(collector, settings, lines)


@pytest.mark.parametrize("file", some(CORPUS, 4), ids=lambda file: file.stem)
def test_records_have_the_documented_shape(collector, settings, file) -> None:
    lines, _ = load(file)
    for record in records(collector, settings, lines):
        TypeAdapter(RecordShape).validate_json(json.dumps(record), strict=True)
        assert set(record) <= set(RecordShape.__annotations__)


def test_the_corpus_has_both_formats_and_lines_that_mean_nothing() -> None:
    assert len([file for file in CORPUS if file.stem.startswith("text-")]) >= 30
    assert len([file for file in CORPUS if file.stem.startswith("json-")]) >= 12
    assert len([file for file in CORPUS if not load(file)[1]]) >= 8
