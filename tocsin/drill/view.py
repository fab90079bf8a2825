"""The drill's table: one line per function and kind, with the links that were seen.

Below it stands each broken link in full.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby

from tocsin import terminal
from tocsin.drill.checks import Check, Result

_COLOURS = {"passed": "green", "FAILED": "bold red", "not shown": "yellow"}


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
            terminal.Column("not shown"),
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
    for check in ordered:
        if check.failed:
            terminal.data(f"{check.function}, {check.kind}: {check.link} failed: {check.detail}")
    for line in _not_shown(ordered):
        terminal.data(line)
    failed = sum(check.failed for check in checks)
    unseen = sum(check.result is Result.NOT_SHOWN for check in checks)
    terminal.data(
        f"{len(checks) - failed - unseen} passed, {failed} failed"
        + (f", {unseen} not shown" if unseen else "")
    )


def _not_shown(checks: Sequence[Check]) -> Iterator[str]:
    """Each reason once, with the functions that it holds for."""
    reasons: dict[tuple[str, str, str], list[str]] = {}
    for check in checks:
        if check.result is Result.NOT_SHOWN:
            reason = (check.kind, check.link, check.detail)
            reasons.setdefault(reason, []).append(check.function)
    for (kind, link, why), functions in reasons.items():
        yield f"{', '.join(functions)}, {kind}: {link} not shown: {why}"


def _row(function: str, kind: str, checks: Sequence[Check]) -> tuple[str, ...]:
    seen = _links(checks, Result.PASSED)
    result = "passed" if seen else "not shown"
    if any(check.failed for check in checks):
        result = "FAILED"
    seconds = sum(check.seconds for check in checks)
    unseen = _links(checks, Result.NOT_SHOWN)
    return function, kind, seen or "-", unseen or "-", result, f"{seconds:.1f}"


def _links(checks: Sequence[Check], result: Result) -> str:
    return ", ".join(dict.fromkeys(str(check.link) for check in checks if check.result is result))
