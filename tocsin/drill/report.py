"""The drill's table: check, result, seconds; below it each broken link in full."""

from collections.abc import Sequence

from tocsin import console
from tocsin.drill.checks import Check, Result

_COLOURS = {Result.PASSED: "green", Result.FAILED: "bold red", Result.SKIPPED: "yellow"}


def print_table(checks: Sequence[Check]) -> None:
    """One function after the other, each with its links in the order of the chain."""
    functions = list(dict.fromkeys(each.function for each in checks))
    checks = sorted(checks, key=lambda each: functions.index(each.function))
    console.table(
        [
            console.Column("function"),
            console.Column("check"),
            console.Column("result", {str(key): value for key, value in _COLOURS.items()}),
            console.Column("seconds", right=True),
        ],
        [(each.function, each.check, str(each.result), f"{each.seconds:.1f}") for each in checks],
    )
    for each in checks:
        if each.detail:
            console.data(f"{each.function}: {each.check} {each.result}: {each.detail}")
    failed = sum(each.failed for each in checks)
    skipped = sum(each.result is Result.SKIPPED for each in checks)
    console.data(
        f"{len(checks) - failed - skipped} passed, {failed} failed"
        + (f", {skipped} skipped" if skipped else "")
    )
