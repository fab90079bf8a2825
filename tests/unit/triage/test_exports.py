"""Exports: begun and awaited, and their files read as DynamoDB writes them."""

import gzip
import json
from types import SimpleNamespace

import pytest

from errorlog.attributes import item
from tests import hostile_records as hostile
from tests.conftest import slow
from tocsin import triage
from tocsin.exceptions import InputError

pytestmark = slow

ARN = "arn:aws:dynamodb:us-east-1:123456789012:table/error-log-table-dev"


def record(number: int, **changes):
    return {
        "errorId": f"01X{number}", "timestamp": f"2026-11-{number:02d}T10:00:00.000Z",
        "functionName": "orders-function-dev", "fingerprint": "v1:aa", "errorType": "KeyError",
        "errorMessage": f"message {number}", "event": {"deep": [{"er": 1}]}, "suppressed": 2,
    } | changes  # fmt: skip


def write(folder, *records, name="aaa.json.gz", lines=(), table=ARN, **manifest):
    """A data file as an export has it, beside its manifests."""
    data = folder / "AWSDynamoDB" / "01700000000000-abc" / "data"
    data.mkdir(parents=True, exist_ok=True)
    summary = {"tableArn": table, "exportTime": "2026-11-05T00:00:00.000Z"} | manifest
    (data.parent / "manifest-summary.json").write_text(json.dumps(summary))
    text = [json.dumps({"Item": item(one)}) for one in records]
    (data / name).write_bytes(gzip.compress("\n".join([*text, *lines]).encode()))
    return str(folder)


@pytest.fixture(params=["duckdb", "python"])
def reader(request, monkeypatch):
    """Both that read files: what they find is the same."""
    if request.param == "python":
        monkeypatch.setattr("tocsin.triage.export_database.installed", lambda: False)
    return request.param


def bugs(*folders, **asked):
    return triage.exported_bugs(triage.export_folders(folders), **asked)


def groups(*folders, **asked):
    return [bug.group for bug in bugs(*folders, **asked)]


def test_several_exports_are_one_list(tmp_path, reader) -> None:
    ours = write(tmp_path / "ours", record(1, stage="dev"), record(3, fingerprint="v1:bb"))
    write(tmp_path / "ours", record(2), name="bbb.json.gz")
    theirs = write(
        tmp_path / "theirs", record(4, functionName="orders-function-eu", stage="eu"),
        table="arn:aws:dynamodb:eu-west-1:210987654321:table/error-log-table-eu",
    )  # fmt: skip
    found = groups(ours, theirs)
    assert [(group.fingerprint, group.count) for group in found] == [("v1:aa", 9), ("v1:bb", 3)]
    assert found[0].functions == ("orders-function-dev", "orders-function-eu")
    assert [str(place) for place in found[0].places] == [
        "123456789012 us-east-1 ?", "123456789012 us-east-1 dev", "210987654321 eu-west-1 eu",
    ]  # fmt: skip
    assert (found[0].first_seen[:10], found[0].newest_id) == ("2026-11-01", "01X4")
    assert len(groups(ours, theirs, since="2026-11-02")) == 2
    assert groups(ours, function="orders-function-eu") == []


def test_a_bug_has_its_releases_its_trend_and_its_newest_record(tmp_path, reader) -> None:
    folder = write(
        tmp_path, record(1, release="r1"), record(4, release="r2"), record(5), record(3),
        exportTime="2026-11-05T11:30:00.000Z",
    )  # fmt: skip
    (bug,) = bugs(folder, whole=True)
    assert (bug.first_release, bug.last_release) == ("r1", "r2")
    assert bug.trend == (*[0] * 22, 3, 0)  # the hour before the export; those of a day before not
    assert bug.newest["event"] == {"deep": [{"er": 1}]}
    assert bug.newest["errorId"] == "01X5"
    assert bugs(folder)[0].newest is None


def test_one_folder_twice_counts_once(tmp_path, reader) -> None:
    folder = write(tmp_path / "all" / "ours", record(1))
    assert [group.count for group in groups(folder, str(tmp_path / "all"), folder)] == [3]


def test_of_two_exports_of_a_table_the_newest_counts(tmp_path, reader) -> None:
    new = write(tmp_path / "new", record(1), record(2))
    old = write(tmp_path / "old", record(1), exportTime="2026-10-01T00:00:00.000Z")
    found = triage.export_folders([old, new])
    assert [export.folder.parts[-3] for export in found.older] == ["old"]
    assert [group.count for group in groups(old, new)] == [6]
    assert [group.count for group in groups(old)] == [3]


def test_an_export_that_is_not_whole_is_refused(tmp_path) -> None:
    write(tmp_path, record(1))
    (folder,) = (file.parent for file in tmp_path.rglob("manifest-summary.json"))
    keys = [f"AWSDynamoDB/x/data/{name}.json.gz" for name in ("aaa", "bbb")]
    lines = [json.dumps({"itemCount": 1, "dataFileS3Key": key}) for key in keys]
    (folder / "manifest-files.json").write_text("\n".join(lines))
    with pytest.raises(InputError, match=r"1 of 2 files are missing, such as bbb\.json\.gz"):
        triage.export_folders([str(tmp_path)])


@pytest.mark.parametrize(
    "manifest", ["", "[]", "{}", '{"tableArn": 5}', "[" * 9_000, '{"tableArn": "a:b"}']
)
def test_a_damaged_manifest_is_named(tmp_path, manifest) -> None:
    write(tmp_path, record(1))
    (file,) = tmp_path.rglob("manifest-summary.json")
    file.write_text(manifest)
    with pytest.raises(InputError, match=r"manifest-summary\.json"):
        triage.export_folders([str(tmp_path)])


def test_changes_alone_are_no_export(tmp_path) -> None:
    folder = write(tmp_path, record(1), exportType="INCREMENTAL_EXPORT")
    with pytest.raises(InputError, match="accepted: FULL_EXPORT"):
        triage.export_folders([folder])


def test_what_is_no_record_is_left_out(tmp_path, reader) -> None:
    facts = [{"errorId": "stream:ab", "timestamp": "x", "fact": "y"},
             {"errorId": "count:ab", "timestamp": "-", "counter": "c"}]  # fmt: skip
    folder = write(tmp_path, record(1), *facts)
    assert [group.count for group in groups(folder)] == [3]


STRANGE = [
    {"suppressed": True}, {"suppressed": "7"}, {"suppressed": 10**15}, {"suppressed": -1},
    {"suppressed": 1.5}, {"errorType": 5}, {"errorMessage": None}, {"fingerprint": ["x"]},
    {"fingerprint": ""}, {"release": {"a": 1}}, {"stage": 5}, {"functionName": 5},
    {"timestamp": 1}, {"timestamp": ""}, {"event": {"\x00": "\u2028"}}, {"release": ""},
]  # fmt: skip


def test_both_readers_find_the_same_of_hostile_records(tmp_path, monkeypatch) -> None:
    texts = [text.encode("utf-8", "replace").decode() for text in hostile.TEXTS.values()]
    folder = write(
        tmp_path / "it's [a] folder? *",
        *(hostile.record(text) | {"fingerprint": f"v1:{n:x}"} for n, text in enumerate(texts)),
        *(record(n) | {"fingerprint": text} for n, text in enumerate(texts)),
        *(record(n, fingerprint=f"v1:b{n}") | change for n, change in enumerate(STRANGE)),
    )
    by_duckdb = bugs(folder, whole=True)
    monkeypatch.setattr("tocsin.triage.export_database.installed", lambda: False)
    by_python = bugs(folder, whole=True)
    key = {"key": lambda bug: bug.group.fingerprint}
    assert len(by_duckdb) > 2 * len(texts)
    for duck, python in zip(sorted(by_duckdb, **key), sorted(by_python, **key), strict=True):
        assert duck == python


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
    "an item of another table": packed(b'{"Item": {"id": {"S": "x"}}}'),
}


@pytest.mark.parametrize("content", DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_file_is_named(tmp_path, content, reader) -> None:
    write(tmp_path, record(1))
    (tmp_path / "zzz.json.gz").write_bytes(content)
    with pytest.raises(InputError, match=r"zzz\.json\.gz, (after )?line \d"):
        bugs(str(tmp_path))


def test_a_folder_without_an_export_is_refused(tmp_path) -> None:
    for folder in (str(tmp_path), str(tmp_path / "gone")):
        with pytest.raises(InputError, match="found no file"):
            triage.export_folders([folder])


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
