"""The SQL of docs/ counts what `errors-groups --from` counts, of several accounts at once."""

import json

import pytest

from tests import hostile_records as hostile
from tests.conftest import ROOT, deep
from tests.unit.triage.test_exports import record, write
from tocsin import triage


@deep
def test_duckdb_counts_what_python_counts(tmp_path, monkeypatch) -> None:
    duckdb = pytest.importorskip("duckdb", reason="pip install duckdb")
    texts = [text.encode("utf-8", "replace").decode() for text in hostile.TEXTS.values()]
    forged = [hostile.record(text) | {"fingerprint": f"v1:{n:x}"} for n, text in enumerate(texts)]
    counted_only = {"errorId": "count:ab", "timestamp": "-", "counter": "c"}
    folders = [
        write(tmp_path / "ours", record(1), record(2), record(3, fingerprint="v1:bb")),
        write(tmp_path / "theirs", record(4, stage="eu"), counted_only, *forged),
    ]
    for folder, region in zip(folders, ("us-east-1", "eu-west-1"), strict=True):
        (manifest,) = (tmp_path / folder).rglob("manifest-summary.json")
        arn = f"arn:aws:dynamodb:{region}:123456789012:table/error-log-table"
        manifest.write_text(json.dumps({"tableArn": arn}))
        # Each export has an id of its own.
        manifest.parent.rename(manifest.parent.with_name(f"0170-{region}"))
    monkeypatch.chdir(tmp_path)
    database = duckdb.connect()
    database.execute((ROOT / "docs/exports.duckdb.sql").read_text(encoding="utf-8"))
    found = database.execute((ROOT / "docs/exports.sql").read_text(encoding="utf-8")).fetchall()
    groups = triage.exported_groups(folders)
    assert {row[0]: row[2] for row in found} == {one.fingerprint: one.count for one in groups}
    regions = database.execute("SELECT DISTINCT region FROM records ORDER BY region").fetchall()
    assert regions == [("eu-west-1",), ("us-east-1",)]
