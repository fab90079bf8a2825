"""The Lambda Runtime API of one execution environment, on a loopback port of its own.

https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
What the runtime reports arrives, in order, in one queue; so does its exit, put there by the
environment. An invocation therefore waits for a single thing.

AWS's client sends no key, and its address has no room for one: that no web page fetches an event
or ends an environment is seen by what a page cannot hide, and by what it cannot send unasked.
"""

from __future__ import annotations

import io
import json
import queue
import re
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal

from tocsin import same_origin
from tocsin.local.runtime.sandbox import Sandbox

_RESULT = re.compile(r"/2018-06-01/runtime/invocation/(?P<id>[^/]+)/(?P<kind>response|error)")
_NEXT = "/2018-06-01/runtime/invocation/next"
_INIT_ERROR = "/2018-06-01/runtime/init/error"

MOST_RESPONSE_BYTES = 6_291_556
"""Of an answer: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html, as the
error that a larger one makes names it."""

# The runtime sends an exception for X-Ray in a header of up to 1 MB; Python's server reads 64 KB.
_LONGEST_HEADER = 2 * 1024 * 1024
_FOR_XRAY = b"lambda-runtime-function-xray-error-cause:"
_TOO_LARGE = {
    "errorType": "RequestEntityTooLarge",
    "errorMessage": f"Exceeded maximum allowed payload size ({MOST_RESPONSE_BYTES} bytes).",
}


@dataclass(frozen=True)
class Work:
    """One invocation as the runtime fetches it."""

    request_id: str
    payload: bytes
    deadline_ms: int
    function_arn: str
    trace_id: str | None = None


@dataclass(frozen=True)
class EnvironmentEvent:
    """Something the environment did: it is ready, it answered, it failed, or it exited.

    ``body`` is the JSON it posted; ``request_id`` the invocation it belongs to, if any. An answer
    that is ``too_large`` was refused.
    """

    kind: Literal["ready", "response", "error", "init_error", "exited", "too_large"]
    body: bytes = b""
    request_id: str = ""


class RuntimeApi:
    """Serves one runtime process; ``reports`` is the queue to wait on.

    ``sandbox``, once there is one, is thawed before a call is given and frozen when the runtime
    asks for a further one and there is none.
    """

    def __init__(self) -> None:
        self.reports: queue.SimpleQueue[EnvironmentEvent] = queue.SimpleQueue()
        self.sandbox: Sandbox | None = None
        self._turn = threading.Lock()
        self._under_way = 0
        self._work: queue.SimpleQueue[Work | None] = queue.SimpleQueue()
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.api = self
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.05,), name="runtime-api", daemon=True
        )
        self._thread.start()

    @property
    def address(self) -> str:
        """``host:port`` for AWS_LAMBDA_RUNTIME_API."""
        return f"127.0.0.1:{self.port}"

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    def give(self, work: Work) -> None:
        """The next thing the runtime fetches."""
        with self._turn:
            self._under_way += 1
            if self.sandbox is not None:
                self.sandbox.thaw()
        self._work.put(work)

    def take(self, report: EnvironmentEvent) -> None:
        """What the runtime reports. After an answer nothing is under way."""
        with self._turn:
            if report.kind in ("response", "error", "too_large"):
                self._under_way = 0
        self.reports.put(report)

    def next_work(self) -> Work | None:
        """Block until there is work; None when the environment is closing."""
        self.reports.put(EnvironmentEvent("ready"))
        with self._turn:
            if not self._under_way and self.sandbox is not None:
                self.sandbox.freeze()
        return self._work.get()

    def close(self) -> None:
        """Stop listening; a runtime that waits for work is let go."""
        self._work.put(None)
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    api: RuntimeApi

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A runtime that dies mid-request is news for the invocation, not for the console."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def parse_request(self) -> bool:
        connection, self.rfile = self.rfile, io.BytesIO(self._head())
        try:
            read = super().parse_request()
        finally:
            self.rfile = connection
        if not read:
            return False
        accepted = frozenset({self.server.api.address})
        foreign = same_origin.why_refused(same_origin.headers_of(self.headers), accepted)
        if foreign or not self._is_runtime_client():
            self.close_connection = True
            self._reply(403)
            return False
        return True

    def _head(self) -> bytes:
        """The headers but the one for X-Ray, up to the empty line."""
        lines = []
        while (line := self.rfile.readline(_LONGEST_HEADER)) not in (b"\r\n", b"\n", b""):
            if not line.lower().startswith(_FOR_XRAY):
                lines.append(line)
        return b"".join((*lines, b"\r\n"))

    def _is_runtime_client(self) -> bool:
        """Whether a header is there that a page can only send where a preflight lets it."""
        return (
            self.headers.get("User-Agent", "").startswith("aws-lambda-")
            or "Lambda-Runtime-Function-Error-Type" in self.headers
        )

    def do_GET(self) -> None:
        if self.path != _NEXT:
            self._reply(404)
            return
        work = self.server.api.next_work()
        if work is None:
            self.close_connection = True
            return
        headers = {
            "Content-Type": "application/json",
            "Lambda-Runtime-Aws-Request-Id": work.request_id,
            "Lambda-Runtime-Deadline-Ms": str(work.deadline_ms),
            "Lambda-Runtime-Invoked-Function-Arn": work.function_arn,
        }
        if work.trace_id:
            headers["Lambda-Runtime-Trace-Id"] = work.trace_id
        self._reply(200, work.payload, headers)

    def do_POST(self) -> None:
        body = self._body()
        if self.path == _INIT_ERROR:
            self.server.api.take(EnvironmentEvent("init_error", body))
        elif found := _RESULT.fullmatch(self.path):
            kind: Literal["response", "error"] = (
                "response" if found["kind"] == "response" else "error"
            )
            if kind == "response" and len(body) > MOST_RESPONSE_BYTES:
                self.server.api.take(EnvironmentEvent("too_large", b"", found["id"]))
                self._reply(413, json.dumps(_TOO_LARGE).encode())
                return
            self.server.api.take(EnvironmentEvent(kind, body, found["id"]))
        else:
            self._reply(404)
            return
        self._reply(202, json.dumps({"status": "OK"}).encode())

    def _body(self) -> bytes:
        if "chunked" not in self.headers.get("Transfer-Encoding", "").lower():
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        chunks = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            chunks.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(chunks)

    def _reply(self, status: int, body: bytes = b"", headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """The runtime's polling is not worth a line."""
