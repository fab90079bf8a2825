"""A record out of a log as it is put back into the table: as safe as one of errorlog's own.

The collector reads the same line by the same rules; what it knows from the line's log stream, an
import takes from the record and checks by its form.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from errorlog.printed_record import fields
from errorlog.settings import Settings
from tocsin.config import Stage
from tocsin.json_values import plain
from tocsin.triage.record_reading import Record

_DAY_S = 86_400
# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogStream.html
_LOG_NAME = re.compile(r"[\w./#$\[\]-]{1,512}", re.ASCII)


def restored(record: Mapping[str, Any], stage: Stage) -> Record:
    """``record``, whose key has its form, redacted and bounded with what ``stage`` asks for.

    What has another type than the error log writes is left out.
    """
    said: Record = plain(record)
    settings = _settings(stage)
    made: Record = {
        "errorId": said["errorId"],
        "timestamp": said["timestamp"],
        "functionName": said["functionName"],
        **fields(said, settings),
        "logGroup": _log_name(said.get("logGroup")),
        "logStream": _log_name(said.get("logStream")),
        "stage": stage.name,
        "expiresAt": _expires_at(said, settings.ttl_days),
    }
    return {name: value for name, value in made.items() if value is not None and value != ""}


def _settings(stage: Stage) -> Settings:
    """Of the stage's functions, as far as they say what of a record is kept."""
    return Settings(
        table="",
        stage=stage.name,
        release="",
        namespace="",
        ttl_days=stage.error_retention_days,
        redact_keys=stage.redact_keys,
        redact_emails=stage.redact_emails,
        timeout_s=0,
        burst=0,
        refill_s=0,
    )


def _log_name(value: Any) -> str | None:
    return value if isinstance(value, str) and _LOG_NAME.fullmatch(value) else None


def _expires_at(said: Record, ttl_days: int) -> int:
    """As errorlog set it, within what the stage keeps its records for."""
    failed_at = datetime.fromisoformat(said["timestamp"]).timestamp()
    latest = int(failed_at) + ttl_days * _DAY_S
    value = said.get("expiresAt")
    if isinstance(value, int) and not isinstance(value, bool) and abs(value - latest) <= _DAY_S:
        return value
    return latest
