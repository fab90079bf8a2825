"""Fallback lines back into the table: nothing lost, nothing twice, nothing half."""

import csv
import io
import json
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from botocore.exceptions import ClientError
from hypothesis import given, settings
from hypothesis import strategies as st

from errorlog.printed_lines import fallback
from tests.conftest import examples
from tocsin import triage
from tocsin.exceptions import InputError

NOW = datetime(2026, 11, 23, 15, tzinfo=UTC)
RECORD = {
    "errorId": "01FALLBACK",
    "timestamp": "2026-11-23T14:00:00.000Z",
    "functionName": "orders-function-dev",
    "errorType": "ValueError",
    "durationMs": 12.5,
    "handled": False,
    "source": "handler",
    "expiresAt": 1798034400,  # 30 days later
    "stage": "dev",
    "event": {"nested": [1, None, "x"]},
}


@pytest.fixture
def line(capfd):
    """The line as errorlog prints it."""
    fallback(RECORD, "ReadTimeout: no answer", "shop")
    return capfd.readouterr().out


def read(text: str):
    """The records of a log, and how many of its lines are none."""
    found = triage.fallback_records(text, NOW)
    return list(found.records), found.skipped


def test_what_errorlog_prints_is_read(line) -> None:
    assert read(line) == ([RECORD], 0)


SURROUNDINGS = [
    "START RequestId: x\n{}END RequestId: x\n",
    "2026-11-23T14:00:00 2026/11/23/[$LATEST]0f3c {}",
    '{{"level":"INFO","message":"order {{reserved}}"}}\n{}',
    '\n\n{}{{"error_log_suppressed":{{}}}}\n',
]


@pytest.mark.parametrize("around", SURROUNDINGS)
def test_other_lines_and_prefixes_do_not_matter(line, around) -> None:
    assert read(around.format(line))[0] == [RECORD]


def test_the_clis_json_is_read(line) -> None:
    events = {"events": [{"message": "START"}, {"message": line}], "searchedLogStreams": []}
    assert read(json.dumps(events, indent=2)) == ([RECORD], 1)


def test_an_import_brings_the_record_back_as_it_was(account, stage, line) -> None:
    done = triage.bring_back(account, stage, read(line)[0])
    assert (done.found, done.written) == (1, 1)
    assert triage.plain(triage.show(account, stage, "01FALLBACK")) == RECORD


def test_a_second_import_changes_nothing(account, stage, line) -> None:
    records, _ = read(line)
    triage.bring_back(account, stage, records)
    changed = [{**records[0], "errorType": "Other"}]
    done = triage.bring_back(account, stage, [*records, *changed])
    assert (done.found, done.written) == (2, 0)
    assert triage.show(account, stage, "01FALLBACK")["errorType"] == "ValueError"


def results(line: str) -> dict[str, str]:
    """One line as each tool for Logs Insights gives it, beside one that is no record."""
    rows = [
        [{"field": "@timestamp", "value": "2026-11-23 14:00:00.000"},
         {"field": "@message", "value": message}, {"field": "@ptr", "value": "CmE"}]
        for message in ("START RequestId: x", line)
    ]  # fmt: skip
    objects = [{cell["field"]: cell["value"] for cell in row} for row in rows]
    table = io.StringIO()
    writer = csv.DictWriter(table, ["@timestamp", "@message", "@ptr"])
    writer.writeheader()
    writer.writerows(objects)
    return {
        "get-query-results": json.dumps({"results": rows, "status": "Complete"}),
        "rows": json.dumps(rows),
        "objects": json.dumps(objects),
        "parsed objects": json.dumps([objects[0], {"@message": json.loads(line)}]),
        "csv": table.getvalue(),
        "csv of Windows": table.getvalue().replace("\n", "\r\n").replace("\r\r", "\r"),
        "only messages": json.dumps([{"@message": line}, {"@message": "END"}]),
    }


@pytest.mark.parametrize("form", results("{}"))
def test_results_of_logs_insights_are_read(line, form) -> None:
    assert read(results(line)[form]) == ([RECORD], 1)


def test_a_record_longer_than_a_cell_of_csv_usually_is(capfd) -> None:
    long = RECORD | {"event": {"text": "x" * 200_000}}
    fallback(long, "ReadTimeout", "shop")
    assert read(results(capfd.readouterr().out)["csv"]) == ([long], 1)


def test_a_line_that_another_logger_wrapped_is_read(line) -> None:
    for key in ("message", "log"):
        assert read(json.dumps({"level": "INFO", key: line})) == ([RECORD], 0)


DEEP = '{"error_log_fallback":{"errorId":"01X","event":' + "[" * 20_000 + "]" * 20_000 + "}}"
LEVELS_40 = '{"error_log_fallback":{"errorId":"01X","event":' + "[" * 40 + "]" * 40 + "}}"
# A line with the marker, and why it is not imported.
DAMAGED = [
    ('{"error_log_fallback":{"errorId":"01X","timestamp":"t","functionN', "no whole record"),
    ('{"error_log_fallback":{"errorId":"01X"}}', "timestamp: found none"),
    ('{"error_log_fallback":null}', "no whole record"),
    ('{"error_log_fallback":[{}]}', "no whole record"),
    (DEEP, "no whole record"),
    (LEVELS_40, "nested deeper than 32 levels"),
    ('{"error_log_fallback":{"errorId":' + "9" * 5_000 + "}}", "no whole record"),
    *(
        (json.dumps({"error_log_fallback": RECORD | {field: value}}), f"{field}: found {shown}")
        for field, value, shown in [
            ("errorId", "x/../../../conftest", "'x/../../../conftest'"),
            ("errorId", "", "''"),
            ("errorId", 7, "7"),
            ("timestamp", "2026-11-23", "'2026-11-23'"),
            ("timestamp", "2026-11-23T14:00:00.000Z\n", r"'2026-11-23T14:00:00.000Z\n'"),
            ("timestamp", "2026-13-45T99:99:99Z", "'2026-13-45T99:99:99Z'"),
            ("timestamp", "2026-02-29T14:00:00.000Z", "'2026-02-29T14:00:00.000Z'"),
            ("timestamp", "2026-11-23T14:00:60.000Z", "'2026-11-23T14:00:60.000Z'"),
            ("timestamp", "2026-11-24T15:00:00.001Z", "'2026-11-24T15:00:00.001Z'"),
            ("timestamp", "9999-12-31T23:59:59.999Z", "'9999-12-31T23:59:59.999Z'"),
            ("functionName", "\x1b[2J", r"'\x1b[2J'"),
            ("fingerprint", 'v1:aa"', "'v1:aa\"'"),
            ("requestId", ["x"], "['x']"),
        ]
    ),
]


@pytest.mark.parametrize(("damaged", "why"), DAMAGED)
def test_a_line_without_a_whole_record_is_skipped_and_named(line, damaged, why) -> None:
    found = triage.fallback_records(f"{line}{damaged}\n\nEND\n{line}", NOW)
    assert (list(found.records), found.skipped) == ([RECORD, RECORD], 2)
    (named,) = found.damaged
    assert (named.line, named.why[: len(why)]) == (2, why)


SENTENCES = [
    "filter @message like error_log_fallback",
    "a customer wrote: error_log_fallback {",
    '{"message":"a customer wrote error_log_fallback"}',
    '{"log":"error_log_fallback: none"}',
    '{"message":"error_log_fallback"}',
]


@pytest.mark.parametrize("sentence", SENTENCES)
def test_a_sentence_with_the_word_is_a_line_like_others(line, sentence) -> None:
    found = triage.fallback_records(f"{line}{sentence}\n", NOW)
    assert (list(found.records), found.skipped, found.damaged) == ([RECORD], 1, ())


PIECES = st.sampled_from(
    ["error_log_fallback", "@message", '{"', '":', "{", "}", "[", "]", '"', ",", "\\", "\n", "\r",
     '{"results":[', '{"events":[{"message":', "\0", "\ud800", "NaN", "1e999", json.dumps(RECORD)]
)  # fmt: skip


@settings(max_examples=examples(100))
@given(st.lists(st.one_of(PIECES, st.text(max_size=5)), max_size=20).map("".join))
def test_any_text_is_read_or_skipped(text) -> None:
    found = triage.fallback_records(text, NOW)
    assert all(record["errorId"] == RECORD["errorId"] for record in found.records)
    assert len(found.damaged) <= found.skipped
    json.dumps(found.records).encode("utf-8")


def test_a_line_of_braces_takes_a_bounded_number_of_looks(monkeypatch) -> None:
    looks = []

    class Counting(json.JSONDecoder):
        def raw_decode(self, text, index=0):
            looks.append(index)
            return super().raw_decode(text, index)

    monkeypatch.setattr("tocsin.triage.importing.json.JSONDecoder", Counting)
    assert read('{"a":' * 50_000 + '"error_log_fallback":') == ([], 1)
    assert len(looks) == 32


def test_values_that_json_has_not_are_texts(account, stage, line) -> None:
    broken = line.replace('"handled":false', '"handled":false,"x":[NaN,1e999],"y":"\\ud800"')
    records, _ = read(broken)
    triage.bring_back(account, stage, records)
    shown = triage.plain(triage.show(account, stage, "01FALLBACK"))
    assert (shown["x"], shown["y"]) == (["NaN", "Infinity"], "\ufffd")


def test_what_dynamodb_refuses_costs_no_other_its_record(account, stage) -> None:
    client = account.client("dynamodb")

    def put_item(**request):
        if request["Item"]["errorId"]["S"] == "01LARGE":
            why = {"Code": "ValidationException", "Message": "Item size has exceeded"}
            raise ClientError({"Error": why}, "PutItem")
        return client.put_item(**request)

    refusing = SimpleNamespace(exceptions=client.exceptions, put_item=put_item)
    account = SimpleNamespace(region=account.region, client=lambda _: refusing)
    done = triage.bring_back(account, stage, [RECORD | {"errorId": "01LARGE"}, RECORD])
    assert (done.found, done.written) == (2, 1)
    (refused,) = done.refused
    assert refused.error_id == "01LARGE"
    assert "size" in refused.why


def test_another_stages_records_are_refused(account, stage) -> None:
    with pytest.raises(InputError, match="found records of stage prod; accepted: of dev"):
        triage.bring_back(account, stage, [RECORD, {**RECORD, "stage": "prod"}])
    assert triage.newest(account, stage) == []


ENCODINGS = ["utf-8", "utf-8-sig", "utf-16"]


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_file_or_standard_input(tmp_path, monkeypatch, line, encoding) -> None:
    file = tmp_path / "log.txt"
    file.write_bytes(f"é\n{line}".encode(encoding))
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(file.read_bytes())))
    for name in (str(file), "-"):
        assert read(triage.read_log(name)) == ([RECORD], 1)


def test_a_broken_character_elsewhere_costs_no_record(tmp_path, line) -> None:
    file = tmp_path / "log.txt"
    file.write_bytes(b"caf\xe9 \xff\n" + line.encode())
    assert read(triage.read_log(str(file))) == ([RECORD], 1)


@pytest.mark.parametrize("name", ["none", ".", "a\0b"])
def test_a_file_that_is_not_there_is_bad_input(tmp_path, name) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        triage.read_log(str(tmp_path / name))
