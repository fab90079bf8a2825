"""What JSON and DynamoDB both take."""

from __future__ import annotations

Plain = None | bool | int | float | str | list["Plain"] | dict[str, "Plain"]
