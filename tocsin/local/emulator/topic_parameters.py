"""Parameters of a request of SNS, and an error as it answers with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

Given = Mapping[str, str]
"""The parameters of a request, empty ones too."""


class Refusal(NamedTuple):
    """An error as SNS answers with."""

    code: str
    message: str
    status: int = 400


def invalid(problem: str) -> Refusal:
    return Refusal("InvalidParameter", f"Invalid parameter: {problem}")


def listed(given: Given, prefix: str) -> Sequence[dict[str, str]]:
    """The members ``prefix.1.*``, ``prefix.2.*`` ... of a request, in their order."""
    found: dict[int, dict[str, str]] = {}
    for name, value in given.items():
        if not name.startswith(f"{prefix}."):
            continue
        number, _, rest = name[len(prefix) + 1 :].partition(".")
        if number.isascii() and number.isdigit() and len(number) < 6:
            found.setdefault(int(number), {})[rest] = value
    return [found[number] for number in sorted(found)]
