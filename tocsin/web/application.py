"""The pages by their addresses."""

from collections.abc import Callable

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

from tocsin.web.admission import Admission
from tocsin.web.alarm_pages import AlarmPages
from tocsin.web.bug_pages import BugPages
from tocsin.web.clock_pages import ClockPages
from tocsin.web.console import Console
from tocsin.web.decision_pages import DecisionPages
from tocsin.web.drill_pages import DrillPages
from tocsin.web.drill_run import DrillRun
from tocsin.web.events import Events
from tocsin.web.guard import SIGNED_IN, Guard, is_open
from tocsin.web.page_frame import Pages
from tocsin.web.rendering import STATIC
from tocsin.web.session_pages import SessionPages


def application(
    console: Console,
    admission: Admission,
    authority: str,
    say: Callable[[str], None] = lambda token: None,
    *,
    drill: DrillRun | None = None,
    events: Events | None = None,
) -> Guard:
    """The console as an ASGI application that is served as ``authority`` (name and port).

    ``say`` is told of another token that somebody at the page wants to see in the terminal;
    ``events`` and ``drill`` are those of whoever ends them.
    """
    pages = Pages(console)
    events = events or Events(console)
    drill = drill or DrillRun(console.root, console.drill_command)
    guard = Guard(
        lambda scope, receive, send: signed_in(scope, receive, send), admission, authority
    )
    session = SessionPages(admission, guard.cookie, say)
    bugs = BugPages(pages)
    decisions = DecisionPages(pages, bugs)
    alarms = AlarmPages(pages)
    drills = DrillPages(pages, drill)
    clocks = ClockPages(pages, lambda: events.tell("clock"))

    def missing(request: Request, error: Exception) -> Response:
        return pages.answer(request, "missing", {"trouble_found": None}, status=404)

    def broken(request: Request, error: Exception) -> Response:
        return pages.answer(request, "broken", {}, status=500)

    of_a_stage = _of_a_stage(bugs, decisions, alarms, drills, clocks)
    starlette = Starlette(
        routes=[
            Route("/", lambda request: RedirectResponse("/bugs", status_code=303)),
            Route("/session", session.begin, methods=["POST"]),
            Route("/bugs", bugs.all),
            Route("/bugs/{fingerprint}", bugs.one),
            Route("/records/{error_id}", bugs.of_record),
            *(of_a_stage if "alarms" in console.views else ()),
            Route("/events", events.handle),
            Mount("/static", StaticFiles(directory=STATIC)),
        ],
        exception_handlers={404: missing, 500: broken},
    )
    signed_in = _signed_in(starlette, session)
    return guard


def _of_a_stage(
    bugs: BugPages,
    decisions: DecisionPages,
    alarms: AlarmPages,
    drills: DrillPages,
    clocks: ClockPages,
) -> list[Route]:
    """The pages that a stage has, and exports have not."""
    return [
        *(
            Route(f"/bugs/{{fingerprint}}/{name}", decide, methods=["POST"])
            for name, decide in {
                "resolve": decisions.resolve,
                "mute": decisions.mute,
                "reopen": decisions.reopen,
                "note": decisions.note,
                "undo": decisions.undo,
            }.items()
        ),
        Route("/bugs/{fingerprint}/suspects", bugs.suspected),
        Route("/records/{error_id}/neighbours", bugs.beside),
        Route("/alarms", alarms.all),
        Route("/alarms/{name}", alarms.one),
        Route("/alarms/{name}/scenarios", alarms.scenarios),
        Route("/alarms/{name}/backtest", alarms.replayed),
        Route("/drill", drills.show, methods=["GET"]),
        Route("/drill", drills.begin, methods=["POST"]),
        Route("/drill/stop", drills.stop, methods=["POST"]),
        Route("/clock", clocks.show, methods=["GET"]),
        Route("/clock", clocks.advance, methods=["POST"]),
    ]


def _signed_in(pages: ASGIApp, session: SessionPages) -> ASGIApp:
    """The pages for those who have a session; for others, the page where they get one."""

    async def choose(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not scope[SIGNED_IN] and not is_open(scope["path"]):
            await session.sign_in()(scope, receive, send)
        else:
            await pages(scope, receive, send)

    return choose
