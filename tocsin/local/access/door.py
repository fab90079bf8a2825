"""What stands before everything a stage answers.

In this order: where the request comes from (no web page of elsewhere, by no other name than
loopback's), whether what it asks for is offered at all, and whose signature it has. Nothing
passes unsigned but what AWS, too, answers to whoever knows the address: Function URLs and APIs,
the links of an SNS message, and the address a custom resource answers to. Each of those has a
part that cannot be guessed. And no answer lets a page of elsewhere read it.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Awaitable, Callable
from typing import Any, Protocol
from urllib.parse import quote

from tocsin import same_origin
from tocsin.local.access.refusal import AccessRefused
from tocsin.local.access.request import Request
from tocsin.local.access.request_signature import read

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Response = tuple[int, dict[str, str], bytes]

CALLER = "tocsin.caller"
"""Where the application finds, in the scope, the access key id whose signature was checked."""

_FOR_ANYBODY = re.compile(
    r"/_aws/lambda-url/[a-z0-9]+(/.*)?"
    r"|/_aws/execute-api/[a-z0-9]+/.*"
    r"|/restapis/[a-z0-9]+/[^/]+/_user_request_(/.*)?",
    re.DOTALL,
)
"""Function URLs and APIs of API Gateway. What they want of their callers is theirs to say."""
_ANSWER_OF_A_CUSTOM_RESOURCE = re.compile(r"/_ministack/cfn-(response|signal)/[A-Za-z0-9-]+")
_CODE = re.compile(r"/_ministack/lambda-(code|layers)/.+")
"""Where Lambda says that code and layers can be had; presigned, as on AWS."""
_INTERNAL = re.compile(r"/_(?!tocsin/)[A-Za-z0-9]+(/.*)?", re.DOTALL)
"""Doors of the emulator itself, past IAM: resetting it, settings, others' messages. All shut."""
_LINK = frozenset({"Action", "Token", "TopicArn", "SubscriptionArn", "Version"})
_SNS_LINKS = ("ConfirmSubscription", "Unsubscribe")
_OWN = "/_tocsin/"
_HEALTH = f"{_OWN}health"


class Keys(Protocol):
    """The keys of a stage: its root's, and those that its IAM and STS gave out."""

    def secret(self, access_key_id: str, token: str) -> str:
        """The secret of a key.

        Raises:
            AccessRefused: no such key, or not with this session token, or no longer.
        """

    def asked(self, request: Request, body: bytes) -> str:
        """The service for which the stage would take the request."""

    def refusal(self, request: Request, refused: AccessRefused) -> Response:
        """The refusal as the service asked would spell it."""


class Door:
    """An ASGI application: hands to ``app`` what may pass, and answers the rest itself."""

    def __init__(self, app: Any, keys: Keys, port: int) -> None:
        self._app = app
        self._keys = keys
        self._accepted = same_origin.addresses(port)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection event."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        send = _unreadable_elsewhere(send)
        if why := self._why_shut(scope):
            await _answer(scope, receive, send, _plain(403, why))
            return
        request = _as_on_the_wire(scope)
        try:
            passing, caller = await self._admitted(request, scope, receive)
        except AccessRefused as refused:
            own = scope["path"].startswith(_OWN)
            response = _json(refused) if own else self._keys.refusal(request, refused)
            await _answer(scope, receive, send, response)
            return
        if passing is not None:
            if caller is not None:
                # AWS is called over TLS, and loopback needs none: a policy that refuses what is
                # not ``aws:SecureTransport`` is meant for networks.
                scope = {**scope, "scheme": "https"}
            await self._app({**scope, CALLER: caller}, passing, send)

    def _why_shut(self, scope: Scope) -> str | None:
        why = same_origin.why_refused(scope["headers"], self._accepted)
        if why is not None:
            return why
        path = scope["path"]
        if not path.startswith("/"):
            return "the request target must be a path"
        if scope["type"] == "websocket" and not _FOR_ANYBODY.fullmatch(path):
            return "no websocket is offered here"
        code = scope.get("method") == "GET" and _CODE.fullmatch(path)
        if _INTERNAL.fullmatch(path) and not code and not _open_to_anybody(scope):
            return f"{path} is not offered"
        return None

    async def _admitted(
        self, request: Request, scope: Scope, receive: Receive
    ) -> tuple[Receive | None, str | None]:
        """How the application is to read the request (None: its sender has gone), and whose it is.

        Raises:
            AccessRefused: it is not signed as it must be.
        """
        signature = read(request)
        if signature is None:
            if _open_to_anybody(scope):
                return receive, None
            raise AccessRefused("MissingAuthenticationToken", "Missing Authentication Token")
        signature.check_time(dt.datetime.now(dt.UTC))
        secret = self._keys.secret(signature.access_key_id, signature.token)
        if scope["type"] == "websocket":
            signature.check(request, secret, b"")
            return receive, signature.access_key_id
        body = await _body(receive)
        if body is None:
            return None, None
        if not signature.check(request, secret, body):
            self._check_asked(request, body)
        return _again(body, receive), signature.access_key_id

    def _check_asked(self, request: Request, body: bytes) -> None:
        """A link that opens one object leaves the body to whoever has the link, and no more."""
        meant = self._keys.asked(request, b"")
        if self._keys.asked(request, body) != meant:
            raise AccessRefused(
                "SignatureDoesNotMatch",
                f"Credential should be scoped to correct service: '{meant}'.",
            )


def _open_to_anybody(scope: Scope) -> bool:
    path = scope["path"]
    if _FOR_ANYBODY.fullmatch(path):
        return True
    if scope["type"] != "http":
        return False
    if path == _HEALTH:
        return bool(scope["method"] == "GET")
    if _ANSWER_OF_A_CUSTOM_RESOURCE.fullmatch(path):
        return bool(scope["method"] == "PUT")
    return _is_sns_link(scope)


def _is_sns_link(scope: Scope) -> bool:
    """Whether it is a link out of an SNS message, and nothing that could be read as more."""
    if scope["method"] != "GET" or scope["path"] != "/":
        return False
    names = {name.lower() for name, _ in scope["headers"]}
    if names & {b"content-length", b"transfer-encoding", b"x-amz-target", b"smithy-protocol"}:
        return False
    parameters = _as_on_the_wire(scope).parameters
    given = dict(parameters)
    return (
        len(given) == len(parameters)
        and set(given) <= _LINK
        and given.get("Action") in _SNS_LINKS
        and bool(given.get("Token") or given.get("SubscriptionArn"))
    )


def _as_on_the_wire(scope: Scope) -> Request:
    raw = scope.get("raw_path") or quote(scope["path"]).encode()
    return Request(
        method=scope.get("method", "GET"),
        path=raw.decode("latin-1"),
        query=scope.get("query_string", b"").decode("latin-1"),
        headers=tuple(
            (name.decode("latin-1").lower(), _text(value)) for name, value in scope["headers"]
        ),
    )


def _text(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")


async def _body(receive: Receive) -> bytes | None:
    parts = []
    while True:
        event = await receive()
        if event["type"] != "http.request":
            return None
        parts.append(bytes(event.get("body", b"")))
        if not event.get("more_body"):
            return b"".join(parts)


def _again(body: bytes, receive: Receive) -> Receive:
    """The body that was read, for whoever reads next; then what else comes."""
    waiting = [{"type": "http.request", "body": body, "more_body": False}]

    async def received() -> dict[str, Any]:
        return waiting.pop() if waiting else await receive()

    return received


def _unreadable_elsewhere(send: Send) -> Send:
    """``send`` without the headers by which an answer may be read by pages of elsewhere."""

    async def sending(event: dict[str, Any]) -> None:
        if "headers" in event:
            kept = [
                (name, value)
                for name, value in event["headers"]
                if not name.lower().startswith(b"access-control-")
            ]
            event = {**event, "headers": kept}
        await send(event)

    return sending


def _plain(status: int, text: str) -> Response:
    return status, {"Content-Type": "text/plain; charset=utf-8"}, f"{text}\n".encode()


def _json(refused: AccessRefused) -> Response:
    body = json.dumps({"error": f"{refused.code}: {refused}"}).encode()
    return 403, {"Content-Type": "application/json"}, body


async def _answer(scope: Scope, receive: Receive, send: Send, response: Response) -> None:
    status, headers, body = response
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 1008})  # before accepting: HTTP 403
        return
    named = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    named = [pair for pair in named if pair[0] != b"content-length"]
    named += [(b"content-length", str(len(body)).encode()), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": status, "headers": named})
    await send({"type": "http.response.body", "body": body})
