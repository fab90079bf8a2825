"""The local stage's clock: what time it is there, and a way to let time pass."""

from collections.abc import Callable

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from tocsin.local import clock
from tocsin.local.clock import ClockReading
from tocsin.local.errors import LocalStageError
from tocsin.web.page_frame import Pages, back_to, form
from tocsin.web.troubles import Trouble

ADVANCES = {"1 min": 60, "5 min": 300, "15 min": 900, "1 h": 3_600, "24 h": 86_400}
"""How far the buttons advance it, in seconds."""


class ClockPages:
    """Handlers of /clock; on a stage of AWS there is none. ``changed`` is told of an advance."""

    def __init__(self, pages: Pages, changed: Callable[[], None] = lambda: None) -> None:
        self._pages = pages
        self._console = pages.console
        self._changed = changed
        self._last: ClockReading | None = None
        self._trouble: Trouble | None = None

    def show(self, request: Request) -> Response:
        """What time it is, and what changed with the last advance."""
        if not self._console.stage.is_local:
            return self._pages.answer(request, "missing", {"trouble_found": None}, status=404)
        reading = self._console.part(self._console.now)
        return self._pages.answer(
            request,
            "clock",
            {
                "reading": reading,
                "ahead_s": self._console.ahead_s,
                "last": self._last,
                "trouble_found": self._trouble,
                "advances": ADVANCES,
            },
        )

    async def advance(self, request: Request) -> Response:
        """POST: let time pass; every minute in between is evaluated."""
        if not self._console.stage.is_local:
            return self._pages.answer(request, "missing", {"trouble_found": None}, status=404)
        seconds = ADVANCES.get((await form(request)).get("by", ""))
        if seconds is not None:
            await run_in_threadpool(self._advance, seconds)
        return back_to(request, "/clock")

    def _advance(self, seconds: int) -> None:
        self._trouble = None
        try:
            local = self._console.account.local
            if local is not None:
                self._last = clock.advance(local, seconds)
        except LocalStageError as error:
            self._trouble = self._console.explain(error)
        self._changed()
