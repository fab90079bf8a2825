"""The error log as files in S3, by DynamoDB's own export: it costs the table no capacity.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataExport.HowItWorks.html
"""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tocsin import names
from tocsin.aws.account import Account
from tocsin.config import Stage
from tocsin.exceptions import InputError, TocsinError
from tocsin.triage.record_reading import deployed

POLL_S = 15.0
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_PREFIX = re.compile(r"[0-9A-Za-z!_.*'()/-]{0,200}")


class ExportFailed(TocsinError):
    """DynamoDB began an export and did not end it."""


@dataclass(frozen=True)
class Exported:
    """An export that is done: where it is, of how many items and bytes."""

    place: str
    items: int
    bytes: int
    arn: str

    def as_dict(self) -> dict[str, Any]:
        return dict(vars(self))


def export(
    account: Account,
    stage: Stage,
    bucket: str,
    prefix: str = "",
    *,
    pause: Callable[[float], None] = time.sleep,
) -> Exported:
    """Export the error log to ``bucket`` and wait until that is done, which takes minutes.

    Raises:
        InputError: that is no bucket or prefix.
        ExportFailed: DynamoDB gave it up, and says why.
    """
    if not _BUCKET.fullmatch(bucket):
        raise InputError(f"--bucket: found {bucket!r}; accepted: the name of an S3 bucket")
    if not _PREFIX.fullmatch(prefix):
        raise InputError(f"--prefix: found {prefix!r}; accepted: letters, digits and !-_.*'()/")
    table = names.table(stage.suffix)
    with deployed(account, table) as client:
        arn = client.describe_table(TableName=table)["Table"]["TableArn"]
        request = {"TableArn": arn, "S3Bucket": bucket, "ExportFormat": "DYNAMODB_JSON"}
        begun = client.export_table_to_point_in_time(
            **request, **({"S3Prefix": prefix} if prefix else {})
        )["ExportDescription"]
        while True:
            found = client.describe_export(ExportArn=begun["ExportArn"])["ExportDescription"]
            if found["ExportStatus"] != "IN_PROGRESS":
                break
            pause(POLL_S)
    if found["ExportStatus"] != "COMPLETED":
        raise ExportFailed(
            f"the export failed: {found.get('FailureCode')}: {found.get('FailureMessage')}"
        )
    folder = str(found.get("ExportManifest", "")).rpartition("/")[0]
    return Exported(
        f"s3://{bucket}/{folder}", found.get("ItemCount", 0), found.get("BilledSizeBytes", 0),
        begun["ExportArn"],
    )  # fmt: skip
