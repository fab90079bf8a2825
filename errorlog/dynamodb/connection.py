"""One HTTP/1.1 connection whose every step keeps to a deadline.

http.client is not used: importing it takes as much CPU as TLS and all the rest of a first write,
and its time-outs begin anew with every byte that trickles in.
"""

from __future__ import annotations

import os
import select
import socket
import time
from contextlib import suppress

from errorlog.dynamodb.failure import Unreachable, WriteFailed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn

    from errorlog.dynamodb.deadline import Deadline
    from errorlog.dynamodb.endpoint import Endpoint

# A container is frozen between calls, for minutes or hours, and what is between it and the store
# may forget a connection meanwhile without a word. A new one costs less than finding that out.
MAX_IDLE_S = 5.0
_MAX_ADDRESSES = 3
# Connection, TLS and answer take one each at least. Where the first takes more than its part of the
# time, as where no way leads out of a VPC, the others would not come in time.
_ROUND_TRIPS = 3
# DynamoDB answers a write with some hundred bytes. What says more is something else, and is read no
# further than a function of 128 MB has room for.
_MAX_HEAD = 65_536
_MAX_BODY = 1_048_576
_CHUNK = 16_384  # no record of TLS holds more
_QUICK_ACK: int | None = getattr(socket, "TCP_QUICKACK", None)  # Linux has it


class Answer:
    """``headers`` in lower case, names and values; of several of one name the last."""

    __slots__ = ("body", "headers", "status")

    def __init__(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.status = status
        self.headers = headers
        self.body = body


class Connection:
    """An open connection to ``endpoint``."""

    def __init__(self, endpoint: Endpoint, opened: socket.socket, through: str = "") -> None:
        self._socket = opened
        self._to = (endpoint.url, through)
        self._process = os.getpid()
        self._buffer = bytearray()
        self._keep = True
        self._answered = self._acknowledge = False
        self._used = _now()
        self._poll: select.poll | None = None

    def usable(self, endpoint: Endpoint, through: str = "") -> bool:
        """Whether a further request may be sent: still open, not idle for long, not forked."""
        if not self._keep or self._to != (endpoint.url, through) or self._process != os.getpid():
            return False
        if self._buffer:
            return False  # more came than was asked for: it would be taken for the next answer
        # Two clocks, since a frozen machine's monotonic one may stand still.
        (steady, clock), (steady_before, clock_before) = _now(), self._used
        idle_s = max(steady - steady_before, clock - clock_before)
        if not 0 <= idle_s <= MAX_IDLE_S:
            return False
        try:
            if self._poll is None:
                self._poll = select.poll()  # a selector of the kernel's takes four calls of it
                self._poll.register(self._socket, select.POLLIN)
            return not self._poll.poll(0)  # nothing is due: readable means that it was closed
        except (OSError, ValueError, AttributeError):  # eventlet takes poll out of select
            return False

    def exchange(
        self, method: str, target: str, headers: dict[str, str], body: bytes, deadline: Deadline
    ) -> Answer:
        """One request and its answer.

        Raises:
            TimedOut: the deadline passed.
            Unreachable: the connection broke, or what came is no HTTP.
        """
        head = "\r\n".join(map(": ".join, headers.items()))
        request = f"{method} {target} HTTP/1.1\r\n{head}\r\n\r\n".encode("latin-1") + body
        deadline.step = "answer"
        self._acknowledge = not self._answered  # nothing comes before a later answer
        try:
            self._send(request, deadline)
            answer = self._receive(method, deadline)
        except BaseException:
            self.close()
            raise
        self._used = _now()
        self._answered = True
        return answer

    def close(self) -> None:
        self._keep = False
        with suppress(OSError):  # a child that closes all that it was left has closed this as well
            self._socket.close()

    def _send(self, data: bytes, deadline: Deadline) -> None:
        left = memoryview(data)
        while left:
            self._socket.settimeout(deadline.left())
            try:
                left = left[self._socket.send(left) :]
            except OSError as error:
                broken(error, deadline)

    def _more(self, deadline: Deadline) -> bool:
        """Read what has come, at least a byte; False at the end of the stream."""
        if self._acknowledge and _QUICK_ACK is not None:
            # A server that waits for our acknowledgement before it says more gets it at once
            # rather than after 40 ms, as after the session tickets of a TLS handshake.
            with suppress(OSError):  # not every kernel that has the name can do it
                self._socket.setsockopt(socket.IPPROTO_TCP, _QUICK_ACK, 1)
        self._acknowledge = True
        self._socket.settimeout(deadline.left())
        try:
            data = self._socket.recv(_CHUNK)
        except OSError as error:
            broken(error, deadline)
        self._buffer += data
        return bool(data)

    def _until(self, mark: bytes, deadline: Deadline) -> bytes:
        """What comes before ``mark``, which is taken out as well."""
        while (at := self._buffer.find(mark)) < 0:
            if len(self._buffer) > _MAX_HEAD:
                raise Unreachable("NoHttp: the answer's head does not end")
            if not self._more(deadline):
                raise Unreachable("ConnectionClosed: the other end hung up before it answered")
        found = bytes(self._buffer[:at])
        del self._buffer[: at + len(mark)]
        return found

    def _exactly(self, length: int, deadline: Deadline) -> bytes:
        if not 0 <= length <= _MAX_BODY:
            raise Unreachable(f"NoHttp: an answer of {length} bytes")
        while len(self._buffer) < length:
            if not self._more(deadline):
                raise Unreachable("ConnectionClosed: the answer is cut off")
        found = bytes(self._buffer[:length])
        del self._buffer[:length]
        return found

    def _receive(self, method: str, deadline: Deadline) -> Answer:
        status = 100
        headers: dict[str, str] = {}
        while 100 <= status < 200:  # such as 100 Continue, before the answer
            status, headers = self._head(deadline)
        if "close" in headers.get("connection", ""):
            self._keep = False
        if method == "CONNECT" and status == 200:
            return Answer(status, headers, b"")
        return Answer(status, headers, self._body(status, headers, deadline))

    def _head(self, deadline: Deadline) -> tuple[int, dict[str, str]]:
        first, _, rest = self._until(b"\r\n\r\n", deadline).decode("latin-1").partition("\r\n")
        version, _, status = first.partition(" ")
        if not version.startswith("HTTP/1.") or not status[:3].isdecimal():
            raise Unreachable(f"NoHttp: the answer begins with {first[:100]!r}")
        if version != "HTTP/1.1":
            self._keep = False
        headers = {}
        for line in rest.lower().split("\r\n"):
            name, _, value = line.partition(":")
            headers[name] = value.strip()
        return int(status[:3]), headers

    def _body(self, status: int, headers: dict[str, str], deadline: Deadline) -> bytes:
        if status in (204, 304):
            return b""
        if "chunked" in headers.get("transfer-encoding", ""):
            return self._chunked(deadline)
        length = headers.get("content-length")
        if length is not None:
            if not (length.isascii() and length.isdecimal()):
                raise Unreachable(f"NoHttp: Content-Length is {length[:100]!r}")
            return self._exactly(int(length[:10]), deadline)
        self._keep = False
        while len(self._buffer) <= _MAX_BODY and self._more(deadline):
            pass
        return self._exactly(len(self._buffer), deadline)

    def _chunked(self, deadline: Deadline) -> bytes:
        body = bytearray()
        while True:
            size = self._until(b"\r\n", deadline).partition(b";")[0].strip()
            try:
                length = int(size[:10], 16)
            except ValueError as error:
                raise Unreachable(f"NoHttp: a chunk of size {size[:100]!r}") from error
            if length == 0:
                while self._until(b"\r\n", deadline):  # trailers
                    pass
                return bytes(body)
            if len(body) + length > _MAX_BODY:
                raise Unreachable("NoHttp: the answer does not end")
            body += self._exactly(length, deadline)
            self._exactly(2, deadline)


def connect(host: str, port: int, deadline: Deadline) -> socket.socket:
    """A TCP connection to the first address of ``host`` that takes one.

    Raises:
        TimedOut: none did within its part of the time.
        Unreachable: there is none, or all refuse.
    """
    addresses = _addresses(host, port, deadline)[:_MAX_ADDRESSES]
    deadline.step = "connection"
    failure: WriteFailed = Unreachable(f"NameResolution: {host} has no address")
    for index, (family, kind, protocol, _, address) in enumerate(addresses):
        # One that hangs leaves the next some.
        share_s = min(deadline.left() / (len(addresses) - index), deadline.part(_ROUND_TRIPS))
        try:
            return _opened(family, kind, protocol, address, share_s)
        except TimeoutError:
            failure = deadline.over(share_s)
        except OSError as error:
            failure = Unreachable(f"ConnectionRefused: {host}:{port}: {error}")
    raise failure


def _opened(family: int, kind: int, protocol: int, address: Any, timeout_s: float) -> socket.socket:
    opened = socket.socket(family, kind, protocol)
    try:
        opened.settimeout(timeout_s)
        opened.connect(address)
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    except BaseException:
        opened.close()
        raise
    return opened


def broken(error: OSError, deadline: Deadline) -> NoReturn:
    """Raise what ``error`` of a socket means for the write."""
    if isinstance(error, TimeoutError):
        raise deadline.over() from error
    raise Unreachable(f"ConnectionClosed: {type(error).__name__}: {error}") from error


def _addresses(host: str, port: int, deadline: Deadline) -> list[Any]:
    """What ``getaddrinfo`` says; on a thread unless ``host`` is an address itself."""
    name = host.encode("ascii")  # as bytes, for which nothing about IDNA is loaded
    try:
        return socket.getaddrinfo(name, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    except (socket.gaierror, UnicodeError):
        pass  # a name
    with deadline.work:
        from errorlog.dynamodb.background import Background, StillRunning
    deadline.step = "name resolution"
    lookup = Background(lambda: socket.getaddrinfo(name, port, type=socket.SOCK_STREAM))
    try:
        found: list[Any] = lookup.result(deadline.left())
        return found
    except StillRunning:
        raise deadline.over() from None
    except (OSError, UnicodeError) as error:
        raise Unreachable(f"NameResolution: {host}: {error}") from error


def _now() -> tuple[float, float]:
    return time.monotonic(), time.time()
