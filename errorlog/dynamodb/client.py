"""PutItem, and nothing else of DynamoDB."""

from __future__ import annotations

import time
from functools import lru_cache
from json.encoder import encode_basestring_ascii as quoted

from errorlog import environment_variables
from errorlog.dynamodb import endpoint as endpoints
from errorlog.dynamodb.answer import check
from errorlog.dynamodb.connection import Answer, Connection, connect
from errorlog.dynamodb.credentials import CredentialChain
from errorlog.dynamodb.failure import Refused, Unreachable
from errorlog.dynamodb.signature import signed_headers

TYPE_CHECKING = False
if TYPE_CHECKING:
    import socket

    from errorlog.dynamodb.deadline import Deadline
    from errorlog.dynamodb.endpoint import Endpoint
    from errorlog.dynamodb.proxy import Proxy
    from errorlog.dynamodb.trust import Trust

_FIXED = {
    "content-type": "application/x-amz-json-1.0",
    "x-amz-target": "DynamoDB_20120810.PutItem",
}
_NAMES = (*endpoints.NAMES, b"https_proxy", b"HTTPS_PROXY", b"http_proxy", b"HTTP_PROXY")


class Client:
    """Keeps its last connection for the next write. Threads may share it."""

    def __init__(self) -> None:
        self._credentials = CredentialChain()
        self._trust: Trust | None = None
        self._idle: list[Connection] = []

    def put_item(self, table: str, item: str, deadline: Deadline) -> None:
        """Write ``item``, JSON of attribute values, to ``table``: one request.

        Raises:
            WriteFailed: it is not known to be there; the text says why.
        """
        body = f'{{"TableName":{quoted(table)},"Item":{item}}}'.encode()
        endpoint, has_proxy = _way(environment_variables.held(_NAMES))
        proxy = _proxy(endpoint) if has_proxy else None
        held = self._credentials.current(deadline)
        headers = signed_headers(endpoint, _FIXED, body, held, time.time())
        headers["content-length"] = str(len(body))
        headers["accept-encoding"] = "identity"
        check(self._exchange(endpoint, proxy, headers, body, deadline))

    def _exchange(
        self,
        endpoint: Endpoint,
        proxy: Proxy | None,
        headers: dict[str, str],
        body: bytes,
        deadline: Deadline,
    ) -> Answer:
        through = proxy.endpoint.url if proxy else ""
        target = endpoint.path
        if proxy and not endpoint.tls:
            target, headers = endpoint.url, {**headers, **proxy.headers}
        kept = self._kept(endpoint, through)
        if kept is not None:
            try:
                return self._sent(kept, target, headers, body, deadline)
            except Unreachable:
                pass  # closed just now: what failed is this connection, not the store
        opened = Connection(endpoint, self._open(endpoint, proxy, deadline), through)
        return self._sent(opened, target, headers, body, deadline)

    def _sent(
        self,
        connection: Connection,
        target: str,
        headers: dict[str, str],
        body: bytes,
        deadline: Deadline,
    ) -> Answer:
        answer = connection.exchange("POST", target, headers, body, deadline)
        if self._idle:
            connection.close()  # another thread's has come back first
        else:
            self._idle.append(connection)
        return answer

    def _kept(self, endpoint: Endpoint, through: str) -> Connection | None:
        try:
            connection = self._idle.pop()  # whoever has it out has it alone
        except IndexError:
            return None
        if connection.usable(endpoint, through):
            return connection
        connection.close()
        return None

    def _open(self, endpoint: Endpoint, proxy: Proxy | None, deadline: Deadline) -> socket.socket:
        opened = _reached(endpoint, proxy, deadline)
        if not endpoint.tls:
            return opened
        # Only now: where nothing can be reached, as in a VPC without a way out, half a second
        # of a small function's CPU is saved.
        with deadline.work:
            from errorlog.dynamodb.trust import NotBelieved, Trust

            self._trust = self._trust or Trust()
        try:
            return self._trust.secure(opened, endpoint.host, deadline)
        except NotBelieved as refusal:
            if not refusal.likely_only:
                raise
        self._trust.widen()
        return self._trust.secure(_reached(endpoint, proxy, deadline), endpoint.host, deadline)


@lru_cache(maxsize=1)
def _way(held: tuple[environment_variables.Held, ...]) -> tuple[Endpoint, bool]:
    """The endpoint, and whether there may be a proxy before it, where ``_NAMES`` are ``held``."""
    *of_endpoint, https, also_https, http, also_http = held
    endpoint = endpoints.endpoint(tuple(of_endpoint))
    return endpoint, bool(https or also_https if endpoint.tls else http or also_http)


def _proxy(endpoint: Endpoint) -> Proxy | None:
    from errorlog.dynamodb.proxy import of_environment

    return of_environment(endpoint)


def _reached(endpoint: Endpoint, proxy: Proxy | None, deadline: Deadline) -> socket.socket:
    """A connection to ``endpoint`` itself, or through a tunnel of the proxy's."""
    if proxy is None:
        return connect(endpoint.host, endpoint.port, deadline)
    opened = connect(proxy.endpoint.host, proxy.endpoint.port, deadline)
    if endpoint.tls:
        shown = f"[{endpoint.host}]" if ":" in endpoint.host else endpoint.host
        place = f"{shown}:{endpoint.port}"
        tunnel = Connection(proxy.endpoint, opened)
        answer = tunnel.exchange("CONNECT", place, {"host": place, **proxy.headers}, b"", deadline)
        if answer.status != 200:
            tunnel.close()
            raise Refused(f"Proxy{answer.status}", "the proxy opens no tunnel", busy=True)
    return opened
