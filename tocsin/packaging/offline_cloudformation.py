"""A CloudFormation that knows no stack, for packaging without an account.

osls asks CloudFormation for the layer of the last deploy also when it only
packages (``compareWithLastLayer``), and stops without credentials. What is
packaged must not depend on what some account holds, so it is given the answer
of an empty one, on loopback, for as long as it runs. Nothing else is answered.
Error shape: https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStacks.html
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs
from xml.sax.saxutils import escape

from tocsin import same_origin

_ERROR = (
    '<ErrorResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/">'
    "<Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>"
    "<RequestId>offline</RequestId></ErrorResponse>"
)

_ENDS_WITHIN_S = 0.02
"""The module's own half a second would be waited for at the end of every packaging."""


class _EmptyAccount(BaseHTTPRequestHandler):
    server: ThreadingHTTPServer

    def parse_request(self) -> bool:
        if not super().parse_request():
            return False
        accepted = same_origin.addresses(self.server.server_port)
        if why := same_origin.why_refused(same_origin.headers_of(self.headers), accepted):
            self.close_connection = True
            self.send_error(403, explain=why)
            return False
        return True

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        action = parse_qs(body.decode(errors="replace")).get("Action", [""])[0]
        if action == "DescribeStacks":
            text = _ERROR.format(code="ValidationError", message="Stack does not exist")
        else:
            text = _ERROR.format(
                code="InvalidAction", message=f"{escape(action) or 'this call'} needs an account"
            )
        self.send_response(400)
        self.send_header("Content-Type", "text/xml")
        answer = text.encode()
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: object) -> None:
        """Keep stderr for people."""


@contextmanager
def serving() -> Iterator[dict[str, str]]:
    """Serve while the block runs; yields the environment that leads osls here.

    The keys are not credentials: nothing here checks them, and nothing else
    is reached with them.
    """
    server = ThreadingHTTPServer(("127.0.0.1", 0), _EmptyAccount)
    thread = threading.Thread(target=server.serve_forever, args=(_ENDS_WITHIN_S,), daemon=True)
    thread.start()
    try:
        yield {
            "AWS_ENDPOINT_URL_CLOUDFORMATION": f"http://127.0.0.1:{server.server_port}",
            "AWS_ACCESS_KEY_ID": "offline",
            "AWS_SECRET_ACCESS_KEY": "offline",
            "AWS_SESSION_TOKEN": "",
            "AWS_PROFILE": "",
            "AWS_ENDPOINT_URL": "",
            "AWS_EC2_METADATA_DISABLED": "true",
        }
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
