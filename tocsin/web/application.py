"""The pages by their addresses."""

from collections.abc import Callable

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

from tocsin.web.admission import Admission
from tocsin.web.bug_pages import BugPages
from tocsin.web.console import Console
from tocsin.web.guard import SIGNED_IN, Guard, is_open
from tocsin.web.page_frame import Pages
from tocsin.web.rendering import STATIC
from tocsin.web.session_pages import SessionPages


def application(
    console: Console,
    admission: Admission,
    authority: str,
    say: Callable[[str], None] = lambda token: None,
) -> Guard:
    """The console as an ASGI application that is served as ``authority`` (name and port).

    ``say`` is told of another token that somebody at the page wants to see in the terminal.
    """
    pages = Pages(console)
    guard = Guard(
        lambda scope, receive, send: signed_in(scope, receive, send), admission, authority
    )
    session = SessionPages(admission, guard.cookie, say)
    bugs = BugPages(pages)

    def missing(request: Request, error: Exception) -> Response:
        return pages.answer(request, "missing", {"trouble_found": None}, status=404)

    starlette = Starlette(
        routes=[
            Route("/", lambda request: RedirectResponse("/bugs", status_code=303)),
            Route("/session", session.begin, methods=["POST"]),
            Route("/bugs", bugs.list),
            Route("/bugs/{fingerprint}", bugs.one),
            Route("/records/{error_id}", bugs.of_record),
            Route("/records/{error_id}/neighbours", bugs.beside),
            Mount("/static", StaticFiles(directory=STATIC)),
        ],
        exception_handlers={404: missing},
    )
    signed_in = _signed_in(starlette, session)
    return guard


def _signed_in(pages: ASGIApp, session: SessionPages) -> ASGIApp:
    """The pages for those who have a session; for others, the page where they get one."""

    async def choose(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not scope[SIGNED_IN] and not is_open(scope["path"]):
            await session.sign_in()(scope, receive, send)
        else:
            await pages(scope, receive, send)

    return choose
