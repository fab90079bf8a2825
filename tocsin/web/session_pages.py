"""Signing in: a token becomes a cookie, once."""

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from tocsin.web.admission import Admission
from tocsin.web.page_frame import form
from tocsin.web.rendering import render


class SessionPages:
    """Handlers of /session; ``say`` prints another address, with a token, in the terminal."""

    def __init__(self, admission: Admission, cookie: str, say: Callable[[str], None]) -> None:
        self._admission = admission
        self._cookie = cookie
        self._say = say

    def sign_in(self, status: int = 401, **values: bool) -> Response:
        """The page that is shown to whoever has no session, at whatever address."""
        given = {"refused": False, "printed": False, **values}
        return HTMLResponse(render("sign_in.html.j2", given), status)

    async def begin(self, request: Request) -> Response:
        """POST: a session for a token, or another token for the terminal."""
        fields = await form(request)
        if "again" in fields:
            token = self._admission.new_token()
            if token is not None:
                self._say(token)
            return self.sign_in(200, printed=True)
        session = self._admission.admit(fields.get("token", ""))
        if session is None:
            return self.sign_in(refused=True)
        # To one fixed page, whatever was asked for: the script of the page stays where it is.
        answer = RedirectResponse("/bugs", status_code=303)
        answer.set_cookie(self._cookie, session, path="/", httponly=True, samesite="strict")
        return answer
