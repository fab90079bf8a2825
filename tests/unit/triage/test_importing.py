"""Fallback lines back into the table: nothing lost, nothing twice, nothing half."""

import io
import json

import pytest

from errorlog.lines import fallback
from tocsin import triage
from tocsin.exceptions import InputError
from tocsin.triage.importing import NotARecord

RECORD = {
    "errorId": "01FALLBACK",
    "timestamp": "2026-11-23T14:00:00.000Z",
    "functionName": "orders-function-dev",
    "errorType": "ValueError",
    "durationMs": 12.5,
    "handled": False,
    "stage": "dev",
    "event": {"nested": [1, None, "x"]},
}


@pytest.fixture
def line(capsys):
    """The line as errorlog prints it."""
    fallback(RECORD, "ReadTimeout: no answer", "shop")
    return capsys.readouterr().out


def test_what_errorlog_prints_is_read(line) -> None:
    assert triage.fallback_records(line) == [RECORD]


SURROUNDINGS = [
    "START RequestId: x\n{}END RequestId: x\n",
    "2026-11-23T14:00:00 2026/11/23/[$LATEST]0f3c {}",
    '{{"level":"INFO","message":"order {{reserved}}"}}\n{}',
    '\n\n{}{{"error_log_suppressed":{{}}}}\n',
]


@pytest.mark.parametrize("around", SURROUNDINGS)
def test_other_lines_and_prefixes_do_not_matter(line, around) -> None:
    assert triage.fallback_records(around.format(line)) == [RECORD]


def test_the_clis_json_is_read(line) -> None:
    events = {"events": [{"message": "START"}, {"message": line}], "searchedLogStreams": []}
    assert triage.fallback_records(json.dumps(events, indent=2)) == [RECORD]


def test_an_import_brings_the_record_back_as_it_was(account, stage, line) -> None:
    done = triage.bring_back(account, stage, triage.fallback_records(line))
    assert (done.found, done.written) == (1, 1)
    assert triage.plain(triage.show(account, stage, "01FALLBACK")) == RECORD


def test_a_second_import_changes_nothing(account, stage, line) -> None:
    records = triage.fallback_records(line)
    triage.bring_back(account, stage, records)
    changed = [{**records[0], "errorType": "Other"}]
    done = triage.bring_back(account, stage, [*records, *changed])
    assert (done.found, done.written) == (2, 0)
    assert triage.show(account, stage, "01FALLBACK")["errorType"] == "ValueError"


CUT = [
    '{"error_log_fallback":{"errorId":"01X","timestamp":"t","functionN',
    '{"error_log_fallback":{"errorId":"01X"}}',
    '{"error_log_fallback":null}',
]


@pytest.mark.parametrize("cut", CUT)
def test_a_line_that_is_cut_is_named_and_nothing_imported(line, cut) -> None:
    with pytest.raises(NotARecord, match="in line 2;"):
        triage.fallback_records(f"{line}{cut}\n")


def test_another_stages_records_are_refused(account, stage) -> None:
    with pytest.raises(InputError, match="found records of stage prod; accepted: of dev"):
        triage.bring_back(account, stage, [RECORD, {**RECORD, "stage": "prod"}])
    assert triage.newest(account, stage) == []


def test_a_file_or_standard_input(tmp_path, monkeypatch, line) -> None:
    file = tmp_path / "log.txt"
    file.write_text(line)
    assert triage.read_log(str(file)) == line
    monkeypatch.setattr("sys.stdin", io.StringIO(line))
    assert triage.read_log("-") == line


def test_a_file_that_is_not_there_is_bad_input(tmp_path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        triage.read_log(str(tmp_path / "none"))
