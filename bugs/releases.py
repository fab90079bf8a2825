"""Since when the stage has had each release: what puts them in an order.

A release is named by git (a tag, a commit), and names have no order. It began when it
was deployed (tocsin/triage/release_order.py), or with the first failure that was of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from tocsin.bugs.bug import Occurrence
from tocsin.bugs.bug_items import KEY, RELEASE, RELEASE_KEPT_S, key, values

MOST = 1_000
"""Releases are bounded: names of them may be anybody's, as records are."""


class Releases:
    """``order`` is what is known of it: a release, and since when (ISO 8601, UTC)."""

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table
        self.order: dict[str, str] = {}
        self._is_read = False

    def note(self, occurrences: Iterable[Occurrence]) -> None:
        """Remember the releases of ``occurrences`` that are new, or older than was known."""
        if not self._is_read:
            self._read()
        first: dict[str, str] = {}
        for occurrence in occurrences:
            release, at = occurrence.release, occurrence.at
            if release and at < first.get(release, self.order.get(release, "~")):
                first[release] = at
        for release, at in sorted(first.items(), key=lambda began: began[1]):
            self.began(release, at)

    def began(self, release: str, at: str) -> None:
        """Remember that the stage has had ``release`` since ``at``, if not before."""
        if not self._is_read:
            self._read()
        if release not in self.order and len(self.order) >= MOST:
            return
        self.order[release] = at
        names = {"#began": "began", "#expiresAt": "expiresAt"}
        try:
            self._client.update_item(
                TableName=self._table,
                Key=key(RELEASE, release),
                UpdateExpression="SET #began = :at, #expiresAt = :expiresAt",
                ConditionExpression="attribute_not_exists(#began) OR #began > :at",
                ExpressionAttributeNames=names,
                ExpressionAttributeValues={
                    ":at": {"S": at},
                    ":expiresAt": {"N": str(_expires_at(at))},
                },
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            self._read()  # another one knew more

    def _read(self) -> None:
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            KeyConditionExpression="#kind = :kind",
            ExpressionAttributeNames={"#kind": "kind"},
            ExpressionAttributeValues={":kind": {"S": RELEASE}},
            ConsistentRead=True,
        )
        for page in pages:
            for item in page["Items"]:
                fields = values(item)
                self.order[fields[KEY]] = fields["began"]
        self._is_read = True


def _expires_at(at: str) -> int:
    return int(datetime.fromisoformat(at).timestamp()) + RELEASE_KEPT_S
