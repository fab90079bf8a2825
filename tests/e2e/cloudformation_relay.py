"""Stands before the CloudFormation of a local stage: writes down what it is told to update.

That CloudFormation watches no alarm. Where a test wants it, the relay puts a stack back as AWS
does, by the answers of
https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStackEvents.html
"""

import contextlib
import http.client
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qsl

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from tests.loopback_server import serving
from tocsin.local import LocalStage

STACK_ID = "arn:aws:cloudformation:us-east-1:000000000000:stack/{0}/1"
ANSWER = (
    '<{0}Response xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/">'
    "<{0}Result>{1}</{0}Result></{0}Response>"
)
EVENT = (
    "<member><EventId>{1}</EventId><StackId>{2}</StackId><StackName>{0}</StackName>"
    "<LogicalResourceId>{0}</LogicalResourceId><PhysicalResourceId>{2}</PhysicalResourceId>"
    "<ResourceType>AWS::CloudFormation::Stack</ResourceType><ResourceStatus>{1}</ResourceStatus>"
    "<Timestamp>{3}</Timestamp></member>"
)


class Relay:
    """``updates`` has the form of each UpdateStack."""

    def __init__(self, stage: LocalStage) -> None:
        self.updates: list[dict[str, str]] = []
        self._stage = stage
        self._undo: Callable[[], None] | None = None
        self._began = ""

    @contextlib.contextmanager
    def undoing(self, because: Callable[[], None]) -> Iterator[None]:
        """An update begins, ``because`` happens, and the stack goes back to what it was."""
        self._undo = because
        try:
            yield
        finally:
            self._undo = None

    def answer(self, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
        form = dict(parse_qsl(body.decode(), keep_blank_values=True))
        action = form["Action"]
        if action == "UpdateStack":
            self.updates.append(form)
        if self._undo and action in ("UpdateStack", "DescribeStackEvents"):
            return 200, ANSWER.format(action, self._undone(action, form["StackName"])).encode()
        return self._passed_on(headers, body)

    def _undone(self, action: str, stack: str) -> str:
        name = stack.split("/")[1] if "/" in stack else stack
        stack_id = STACK_ID.format(name)
        if action == "UpdateStack":
            self._began = datetime.now(UTC).isoformat()
            assert self._undo is not None
            self._undo()
            return f"<StackId>{stack_id}</StackId>"
        newest_first = ("UPDATE_ROLLBACK_IN_PROGRESS", "UPDATE_IN_PROGRESS")
        events = "".join(
            EVENT.format(name, status, stack_id, self._began) for status in newest_first
        )
        return f"<StackEvents>{events}</StackEvents>"

    def _passed_on(self, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
        # What was signed was signed for the relay's address, and the stage answers on its own.
        request = AWSRequest(
            "POST", self._stage.endpoint, {"Content-Type": headers["content-type"]}, body
        )
        key = Credentials(self._stage.root.access_key_id, self._stage.root.secret_access_key)
        region = headers["authorization"].split("/")[2]
        SigV4Auth(key, "cloudformation", region).add_auth(request)
        connection = http.client.HTTPConnection("127.0.0.1", self._stage.port)
        with contextlib.closing(connection):
            connection.request("POST", "/", body, dict(request.headers.items()))
            answer = connection.getresponse()
            return answer.status, answer.read()


@contextlib.contextmanager
def relay_to(stage: LocalStage) -> Iterator[tuple[Relay, str]]:
    """The relay before ``stage`` while the block runs, and its endpoint."""
    relay = Relay(stage)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status, text = relay.answer(
                {name.lower(): value for name, value in self.headers.items()}, body
            )
            self.send_response(status)
            self.send_header("Content-Type", "text/xml")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_: object) -> None:
            """Keep stderr for people."""

    with serving(Handler) as endpoint:
        yield relay, endpoint
