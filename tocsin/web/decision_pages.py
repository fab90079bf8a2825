"""Deciding about a bug from the page: resolve, mute, note, and take the last decision back."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from tocsin import triage
from tocsin.triage import Bug
from tocsin.web.bug_list import BugEntry
from tocsin.web.bug_pages import MUTES, USUAL_MUTE, BugPages
from tocsin.web.bug_reading import remembered
from tocsin.web.page_frame import Pages, back_to, form
from tocsin.web.troubles import Trouble

_MOST_REMEMBERED = 100
_ROLE = "triager"


class DecisionPages:
    """Handlers of what is posted below /bugs/{fingerprint}."""

    def __init__(self, pages: Pages, bugs: BugPages) -> None:
        self._pages = pages
        self._console = pages.console
        self._bugs = bugs
        self._lock = threading.Lock()
        self._made: OrderedDict[str, tuple[Bug, Bug]] = OrderedDict()  # before and after

    async def resolve(self, request: Request) -> Response:
        """POST: fixed, in the release that the form names or in whatever comes next."""
        release = (await form(request)).get("release", "").strip()

        def decide(fingerprint: str, by: str) -> Bug:
            return triage.resolve(
                self._console.account, self._console.stage, fingerprint, release=release, by=by
            )

        return await self._decided(request, decide, "Resolved.")

    async def mute(self, request: Request) -> Response:
        """POST: told of no more for one of ``MUTES``."""
        wanted = MUTES.get((await form(request)).get("until", ""), MUTES[USUAL_MUTE])

        def decide(fingerprint: str, by: str) -> Bug:
            until = datetime.now(UTC) + wanted if isinstance(wanted, timedelta) else None
            failures = wanted if isinstance(wanted, int) else 0
            return triage.mute(
                self._console.account, self._console.stage, fingerprint,
                until=until, failures=failures, by=by,
            )  # fmt: skip

        return await self._decided(request, decide, "Muted.")

    async def reopen(self, request: Request) -> Response:
        """POST: neither resolved nor muted any more."""

        def decide(fingerprint: str, _: str) -> Bug:
            return triage.reopen(self._console.account, self._console.stage, fingerprint)

        return await self._decided(request, decide, "Open again.")

    async def note(self, request: Request) -> Response:
        """POST: a note beside it; an empty one is none."""
        text = (await form(request)).get("text", "").strip()

        def decide(fingerprint: str, by: str) -> Bug:
            account, stage = self._console.account, self._console.stage
            if not text:
                return triage.bug(account, stage, fingerprint)
            return triage.note(account, stage, fingerprint, text, by=by)

        said = "Noted." if text else "Nothing to note."
        return await self._decided(request, decide, said, remember=bool(text))

    async def undo(self, request: Request) -> Response:
        """POST: as it was before the last decision that was made here: its state, or its notes."""

        def decide(fingerprint: str, _: str) -> Bug:
            with self._lock:
                made = self._made.pop(fingerprint, None)
            account, stage = self._console.account, self._console.stage
            if made is None:
                return triage.bug(account, stage, fingerprint)
            return triage.restore(account, stage, *made)

        return await self._decided(request, decide, "As it was.", remember=False)

    async def _decided(
        self,
        request: Request,
        decide: Callable[[str, str], Bug],
        said: str,
        *,
        remember: bool = True,
    ) -> Response:
        fingerprint = str(request.path_params["fingerprint"])

        def run() -> Trouble | None:
            try:
                account, stage = self._console.account, self._console.stage
                before = triage.bug(account, stage, fingerprint)
                after = decide(fingerprint, triage.caller(account))
            except Exception as error:
                return self._console.explain(error, _ROLE)
            if remember:
                self._remember(before, after)
            self._put(remembered(stage, after, self._console.now()))
            return None

        failed = await run_in_threadpool(run)
        if request.headers.get("hx-request") != "true" and failed is None:
            return back_to(request, f"/bugs/{fingerprint}")
        told = {
            "said": "" if failed else said,
            "failed": failed,
            "undoes": remember,
            "said_of": fingerprint,
        }
        shown = self._bugs.after_decision
        return await run_in_threadpool(shown, request, fingerprint, told)

    def _remember(self, before: Bug, after: Bug) -> None:
        with self._lock:
            self._made[before.fingerprint] = before, after
            self._made.move_to_end(before.fingerprint)
            while len(self._made) > _MOST_REMEMBERED:
                self._made.popitem(last=False)

    def _put(self, entry: BugEntry) -> None:
        self._console.bugs.amend(
            lambda bugs: tuple(
                replace(entry) if bug.fingerprint == entry.fingerprint else bug for bug in bugs
            )
        )
