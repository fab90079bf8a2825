"""What the error log printed instead of writing it: refused records, and failures only counted."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tocsin.aws.account import Account
from tocsin.drill.traffic import Called

# The keys under which errorlog prints them; see docs/error-log.md.
REFUSED = "error_log_fallback"
SUPPRESSED = "error_log_suppressed"
# What no second attempt would change: rights, names, keys, a configuration that is not there.
_FOR_GOOD = re.compile(
    "AccessDenied|NotFound|Validation|UnrecognizedClient|InvalidSignature|Credentials|"
    "is not set|RecordNotBuilt"
)


@dataclass(frozen=True)
class RefusedWrite:
    """A record that is in the log, and why the table did not take it."""

    error_type: str
    reason: str

    @property
    def for_good(self) -> bool:
        """Whether the table would refuse the next one, too: it was not slow or busy."""
        return _FOR_GOOD.search(self.reason) is not None


def refused(account: Account, function: Called, since_ms: int) -> dict[str, RefusedWrite]:
    """Request id -> its record that the table did not take."""
    return {
        str(line[REFUSED].get("requestId")): RefusedWrite(
            str(line[REFUSED].get("errorType", "")), str(line.get("reason", "its log has why"))
        )
        for line in _lines(account, function, REFUSED, since_ms)
    }


def suppressed(account: Account, function: Called, since_ms: int) -> set[str]:
    """Request ids of failures that the storm budget counted without a record of their own."""
    return {
        str(line[SUPPRESSED].get("requestId"))
        for line in _lines(account, function, SUPPRESSED, since_ms)
    }


def _lines(account: Account, function: Called, key: str, since_ms: int) -> Iterator[dict[str, Any]]:
    pages = account.client("logs").get_paginator("filter_log_events")
    for page in pages.paginate(
        logGroupName=function.log_group, startTime=since_ms, filterPattern=f'"{key}"'
    ):
        for event in page["events"]:
            try:
                line = json.loads(event["message"])
            except ValueError:
                continue
            if isinstance(line, dict) and isinstance(line.get(key), dict):
                yield line
