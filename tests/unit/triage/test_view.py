"""What people see of records: a list has a line of bounded length for each, whatever is in it."""

import json

import pytest

from tests.conftest import ROOT
from tocsin.triage import view
from tocsin.triage.groups import Group
from tocsin.triage.view import groups_table, record_line, record_lines, records_table

RECORD = {
    "timestamp": "2026-11-28T10:12:00.000Z", "functionName": "orders-function-prod",
    "errorType": "KeyError", "errorMessage": "'sku'", "errorId": "01M8JK86JH2FBXBGBX9RXC9T3R",
}  # fmt: skip
LONG = {**RECORD, "errorMessage": "x" * 100_000}
MOST_OF_OUR_OWN = {
    "errorMessage": "m" * 4_096,
    "stackTrace": "t" * 16_384,
    "event": {"text": "e" * 60_000},
    "logBefore": ["l" * 500] * 16,
}


def test_a_list_shows_the_beginning_of_a_long_text(capsys: pytest.CaptureFixture[str]) -> None:
    records_table([LONG])
    printed = capsys.readouterr().out
    assert "x" * 20 in printed
    assert printed.count("x") == 253
    assert record_line(LONG).count("x") == 253


def test_so_does_a_list_of_bugs(capsys: pytest.CaptureFixture[str]) -> None:
    at = RECORD["timestamp"]
    group = Group("v1:0", 1, at, at, ("f" * 9_000,), "b" * 9_000, "x" * 9_000, "01M8")
    groups_table([group])
    assert len("".join(capsys.readouterr().out.split())) < 1_000


def test_a_record_shows_the_beginning_of_what_no_record_of_ours_has_and_how_to_see_the_rest() -> (
    None
):
    lines = list(record_lines({**LONG, "event": {"text": "e" * 300_000}}))
    assert [len(line) < 101_000 for line in lines] == [True] * len(lines)
    (message,) = [line for line in lines if line.startswith("errorMessage")]
    assert message.endswith("x [cut 95000 of 100000 characters: --json has all]")
    assert lines[-1].endswith("characters: --json has all]")


def test_a_record_of_ours_is_shown_whole() -> None:
    shown = "\n".join(record_lines({**RECORD, **MOST_OF_OUR_OWN}))
    assert "[cut" not in shown
    assert [shown.count(letter * 400) > 0 for letter in "mtel"] == [True] * 4


def test_what_was_logged_before_stands_a_line_below_the_other() -> None:
    logged = ["10:12:00.001 INFO root: begin", "10:12:00.002 ERROR root: no\nTraceback", "end"]
    lines = list(record_lines({**RECORD, "logBefore": logged}))
    assert lines[lines.index("logBefore") + 1 :] == [
        "10:12:00.001 INFO root: begin",
        "10:12:00.002 ERROR root: no",
        "    Traceback",
        "end",
    ]


@pytest.mark.parametrize("value", [{"a": 1}, [1, "x"], [], "one\ntwo", None, 4])
def test_what_is_no_list_of_texts_is_shown_as_it_is(value: object) -> None:
    lines = list(record_lines({**RECORD, "logBefore": value}))
    assert "logBefore" in lines
    assert lines[-1]


def test_a_column_shows_a_field_that_records_have() -> None:
    schema = json.loads((ROOT / "docs" / "schemas" / "errors.json").read_text(encoding="utf-8"))
    assert (
        set(view._COLUMNS.values()) - schema["$defs"]["RecordShape"]["properties"].keys() == set()
    )
