"""Bugs from before there was a memory: a stage that was deployed long ago has records of them.

Nobody is told anew of what failed already then. So in the first weeks the error table is asked of
a bug that is not known whether its function had it before the memory began.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from tocsin.bugs.bug import Occurrence, iso
from tocsin.bugs.bug_items import key

ASKED_FOR = timedelta(days=90)
INDEX = "FunctionNameIndex"
_FIRST_MOMENTS = timedelta(minutes=10)
_PAGES = 10  # of 1 MB: some 3,000 records
_MOST = 50  # questions of one process, so that fingerprints that never repeat cost little


class Before:
    """Whether a failure's bug had records before the memory began."""

    def __init__(self, client: Any, table: str, error_table: str, now: datetime) -> None:
        self._client = client
        self._table = table
        self._error_table = error_table
        self._now = now
        self._began = ""
        self._asked: dict[tuple[str, str], bool] = {}

    def __call__(self, occurrence: Occurrence) -> bool:
        began = self._began = self._began or self._beginning()
        if began < iso(self._now - ASKED_FOR):
            return False
        asked = occurrence.function, occurrence.fingerprint
        if asked not in self._asked:
            if len(self._asked) >= _MOST:
                return False
            self._asked[asked] = self._had_it(*asked, began)
        return self._asked[asked]

    def _beginning(self) -> str:
        """When the memory began: now, where nothing says, or rather some moments ago.

        What failed between the deploy and the first batch is told of as everything after it.
        """
        place: dict[str, Any] = {"TableName": self._table, "Key": key("memory", "began")}
        answer = self._client.update_item(
            **place,
            UpdateExpression="SET #at = if_not_exists(#at, :now)",
            ExpressionAttributeNames={"#at": "at"},
            ExpressionAttributeValues={":now": {"S": iso(self._now - _FIRST_MOMENTS)}},
            ReturnValues="ALL_NEW",
        )
        return str(answer["Attributes"]["at"]["S"])

    def _had_it(self, function: str, fingerprint: str, began: str) -> bool:
        pages = self._client.get_paginator("query").paginate(
            TableName=self._error_table,
            IndexName=INDEX,
            Select="COUNT",
            ScanIndexForward=False,
            KeyConditionExpression="#function = :function AND #timestamp < :began",
            FilterExpression="#fingerprint = :fingerprint",
            ExpressionAttributeNames={
                "#function": "functionName",
                "#timestamp": "timestamp",
                "#fingerprint": "fingerprint",
            },
            ExpressionAttributeValues={
                ":function": {"S": function},
                ":began": {"S": began},
                ":fingerprint": {"S": fingerprint},
            },
        )
        return any(page["Count"] for page, _ in zip(pages, range(_PAGES), strict=False))
