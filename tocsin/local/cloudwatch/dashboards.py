"""PutDashboard, GetDashboard, ListDashboards, DeleteDashboards.

Dashboards are global to an account: https://docs.aws.amazon.com/AmazonCloudWatch/latest/
APIReference/API_PutDashboard.html
"""

from __future__ import annotations

import datetime as dt
import json
import re
from dataclasses import dataclass
from typing import Any

from tocsin.local.cloudwatch.errors import (
    DashboardInvalidInput,
    DashboardNotFound,
    InvalidParameterValue,
)

_NAME = re.compile(r"[A-Za-z0-9_-]{1,255}")


@dataclass(frozen=True)
class StoredDashboard:
    """One dashboard as it was last put."""

    name: str
    body: str
    modified: float


class Dashboards:
    """The dashboards of one account."""

    def __init__(self, account: str) -> None:
        self._account = account
        self._held: dict[str, StoredDashboard] = {}

    def arn(self, name: str) -> str:
        """The dashboard's ARN (which has no region)."""
        return f"arn:aws:cloudwatch::{self._account}:dashboard/{name}"

    def put(self, name: str, body: str, now: float) -> list[dict[str, str]]:
        """Create or replace; returns the validation messages (none for a valid body).

        Raises:
            DashboardInvalidInput: the name or the body is not acceptable.
        """
        if not _NAME.fullmatch(name):
            raise InvalidParameterValue(
                "The value for field DashboardName contains invalid characters. "
                "It can only contain alphanumerics, dash (-) and underscore (_).\n"
            )
        try:
            parsed = json.loads(body)
        except ValueError as error:
            raise DashboardInvalidInput(
                f"The field DashboardBody must be a valid JSON object: {error}"
            ) from error
        if not isinstance(parsed, dict) or not isinstance(parsed.get("widgets", []), list):
            raise DashboardInvalidInput(
                "The dashboard body is invalid, there are validation errors: "
                "/widgets Should be an array"
            )
        self._held[name] = StoredDashboard(name, body, now)
        return []

    def get(self, name: str) -> dict[str, Any]:
        """GetDashboard's output.

        Raises:
            DashboardNotFound: there is none of that name.
        """
        if name not in self._held:
            raise DashboardNotFound(f"Dashboard {name} does not exist")
        held = self._held[name]
        return {"DashboardArn": self.arn(name), "DashboardBody": held.body, "DashboardName": name}

    def entries(self, prefix: str = "") -> list[dict[str, Any]]:
        """ListDashboards' entries, by name."""
        return [
            {
                "DashboardName": held.name,
                "DashboardArn": self.arn(held.name),
                "LastModified": dt.datetime.fromtimestamp(held.modified, dt.UTC),
                "Size": len(held.body.encode()),
            }
            for _, held in sorted(self._held.items())
            if held.name.startswith(prefix)
        ]

    def delete(self, names: list[str]) -> None:
        """Remove all of ``names``, or none when one of them does not exist."""
        missing = [name for name in names if name not in self._held]
        if missing:
            raise DashboardNotFound(f"Dashboard {', '.join(missing)} does not exist")
        for name in names:
            del self._held[name]

    def __contains__(self, name: object) -> bool:
        return name in self._held
