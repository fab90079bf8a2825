"""An export of a table on the stage: what `errors-groups --from` reads, or why there is none."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from ministack.services import dynamodb, s3

from tests.conftest import slow
from tocsin import triage
from tocsin.local.emulator import table_exports

pytestmark = slow

RECORDS = 3


@pytest.fixture
def begin(monkeypatch: pytest.MonkeyPatch) -> Any:
    original = dynamodb._export_table_to_point_in_time
    monkeypatch.setattr(dynamodb, "_export_table_to_point_in_time", original)
    monkeypatch.setattr(dynamodb, "_EXPORT_COMPLETE_AFTER_SEC", 1e9)
    table_exports.install()
    dynamodb._create_table(
        {
            "TableName": "errors",
            "AttributeDefinitions": [{"AttributeName": "errorId", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "errorId", "KeyType": "HASH"}],
            "BillingMode": "PAY_PER_REQUEST",
        }
    )
    for number in range(RECORDS):
        item = {
            "errorId": {"S": f"01{number}"},
            "timestamp": {"S": f"2026-11-28T10:00:0{number}.000Z"},
            "functionName": {"S": "orders"},
            "fingerprint": {"S": "v1:aa"},
        }
        dynamodb._put_item({"TableName": "errors", "Item": item})

    def export(bucket: str, **more: str) -> dict[str, Any]:
        arn = dynamodb._tables["errors"]["TableArn"]
        _, _, body = dynamodb._export_table_to_point_in_time(
            {"TableArn": arn, "S3Bucket": bucket, **more}
        )
        begun = json.loads(body)["ExportDescription"]
        _, _, body = dynamodb._describe_export({"ExportArn": begun["ExportArn"]})
        described: dict[str, Any] = json.loads(body)["ExportDescription"]
        return described

    yield export
    dynamodb.reset()
    s3.reset()


@pytest.mark.parametrize("prefix", ["", "log", "a/b/"])
def test_its_files_are_read_as_those_of_aws(begin: Any, tmp_path: Path, prefix: str) -> None:
    s3._create_bucket("our-exports", b"", {})
    done = begin("our-exports", **({"S3Prefix": prefix} if prefix else {}))
    assert (done["ExportStatus"], done["ItemCount"]) == ("COMPLETED", RECORDS)
    keys = sorted(s3._buckets["our-exports"]["objects"])
    assert done["ExportManifest"] in keys
    assert all(key.startswith(prefix.strip("/")) for key in keys)
    for key in keys:
        file = tmp_path / key
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(s3._get_object_data("our-exports", key))
    (export,) = triage.export_folders([str(tmp_path)]).read
    assert export.table.endswith("errors")
    assert export.made
    (bug,) = triage.exported_bugs(triage.export_folders([str(tmp_path)]))
    assert bug.group.count == RECORDS


def test_a_bucket_that_is_missing_is_told_of(begin: Any) -> None:
    done = begin("nobodys")
    assert (done["ExportStatus"], done["FailureCode"]) == ("FAILED", "S3NoSuchBucket")
    assert "ItemCount" not in done
