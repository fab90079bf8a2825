"""SQL over exports: the question in docs/ says what `errors-groups --from` says, of all places."""

import datetime as dt
import json
import re
import sys

import pytest

from tests.conftest import ROOT, slow
from tests.unit.triage.test_exports import record, write
from tocsin import triage
from tocsin.exceptions import InputError
from tocsin.json_values import json_text
from tocsin.triage import export_database
from tocsin.triage.export_database import answered

pytestmark = slow

QUESTION = (ROOT / "docs/exports.sql").read_text(encoding="utf-8")


@pytest.fixture
def exports(tmp_path):
    ours = write(tmp_path / "ours", record(1), record(2), record(3, fingerprint="v1:bb"))
    theirs = write(
        tmp_path / "theirs", record(4, stage="eu"), {"errorId": "count:ab", "timestamp": "-"},
        table="arn:aws:dynamodb:eu-west-1:123456789012:table/error-log-table-eu",
    )  # fmt: skip
    return triage.export_folders([ours, theirs])


def test_the_question_of_the_docs(exports) -> None:
    found = answered(exports, QUESTION, 100).as_dict()["rows"]
    groups = [bug.group for bug in triage.exported_bugs(exports)]
    assert [(row["fingerprint"], row["failures"]) for row in found] == [
        (group.fingerprint, group.count) for group in groups
    ]
    assert found[0]["stages"] == 2


def test_a_record_has_its_place_and_its_item(exports) -> None:
    (row,) = answered(exports, "FROM records WHERE stage = 'eu'", 9).as_dict()["rows"]
    assert tuple(row) == export_database.COLUMNS
    assert (row["account"], row["region"], row["failures"]) == ("123456789012", "eu-west-1", 3)
    assert json.loads(row["item"])["event"] == {"M": {"deep": {"L": [{"M": {"er": {"N": "1"}}}]}}}


def test_athena_makes_the_same_columns() -> None:
    """It cannot be run here; its view has the columns that the question and DuckDB's view have."""
    athena = (ROOT / "docs/exports.athena.sql").read_text(encoding="utf-8")
    view = athena.partition("CREATE VIEW records AS")[2].partition("FROM export_lines")[0]
    assert re.findall(r" AS (\w+)(?:,|\s*$)", view) == list(export_database.COLUMNS[:-2])
    fields = re.findall(r"lines\.item\.\"?(\w+)\"?\.", view)
    declared = re.findall(r"`?(\w+)`?:struct<[sn]:string>", athena)
    assert sorted(fields) == sorted(declared)


REFUSED = {
    "a file": "SELECT * FROM read_text('/etc/passwd')",
    "another name of one": "FROM '/etc/passwd'",
    "a change": "DROP VIEW records",
    "a copy": "COPY records TO '/tmp/x.csv'",
    "a setting": "SET memory_limit = '9GB'",
    "an extension": "INSTALL httpfs",
    "another database": "ATTACH '/tmp/x.duckdb'",
    "several": "SELECT 1 AS a; SELECT 2 AS a",
    "none": "",
    "a remark": "-- nothing",
    "no SQL": "what fails most?",
    "an unknown column": "SELECT nothing FROM records",
    "a number that is none": "SELECT CAST(error_type AS INT) AS n FROM records",
    "two columns of one name": "SELECT 1 AS a, 2 AS a",
    "a statement in a question": "SELECT * FROM (DROP VIEW records)",
}


@pytest.mark.parametrize("sql", REFUSED.values(), ids=REFUSED)
def test_what_is_no_question_of_the_records_is_refused(exports, sql) -> None:
    with pytest.raises(InputError):
        answered(exports, sql, 10)


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("COPY records TO '/tmp/x.csv'", "COPY"),
        ("SELECT 1 AS a; DROP VIEW records", "SELECT, DROP"),
        ("", "nothing"),
    ],
)
def test_what_it_was_instead_is_said(exports, sql, said) -> None:
    with pytest.raises(InputError, match=f"^found {said}; accepted: one SELECT of `records`$"):
        answered(exports, sql, 10)


def test_rows_are_bounded_and_every_type_is_json(exports) -> None:
    answer = answered(exports, "SELECT error_id FROM records", 2)
    assert (len(answer.rows), answer.more) == (2, True)
    typed = answered(
        exports,
        "SELECT 1.5 AS a, now() AS b, 'x'::BLOB AS c, [1] AS d, {'e': DATE '2026-01-01'} AS e, "
        "170141183460469231731687303715884105727 AS f, 'NaN'::DOUBLE AS g, NULL AS h, uuid() AS i",
        1,
    )
    (row,) = json.loads(json_text(typed.as_dict()))["rows"]
    assert (row["a"], row["d"], row["e"], row["h"]) == (1.5, [1], {"e": "2026-01-01"}, None)
    assert dt.datetime.fromisoformat(row["b"])


@pytest.mark.parametrize("memory", ["", "1", "1 GB", "0GB", "1TB", "-1GB", "'1GB'"])
def test_memory_is_an_amount_of_it(exports, memory) -> None:
    with pytest.raises(InputError, match="--memory: found"):
        answered(exports, "SELECT 1 AS a", 1, memory)


def test_without_duckdb_it_says_what_to_install(exports, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "duckdb", None)
    with pytest.raises(InputError, match=r"pip install 'tocsin\[export\]'"):
        answered(exports, "SELECT 1 AS a", 1)
    assert [bug.group.count for bug in triage.exported_bugs(exports)] == [9, 3]
