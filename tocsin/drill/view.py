"""The drill's table, row by row as they are known: a function, a kind, the links that were seen.

Below a row stands each of its broken links in full, below the table why what was not shown was not.
As JSON, each check is a line.
"""

from collections.abc import Iterator, Sequence

from tocsin import terminal
from tocsin.drill.checks import Check, Finding, Link, Result, RowEnd

_COLOURS = {"passed": "green", "FAILED": "bold red", "not shown": "yellow"}
_LONGEST_SEEN = "raised, recorded, ALARM, notified, OK, OK notified"
_LONGEST_KIND = "import-error"


class DrillTable:
    """``functions`` are the keys of those that may have rows, to know how wide they are."""

    def __init__(self, functions: Sequence[str], *, as_json: bool = False) -> None:
        self._checks: list[Check] = []
        self._as_json = as_json
        width = max(map(len, (*functions, "function", "(stage)")))
        self._rows = terminal.Rows(
            [
                (terminal.Column("function"), width),
                (terminal.Column("check"), len(_LONGEST_KIND)),
                (terminal.Column("links seen"), len(_LONGEST_SEEN)),
                (terminal.Column("not shown"), len("ALARM, OK")),
                (terminal.Column("result", _COLOURS), len("not shown")),
                (terminal.Column("seconds", right=True), len("seconds")),
            ]
        )

    def tell(self, finding: Finding) -> None:
        """What was found just now."""
        if isinstance(finding, RowEnd):
            self._end_row(finding)
            return
        self._checks.append(finding)
        if self._as_json:
            terminal.as_json_line(finding.as_dict())

    def end(self) -> None:
        """Nothing more will be found; also said of a drill that was interrupted."""
        if self._as_json:
            return
        for line in _not_shown(self._checks):
            terminal.data(line)
        failed = sum(check.failed for check in self._checks)
        unseen = sum(check.result is Result.NOT_SHOWN for check in self._checks)
        terminal.data(
            f"{len(self._checks) - failed - unseen} passed, {failed} failed"
            + (f", {unseen} not shown" if unseen else "")
        )

    def _end_row(self, row: RowEnd) -> None:
        checks = [
            check
            for check in self._checks
            if (check.function, check.kind) == (row.function, row.kind)
        ]
        if self._as_json or not checks:
            return
        self._rows.print(_cells(row, checks))
        for check in checks:
            if check.failed:
                terminal.data(
                    f"{check.function}, {check.kind}: {check.link} failed: {check.detail}"
                )


def _cells(row: RowEnd, checks: Sequence[Check]) -> tuple[str, ...]:
    seen = _links(checks, Result.PASSED)
    result = "passed" if seen else "not shown"
    if any(check.failed for check in checks):
        result = "FAILED"
    seconds = f"{sum(check.seconds for check in checks):.1f}"
    unseen = _links(checks, Result.NOT_SHOWN)
    return row.function, row.kind, seen or "-", unseen or "-", result, seconds


def _links(checks: Sequence[Check], result: Result) -> str:
    found = {check.link for check in checks if check.result is result}
    return ", ".join(link for link in Link if link in found)


def _not_shown(checks: Sequence[Check]) -> Iterator[str]:
    """Each reason once, with the functions that it holds for."""
    reasons: dict[tuple[str, str, str], list[str]] = {}
    for check in checks:
        if check.result is Result.NOT_SHOWN:
            reason = (check.kind, check.link, check.detail)
            reasons.setdefault(reason, []).append(check.function)
    for (kind, link, why), functions in reasons.items():
        yield f"{', '.join(functions)}, {kind}: {link} not shown: {why}"
