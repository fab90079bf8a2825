"""A plugin of pytest's: the mark `slow`, which `test-unit` leaves out.

A project's own pyproject.toml need not declare it, and pytest asks that every mark is declared.
"""

from __future__ import annotations

from typing import Any

MARK = "slow"


def pytest_configure(config: Any) -> None:
    config.addinivalue_line(
        "markers", f"{MARK}: `./inv test` runs it, and `./inv test-unit` where -k names it"
    )
