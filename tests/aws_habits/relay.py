"""A server before a local stage that has AWS's habits; the stage answers what they let through."""

import contextlib
import http.client
import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler

from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from tests.aws_habits.habits import Answer, Call, Habits, action_of
from tests.loopback_server import serving
from tocsin.local import LocalStage

_HOP = {"connection", "host", "transfer-encoding", "content-length", "authorization", "expect"}
_HOP |= {"x-amz-date", "x-amz-security-token", "date"}


class Relay:
    """``keys`` are those by which callers sign: they sign for the relay's address, and it signs
    anew for the stage's. ``said`` are the calls, as (who, service, action), ``denied`` those that
    IAM let not through, with what it said."""

    def __init__(self, stage: LocalStage) -> None:
        root = stage.root
        self.keys = {root.access_key_id: root.secret_access_key}
        self.habits = Habits()
        self.said: list[tuple[str, str, str]] = []
        self.denied: list[tuple[str, str, str, str]] = []
        self._stage = stage

    def answer(
        self, method: str, path: str, headers: dict[str, str], body: bytes
    ) -> tuple[int, dict[str, str], bytes]:
        scope = headers.get("authorization", "").partition("Credential=")[2].split(",")[0]
        key, _, region, service, *_ = (*scope.split("/"), "", "", "", "")
        action = action_of(service, headers, path, body)
        call = Call(service, action, body)
        self.said.append((key, service, action))
        refused = self.habits.before(call)
        if refused is not None:
            return _error(refused, headers)
        status, answered, text = self._passed_on(
            method, path, headers, body, (key, region, service)
        )
        if status == 403 or b"AccessDenied" in text[:500]:
            self.denied.append((key, service, action, f"{method} {path} {text[:500]!r}"))
        return status, answered, self.habits.late(call, text) if status == 200 else text

    def _passed_on(
        self,
        method: str,
        path: str,
        headers: dict[str, str],
        body: bytes,
        scope: tuple[str, str, str],
    ) -> tuple[int, dict[str, str], bytes]:
        key, region, service = scope
        kept = {name: value for name, value in headers.items() if name not in _HOP}
        if key:
            request = AWSRequest(method, self._stage.endpoint + path, kept, body)
            signer = S3SigV4Auth if service == "s3" else SigV4Auth
            signer(Credentials(key, self.keys[key]), service, region).add_auth(request)
            kept = dict(request.headers.items())
        connection = http.client.HTTPConnection("127.0.0.1", self._stage.port, timeout=900)
        with contextlib.closing(connection):
            connection.request(method, path, body, kept)
            answer = connection.getresponse()
            text = answer.read()
            return answer.status, dict(answer.getheaders()), text


def _error(answer: Answer, headers: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
    """In the protocol that was asked in."""
    if headers.get("smithy-protocol") == "rpc-v2-cbor":
        said = _cbor_text("__type") + _cbor_text(answer.code)
        said += _cbor_text("message") + _cbor_text(answer.message)
        form = {"Content-Type": "application/cbor", "smithy-protocol": "rpc-v2-cbor"}
        return answer.status, form, bytes([0xA2]) + said
    if "x-amz-target" in headers:
        text = json.dumps({"__type": answer.code, "message": answer.message})
        return answer.status, {"Content-Type": "application/x-amz-json-1.0"}, text.encode()
    sender = "Sender" if answer.status < 500 else "Receiver"
    text = (
        f"<ErrorResponse><Error><Type>{sender}</Type><Code>{answer.code}</Code>"
        f"<Message>{answer.message}</Message></Error><RequestId>1</RequestId></ErrorResponse>"
    )
    return answer.status, {"Content-Type": "text/xml"}, text.encode()


def _cbor_text(text: str) -> bytes:
    raw = text.encode()
    return (bytes([0x60 + len(raw)]) if len(raw) < 24 else bytes([0x78, len(raw)])) + raw


@contextlib.contextmanager
def relay_to(stage: LocalStage) -> Iterator[tuple[Relay, str]]:
    """The relay before ``stage`` while the block runs, and its endpoint."""
    relay = Relay(stage)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _any(self) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            body = self.rfile.read(int(headers.get("content-length", "0")))
            status, answered, text = relay.answer(self.command, self.path, headers, body)
            self.send_response(status)
            for name, value in answered.items():
                if name.lower() not in ("content-length", "transfer-encoding", "connection"):
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(text)

        do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = do_PATCH = _any

        def log_message(self, *_: object) -> None:
            """Keep stderr for people."""

    with serving(Handler) as endpoint:
        yield relay, endpoint
