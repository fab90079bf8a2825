"""Exports: begun and awaited, and their files read as DynamoDB writes them."""

import gzip
import json
from types import SimpleNamespace

import pytest

from errorlog.attributes import item
from tests import hostile_records as hostile
from tocsin import triage
from tocsin.exceptions import InputError

ARN = "arn:aws:dynamodb:us-east-1:123456789012:table/error-log-table-dev"


def record(number: int, **changes):
    return {
        "errorId": f"01X{number}", "timestamp": f"2026-11-{number:02d}T10:00:00.000Z",
        "functionName": "orders-function-dev", "fingerprint": "v1:aa", "errorType": "KeyError",
        "errorMessage": f"message {number}", "event": {"deep": [{"er": 1}]}, "suppressed": 2,
    } | changes  # fmt: skip


def write(folder, *records, name="aaa.json.gz", lines=()):
    """A data file as an export has it, beside its manifests."""
    data = folder / "AWSDynamoDB" / "01700000000000-abc" / "data"
    data.mkdir(parents=True, exist_ok=True)
    (data.parent / "manifest-summary.json").write_text("{}")
    text = [json.dumps({"Item": item(one)}) for one in records]
    (data / name).write_bytes(gzip.compress("\n".join([*text, *lines]).encode()))
    return str(folder)


def test_several_exports_are_one_list(tmp_path) -> None:
    ours = write(tmp_path / "ours", record(1), record(3, fingerprint="v1:bb"))
    write(tmp_path / "ours", record(2), name="bbb.json.gz")
    theirs = write(tmp_path / "theirs", record(4, functionName="orders-function-eu", stage="eu"))
    groups = triage.exported_groups([ours, theirs])
    assert [(group.fingerprint, group.count) for group in groups] == [("v1:aa", 9), ("v1:bb", 3)]
    assert groups[0].functions == ("orders-function-dev", "orders-function-eu")
    assert (groups[0].first_seen[:10], groups[0].newest_id) == ("2026-11-01", "01X4")
    assert len(triage.exported_groups([ours, theirs], since="2026-11-02")) == 2
    assert triage.exported_groups([ours], "orders-function-eu") == []


def test_what_is_no_record_is_left_out(tmp_path) -> None:
    facts = [{"errorId": "stream:ab", "timestamp": "x", "fact": "y"},
             {"errorId": "count:ab", "timestamp": "-", "counter": "c"}]  # fmt: skip
    folder = write(tmp_path, record(1), *facts)
    assert [group.count for group in triage.exported_groups([folder])] == [3]


def test_hostile_records_are_grouped_as_texts(tmp_path) -> None:
    found = [
        hostile.record(text.encode("utf-8", "replace").decode()) | {"fingerprint": f"v1:{n:x}"}
        for n, text in enumerate(hostile.TEXTS.values())
    ]
    groups = triage.exported_groups([write(tmp_path, *found)])
    assert len(groups) == len(found)
    assert all(isinstance(group.error_message, str) for group in groups)


def packed(content: bytes) -> bytes:
    return gzip.compress(content, mtime=0)


DAMAGED = {
    "no gzip": b"no gzip",
    "cut": packed(b'{"Item": {"errorId": {"S": "x"}}}')[:-9],
    "another line": packed(b'{"no": "item"}'),
    "no UTF-8": packed(b"\xff\xfe"),
    "nested": packed(b'{"Item": ' * 9_000),
    "a list": packed(b"[]"),
    "an item that is none": packed(b'{"Item": [1]}'),
}


@pytest.mark.parametrize("content", DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_file_is_named(tmp_path, content) -> None:
    write(tmp_path, record(1))
    (tmp_path / "zzz.json.gz").write_bytes(content)
    with pytest.raises(InputError, match=r"zzz\.json\.gz"):
        triage.exported_groups([str(tmp_path)])


def test_a_folder_without_an_export_is_refused(tmp_path) -> None:
    for folder in (str(tmp_path), str(tmp_path / "gone")):
        with pytest.raises(InputError, match="found no file"):
            triage.exported_groups([folder])


def account(*statuses, **more):
    """DynamoDB, which says ``statuses`` of an export, one after the other."""
    said = iter(statuses)
    asked = []

    def begin(**request):
        asked.append(request)
        return {"ExportDescription": {"ExportArn": f"{ARN}/export/1"}}

    client = SimpleNamespace(
        exceptions=SimpleNamespace(ResourceNotFoundException=LookupError),
        describe_table=lambda TableName: {"Table": {"TableArn": ARN}},
        export_table_to_point_in_time=begin,
        describe_export=lambda ExportArn: {
            "ExportDescription": {"ExportStatus": next(said), "ExportArn": ExportArn, **more}
        },
    )
    return SimpleNamespace(region="us-east-1", client=lambda _: client), asked


def test_an_export_is_awaited(stage) -> None:
    manifest = {"ExportManifest": "log/AWSDynamoDB/017-a/manifest-summary.json", "ItemCount": 7,
                "BilledSizeBytes": 900}  # fmt: skip
    here, asked = account("IN_PROGRESS", "IN_PROGRESS", "COMPLETED", **manifest)
    pauses = []
    done = triage.export(here, stage, "our-exports", "log", pause=pauses.append)
    assert (done.place, done.items) == ("s3://our-exports/log/AWSDynamoDB/017-a", 7)
    assert len(pauses) == 2
    assert asked == [{"TableArn": ARN, "S3Bucket": "our-exports", "S3Prefix": "log",
                      "ExportFormat": "DYNAMODB_JSON"}]  # fmt: skip


def test_one_that_fails_says_why(stage) -> None:
    here, _ = account("FAILED", FailureCode="S3AccessDenied", FailureMessage="no")
    with pytest.raises(triage.ExportFailed, match="S3AccessDenied: no"):
        triage.export(here, stage, "our-exports")


@pytest.mark.parametrize(
    ("bucket", "prefix"), [("x", ""), ("B; rm", ""), ("ok-1", "a b"), ("", "")]
)
def test_what_is_no_bucket_is_refused(stage, bucket, prefix) -> None:
    with pytest.raises(InputError, match="accepted"):
        triage.export(account()[0], stage, bucket, prefix)
