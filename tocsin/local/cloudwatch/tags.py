"""TagResource, UntagResource, ListTagsForResource for alarms and dashboards."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from tocsin.local.cloudwatch.errors import InvalidParameterValue

LIMIT = 50
"""Tags per resource: https://docs.aws.amazon.com/tag-editor/latest/userguide/reference.html"""


class Tags:
    """The tags of every resource, by ARN. Whether the ARN exists is the caller's to check."""

    def __init__(self) -> None:
        self._by_arn: dict[str, dict[str, str]] = {}

    def of(self, arn: str) -> list[dict[str, str]]:
        """The tags of a resource, sorted by key."""
        return [
            {"Key": key, "Value": value} for key, value in sorted(self._by_arn.get(arn, {}).items())
        ]

    def put(self, arn: str, tags: Iterable[Mapping[str, Any]]) -> None:
        """Add tags, or give existing keys a new value."""
        added = {str(tag["Key"]): str(tag.get("Value", "")) for tag in tags}
        if any(key.lower().startswith("aws:") for key in added):
            raise InvalidParameterValue("aws: prefixed tag key names are not allowed.")
        merged = self._by_arn.get(arn, {}) | added
        if len(merged) > LIMIT:
            raise InvalidParameterValue(f"A resource can have at most {LIMIT} tags.")
        self._by_arn[arn] = merged

    def replace(self, arn: str, tags: Iterable[Mapping[str, Any]]) -> None:
        """The whole set anew, system tags included: how CloudFormation applies a template's."""
        self._by_arn[arn] = {str(tag["Key"]): str(tag.get("Value", "")) for tag in tags}

    def remove(self, arn: str, keys: Iterable[str]) -> None:
        """Drop tags; keys that are not there are ignored."""
        held = self._by_arn.get(arn, {})
        for key in keys:
            held.pop(key, None)

    def forget(self, arn: str) -> None:
        """The resource is gone."""
        self._by_arn.pop(arn, None)
