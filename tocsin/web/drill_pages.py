"""The drill as it goes on, and what begins it."""

from dataclasses import dataclass
from itertools import groupby

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from tocsin.drill.checks import Check, Link, Result
from tocsin.web.drill_run import DrillProgress, DrillRun, DrillRuns
from tocsin.web.page_frame import Pages, back_to, form

WHAT = {"failures": (), "wiring": ("--wiring",)}
"""What a drill may do, and the options of smoke-test for it."""


@dataclass(frozen=True)
class DrillRow:
    """A kind of failure of a function: its links by how they were seen."""

    function: str
    kind: str
    seen: tuple[Link, ...]
    unseen: tuple[Link, ...]
    broken: tuple[Check, ...]
    details: tuple[Check, ...]
    seconds: float

    @property
    def result(self) -> str:
        if self.broken:
            return "failed"
        return "passed" if self.seen else "not shown"


class DrillPages:
    """Handlers of /drill."""

    def __init__(self, pages: Pages, run: DrillRun) -> None:
        self._pages = pages
        self._run = run

    def show(self, request: Request) -> Response:
        """The newest drill, and the form for another one."""
        return self._answer(request)

    async def begin(self, request: Request) -> Response:
        """POST: hold a drill; a protected stage's name has to be typed."""
        stage = self._pages.console.stage
        fields = await form(request)
        what, function = fields.get("what", ""), fields.get("function", "")
        known = {function.key for function in stage.watched}
        if what not in WHAT or (function and function not in known):
            return self._answer(request, "Choose what the drill shall do, and of which function.")
        if stage.protected and fields.get("confirm", "").strip() != stage.name:
            return self._answer(
                request, f"To hold a drill here, type the stage's name: {stage.name}"
            )
        options = [*WHAT[what], *(["--function", function] if function else [])]
        if stage.protected and what == "failures":
            options.append("--yes")
        try:
            await run_in_threadpool(self._run.begin, *options)
        except (DrillRuns, OSError) as error:
            return self._answer(request, str(error))
        return back_to(request, "/drill")

    async def stop(self, request: Request) -> Response:
        """POST: interrupt it."""
        await run_in_threadpool(self._run.stop)
        return back_to(request, "/drill")

    def _answer(self, request: Request, refused: str = "") -> Response:
        progress = self._run.progress
        return self._pages.answer(
            request,
            "drill",
            {
                "progress": progress,
                "drill_rows": rows_of(progress) if progress else (),
                "refused": refused,
                "functions": [function.key for function in self._pages.console.stage.watched],
            },
            status=422 if refused else 200,
        )


def rows_of(progress: DrillProgress) -> list[DrillRow]:
    """A row for each kind of each function, in the order in which they were first seen."""
    order: dict[tuple[str, str], int] = {}
    for check in progress.checks:
        order.setdefault((check.function, str(check.kind)), len(order))

    def place(check: Check) -> int:
        return order[check.function, str(check.kind)]

    found = []
    for _, grouped in groupby(sorted(progress.checks, key=place), key=place):
        checks = tuple(grouped)
        found.append(
            DrillRow(
                checks[0].function,
                str(checks[0].kind),
                _links(checks, Result.PASSED),
                _links(checks, Result.NOT_SHOWN),
                tuple(check for check in checks if check.failed),
                tuple(check for check in checks if check.detail and not check.failed),
                sum(check.seconds for check in checks),
            )
        )
    return found


def _links(checks: tuple[Check, ...], result: Result) -> tuple[Link, ...]:
    found = {check.link for check in checks if check.result is result}
    return tuple(link for link in Link if link in found)
