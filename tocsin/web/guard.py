"""What stands before every page: where a request comes from, and who sends it.

Loopback is open to each page that a browser shows and to each process of the machine, so that it
proves nothing. Held here: the exact ``Host`` (name and port: against rebound names), ``Origin`` and
``Sec-Fetch-Site`` (against other pages, those of other ports included: cookies are not told apart
by port), and the session's cookie (against other processes). The rest is told to the browser: which
code may run, that nothing is kept, that nobody may frame or open it.
https://developer.mozilla.org/docs/Web/Security/Practical_implementation_guides
"""

from collections.abc import Awaitable, Callable, MutableMapping
from http.cookies import CookieError, SimpleCookie
from typing import Any

from tocsin import same_origin
from tocsin.web.admission import Admission

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

SIGNED_IN = "tocsin.signed_in"
"""Where the scope says whether the request has a session."""

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    # Not no-referrer: by that, a browser sends `Origin: null` with the forms of the page itself.
    # https://fetch.spec.whatwg.org/#append-a-request-origin-header
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
"""Of every answer."""

_SAFE = ("GET", "HEAD")
_LONGEST_BODY = 64 * 1024
_OPEN = ("/static/", "/session")
"""What is answered without a session: the page's own code, and what begins a session."""


class Guard:
    """An ASGI application around that of the pages; ``authority`` is its name and port."""

    def __init__(self, pages: Application, admission: Admission, authority: str) -> None:
        self._pages = pages
        self._admission = admission
        self.authority = authority

    @property
    def cookie(self) -> str:
        """The session cookie's name: cookies of one host are seen by all of its ports."""
        return f"tocsin-{self.authority.rpartition(':')[2]}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._pages(scope, receive, send)
            return
        if scope["type"] != "http":  # a websocket: no page here opens one
            await send({"type": "websocket.close", "code": 1008})
            return
        status, why = self._refusal(scope)
        if status:
            await _answer(send, status, why)
            return
        scope[SIGNED_IN] = self._admission.knows(self._session(scope))
        await self._pages(scope, _bounded(receive), _with_headers(send))

    def _refusal(self, scope: Scope) -> tuple[int, str]:
        """A status and why; 0 where the request is taken."""
        headers = list(scope["headers"])
        if scope["method"] in _SAFE:
            if _opens_a_page(headers):
                headers = [(name, value) for name, value in headers if name != b"sec-fetch-site"]
            why = same_origin.why_refused(headers, frozenset({self.authority}))
            return (403, why) if why else (0, "")
        why = same_origin.why_refused(headers, frozenset({self.authority}))
        if why:
            return 403, why
        if scope["method"] != "POST":
            return 405, "accepted: GET, HEAD and POST"
        if not any(name == b"origin" for name, _ in headers):
            return 403, "a change is asked for by the console's own page: Origin is missing"
        if [value for name, value in headers if name == b"sec-fetch-site"] != [b"same-origin"]:
            return 403, "a change is asked for by the console's own page: Sec-Fetch-Site"
        lengths = [value for name, value in headers if name == b"content-length"]
        if any(not value.isdigit() or int(value[:9]) > _LONGEST_BODY for value in lengths):
            return 413, f"accepted: at most {_LONGEST_BODY} bytes"
        return 0, ""

    def _session(self, scope: Scope) -> str:
        for name, value in scope["headers"]:
            if name == b"cookie":
                try:
                    found = SimpleCookie(value.decode("latin-1")).get(self.cookie)
                except CookieError:
                    continue
                if found is not None:
                    return found.value
        return ""


def is_open(path: str) -> bool:
    """Whether ``path`` is answered without a session."""
    return path.startswith(_OPEN[0]) or path == _OPEN[1]


def _opens_a_page(headers: list[tuple[bytes, bytes]]) -> bool:
    """A link followed, from wherever: a cookie that is Strict is not sent with one of elsewhere."""
    given = dict(headers)
    return (
        given.get(b"sec-fetch-mode") == b"navigate" and given.get(b"sec-fetch-dest") == b"document"
    )


def _bounded(receive: Receive) -> Receive:
    """No more of a body than a form of ours has, whatever its length was said to be."""
    taken = 0

    async def limited() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > _LONGEST_BODY:
            return {"type": "http.disconnect"}
        return message

    return limited


def _with_headers(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            given = [(name, value) for name, value in message.get("headers", ())]
            message = {**message, "headers": [*given, *_encoded()]}
        await send(message)

    return sending


async def _answer(send: Send, status: int, why: str) -> None:
    body = f"{why}\n".encode()
    headers = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", str(len(body)).encode()),
        *_encoded(),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _encoded() -> list[tuple[bytes, bytes]]:
    return [(name.lower().encode(), value.encode()) for name, value in HEADERS.items()]
