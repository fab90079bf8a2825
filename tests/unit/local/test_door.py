"""What passes the door of a stage, and in which form; without a socket or a process."""

from __future__ import annotations

import asyncio
import json
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.auth import S3SigV4QueryAuth, SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from tocsin.local.access import AccessRefused, Door
from tocsin.local.access.door import CALLER, Response
from tocsin.local.access.request import Request

PORT = 4599
KEY, SECRET = "AKIAEXAMPLE234567890", "secret"
HOST = f"127.0.0.1:{PORT}"


class OneKey:
    """A stage that knows one key, without a session token."""

    def secret(self, access_key_id: str, token: str) -> str:
        if (access_key_id, token) != (KEY, ""):
            raise AccessRefused("InvalidClientTokenId", "no such key")
        return SECRET

    def asked(self, request: Request, body: bytes) -> str:
        return "sns" if body.startswith(b"Action=") else "s3"

    def refusal(self, request: Request, refused: AccessRefused) -> Response:
        return 403, {"Content-Type": "text/plain"}, refused.code.encode()


class Served:
    """The application behind the door: takes down what reaches it, and answers with CORS."""

    def __init__(self) -> None:
        self.scopes: list[dict[str, Any]] = []
        self.bodies: list[bytes] = []

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        self.scopes.append(scope)
        body, more = b"", scope["type"] == "http"
        while more:
            event = await receive()
            body, more = body + event["body"], event["more_body"]
        self.bodies.append(body)
        headers = [
            (b"Access-Control-Allow-Origin", b"*"),
            (b"access-control-expose-headers", b"*"),
            (b"x-amzn-requestid", b"1"),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"served"})


def scope_of(request: AWSRequest, **more: Any) -> dict[str, Any]:
    url = urlsplit(request.url)
    headers = {"host": url.netloc} | {name.lower(): text for name, text in request.headers.items()}
    return {
        "type": "http",
        "method": request.method,
        "path": url.path,
        "raw_path": url.path.encode(),
        "query_string": url.query.encode(),
        "headers": [(name.encode(), text.encode()) for name, text in headers.items()],
    } | more


def asked(method: str, target: str, body: bytes = b"", **headers: str) -> AWSRequest:
    return AWSRequest(method, f"http://{HOST}{target}", headers=headers, data=body)


def signed(request: AWSRequest, secret: str = SECRET, service: str = "dynamodb") -> AWSRequest:
    SigV4Auth(Credentials(KEY, secret), service, "eu-west-1").add_auth(request)
    return request


def presigned(request: AWSRequest) -> AWSRequest:
    SigV4QueryAuth(Credentials(KEY, SECRET), "sts", "eu-west-1").add_auth(request)
    return request


def through(
    scope: dict[str, Any], *events: dict[str, Any]
) -> tuple[Served, int, list[tuple[bytes, bytes]], bytes]:
    """What reached the application; status, headers and body of the answer."""
    served, sent = Served(), []
    waiting = [*events] or [{"type": "http.request", "body": b"", "more_body": False}]

    async def receive() -> dict[str, Any]:
        return waiting.pop(0)

    async def send(event: dict[str, Any]) -> None:
        sent.append(event)

    asyncio.run(Door(served, OneKey(), PORT)(scope, receive, send))
    if not sent or sent[0]["type"] != "http.response.start":
        return served, 0, [], b""
    return served, sent[0]["status"], sent[0]["headers"], sent[1]["body"]


def part(body: bytes, *, more: bool = False) -> dict[str, Any]:
    return {"type": "http.request", "body": body, "more_body": more}


def test_what_is_signed_reaches_the_application_whole_with_whose_it_is() -> None:
    scope = scope_of(signed(asked("POST", "/", b"one two")))
    served, status, _, body = through(scope, part(b"one ", more=True), part(b"two"))
    assert (status, body) == (200, b"served")
    assert served.bodies == [b"one two"]
    assert served.scopes[0][CALLER] == KEY
    # As on AWS, which is called over TLS: a policy may refuse what is not.
    assert served.scopes[0]["scheme"] == "https"


def test_no_answer_can_be_read_by_a_page_of_elsewhere() -> None:
    _, _, headers, _ = through(scope_of(signed(asked("POST", "/"))))
    assert [name for name, _ in headers] == [b"x-amzn-requestid"]


def test_a_body_that_was_not_signed_does_not_reach_it() -> None:
    served, status, _, code = through(scope_of(signed(asked("POST", "/", b"one"))), part(b"two"))
    assert (status, code, served.scopes) == (403, b"SignatureDoesNotMatch", [])


def test_a_link_to_an_object_leaves_its_body_to_its_holder_and_not_whom_it_asks() -> None:
    link = asked("PUT", "/bucket/object")
    S3SigV4QueryAuth(Credentials(KEY, SECRET), "s3", "eu-west-1").add_auth(link)
    served, status, _, _ = through(scope_of(link), part(b"a photograph"))
    assert (status, served.bodies) == (200, [b"a photograph"])
    served, status, _, body = through(scope_of(link), part(b"Action=CreateTopic&Name=mine"))
    assert (status, served.bodies, body) == (403, [], b"SignatureDoesNotMatch")


def test_a_sender_who_goes_before_the_end_of_the_body_is_not_answered() -> None:
    scope = scope_of(signed(asked("POST", "/", b"one two")))
    served, status, _, _ = through(scope, part(b"one", more=True), {"type": "http.disconnect"})
    assert (status, served.scopes) == (0, [])


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        (asked("POST", "/"), "MissingAuthenticationToken"),
        (asked("GET", "/bucket/key"), "MissingAuthenticationToken"),
        (asked("GET", "/", Authorization="Bearer abc"), "MissingAuthenticationToken"),
        (asked("GET", "/", Authorization="AWS k:s"), "UnsupportedSignature"),
    ],
)
def test_what_is_not_signed_so_is_refused(request_: AWSRequest, code: str) -> None:
    served, status, _, body = through(scope_of(request_))
    assert (status, body.decode(), served.scopes) == (403, code, [])


def test_what_another_secret_signed_is_refused() -> None:
    request = signed(asked("POST", "/"), secret="test")
    served, status, _, body = through(scope_of(request))
    assert (status, body, served.scopes) == (403, b"SignatureDoesNotMatch", [])


@pytest.mark.parametrize(
    "path",
    [
        "/_ministack/reset",
        "/_ministack/config",
        "/_ministack/health",
        "/_ministack/cfn-response/",
        "/_localstack/health",
        "/_aws/ses",
        "/_aws/sqs/messages",
        "/_aws/lambda-url/",
        "/_aws/lambda-url//x",
        "/_aws/lambda-url/ABC/",
        "/_aws/execute-api/",
        "/_aws/execute-api//stage/x",
        "/_anything",
    ],
)
def test_the_emulators_own_doors_are_shut_to_every_key(path: str) -> None:
    for method in ("GET", "POST", "PUT"):
        served, status, _, _ = through(scope_of(signed(asked(method, path))))
        assert (status, served.scopes) == (403, [])


@pytest.mark.parametrize(
    ("method", "target"),
    [
        ("GET", "/_aws/lambda-url/abc123"),
        ("POST", "/_aws/lambda-url/abc123/a/b?c=d"),
        ("PUT", "/_aws/execute-api/abc123/"),
        ("GET", "/_aws/execute-api/abc123/dev/orders"),
        ("GET", "/restapis/abc123/dev/_user_request_/orders"),
        ("PUT", "/_ministack/cfn-response/6f1c-22"),
        ("GET", "/_tocsin/health"),
        ("GET", "/?Action=ConfirmSubscription&TopicArn=a&Token=b"),
        ("GET", "/?Action=Unsubscribe&SubscriptionArn=a"),
    ],
)
def test_what_anybody_on_this_machine_may_ask(method: str, target: str) -> None:
    served, status, _, _ = through(scope_of(asked(method, target)))
    assert status == 200
    assert served.scopes[0][CALLER] is None
    for name, value in (("Origin", "https://evil.example"), ("Sec-Fetch-Site", "cross-site")):
        served, status, _, _ = through(scope_of(asked(method, target, **{name: value})))
        assert (status, served.scopes) == (403, [])


@pytest.mark.parametrize(
    "request_",
    [
        asked("POST", "/?Action=ConfirmSubscription&TopicArn=a&Token=b"),
        asked("GET", "/x?Action=ConfirmSubscription&TopicArn=a&Token=b"),
        asked("GET", "/?Action=ConfirmSubscription&TopicArn=a"),
        asked("GET", "/?Action=ConfirmSubscription&Token=b&Action=CreateTopic"),
        asked("GET", "/?Action=CreateTopic&Token=b"),
        asked("GET", "/?Action=ConfirmSubscription&Token=b&Name=c"),
        asked("GET", "/?Action=ConfirmSubscription&Token=b", **{"X-Amz-Target": "SNS.X"}),
        asked("GET", "/?Action=ConfirmSubscription&Token=b", **{"Content-Length": "3"}),
        asked("GET", "/_ministack/cfn-response/6f1c-22"),
        asked("POST", "/_tocsin/health"),
    ],
)
def test_what_only_looks_like_it(request_: AWSRequest) -> None:
    served, status, _, _ = through(scope_of(request_))
    assert (status, served.scopes) == (403, [])


def test_a_signature_is_checked_also_where_none_is_needed() -> None:
    request = signed(asked("GET", "/_aws/lambda-url/abc123/"), secret="test", service="lambda")
    assert through(scope_of(request))[3] == b"SignatureDoesNotMatch"


def test_code_is_had_by_a_presigned_url_only() -> None:
    target = "/_ministack/lambda-code/000000000000/eu-west-1/orders"
    assert through(scope_of(asked("GET", target)))[1] == 403
    assert through(scope_of(presigned(asked("GET", target))))[1] == 200
    assert through(scope_of(signed(asked("PUT", target))))[1] == 403


def test_the_stage_itself_refuses_as_json() -> None:
    _, status, _, body = through(scope_of(asked("GET", "/_tocsin/clock")))
    assert status == 403
    assert json.loads(body) == {"error": "MissingAuthenticationToken: Missing Authentication Token"}


@pytest.mark.parametrize("target", ["http://evil.example/", "*", ""])
def test_a_target_that_is_no_path(target: str) -> None:
    scope = scope_of(signed(asked("GET", "/")), path=target, raw_path=target.encode())
    served, status, _, _ = through(scope)
    assert (status, served.scopes) == (403, [])


def test_a_websocket_is_for_apis_only_and_closed_before_it_opens() -> None:
    for target, accepted in (("/_aws/execute-api/abc123/dev", True), ("/", False)):
        served = Served()
        sent: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            return {"type": "websocket.connect"}

        async def send(event: dict[str, Any], sent: list[dict[str, Any]] = sent) -> None:
            sent.append(event)

        scope = scope_of(asked("GET", target), type="websocket")
        del scope["method"]
        asyncio.run(Door(served, OneKey(), PORT)(scope, receive, send))
        assert bool(served.scopes) == accepted
        assert accepted or [event["type"] for event in sent] == ["websocket.close"]
