"""Exports of a DynamoDB table to S3 that are files in the bucket, or a failure that says why.

ministack calls every export done and writes nothing, whether or not the bucket is there.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataExport.Output.html
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from ministack.services import dynamodb, s3

Answer = tuple[int, dict[str, str], bytes]

_FAILED = 400
NO_BUCKET = ("S3NoSuchBucket", "The specified bucket does not exist")


def install() -> None:
    """Let what begins an export make it, too."""
    begin = dynamodb._export_table_to_point_in_time

    def exported(data: dict[str, Any]) -> Answer:
        answer: Answer = begin(data)
        if answer[0] < _FAILED:
            _finish(dynamodb._exports[json.loads(answer[2])["ExportDescription"]["ExportArn"]])
        return answer

    dynamodb._export_table_to_point_in_time = exported


def _finish(description: dict[str, Any]) -> None:
    """Write the files of an export, and into its description how it ended."""
    if description["ExportStatus"] != "IN_PROGRESS":
        return  # begun before, by the same ClientToken
    table = dynamodb._tables[description["TableArn"].rpartition("/")[2]]
    items = list(_items(table))
    data = "".join(json.dumps({"Item": item}) + "\n" for item in items).encode()
    packed = gzip.compress(data, mtime=0)
    prefix = description.get("S3Prefix", "").strip("/")
    export_id = description["ExportArn"].rpartition("/")[2]
    folder = "/".join(filter(None, (prefix, "AWSDynamoDB", export_id)))
    name = f"{folder}/data/{hashlib.sha256(export_id.encode()).hexdigest()[:26]}.json.gz"
    md5 = hashlib.md5(packed, usedforsecurity=False)
    began = _written(description["StartTime"])
    manifest = {
        "itemCount": len(items),
        "md5Checksum": base64.b64encode(md5.digest()).decode(),
        "etag": md5.hexdigest(),
        "dataFileS3Key": name,
    }
    summary = {
        "version": "2020-06-30",
        "exportArn": description["ExportArn"],
        "startTime": began,
        "endTime": began,
        "tableArn": description["TableArn"],
        "tableId": description["TableId"],
        "exportTime": began,
        "s3Bucket": description["S3Bucket"],
        "s3Prefix": prefix or None,
        "billedSizeBytes": len(data),
        "itemCount": len(items),
        "outputFormat": description["ExportFormat"],
        "exportType": description["ExportType"],
    }
    files = {
        name: packed,
        f"{folder}/manifest-files.json": json.dumps(manifest).encode() + b"\n",
        f"{folder}/manifest-summary.json": json.dumps(summary).encode(),
    }
    for key, content in files.items():
        status, *_ = s3._put_object(description["S3Bucket"], key, content, {})
        if status >= _FAILED:
            description["ExportStatus"] = "FAILED"
            description["FailureCode"], description["FailureMessage"] = NO_BUCKET
            return
    description |= {
        "ExportStatus": "COMPLETED",
        "EndTime": description["StartTime"],
        "ExportManifest": f"{folder}/manifest-summary.json",
        "ItemCount": len(items),
        "BilledSizeBytes": len(data),
    }


def _items(table: dict[str, Any]) -> Iterator[dict[str, Any]]:
    with dynamodb._lock:
        for partition in table["items"].values():
            yield from list(partition.values())


def _written(moment: float) -> str:
    written = datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds")
    return written.replace("+00:00", "Z")
