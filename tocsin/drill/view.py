"""The drill's table: one line per function and kind, with the links that were seen.

Below it stands each broken link in full.
"""

from collections.abc import Sequence
from itertools import groupby

from tocsin.cli import terminal
from tocsin.drill.checks import Check, Result

_COLOURS = {"passed": "green", "FAILED": "bold red", "skipped": "yellow"}


def print_table(checks: Sequence[Check]) -> None:
    """One function after the other, its kinds in the order of the drill."""
    functions = list(dict.fromkeys(each.function for each in checks))
    kinds = list(dict.fromkeys(each.kind for each in checks))
    ordered = sorted(
        checks, key=lambda each: (functions.index(each.function), kinds.index(each.kind))
    )
    terminal.table(
        [
            terminal.Column("function"),
            terminal.Column("check"),
            terminal.Column("links seen"),
            terminal.Column("result", _COLOURS),
            terminal.Column("seconds", right=True),
        ],
        [
            _row(function, kind, list(group))
            for (function, kind), group in groupby(
                ordered, key=lambda each: (each.function, each.kind)
            )
        ],
    )
    for each in ordered:
        if each.result is not Result.PASSED:
            terminal.data(f"{each.function}, {each.kind}: {each.link} {each.result}: {each.detail}")
    failed = sum(each.failed for each in checks)
    skipped = sum(each.result is Result.SKIPPED for each in checks)
    terminal.data(
        f"{len(checks) - failed - skipped} passed, {failed} failed"
        + (f", {skipped} skipped" if skipped else "")
    )


def _row(function: str, kind: str, checks: Sequence[Check]) -> tuple[str, ...]:
    seen = ", ".join(str(each.link) for each in checks if each.result is Result.PASSED)
    result = "passed"
    if any(each.failed for each in checks):
        result = "FAILED"
    elif all(each.result is Result.SKIPPED for each in checks):
        result = "skipped"
    return function, kind, seen or "-", result, f"{sum(each.seconds for each in checks):.1f}"
